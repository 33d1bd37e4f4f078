"""/admin on Discord: what moderators set for their server, and what it does to everybody else there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import App
from tests.discord.bot.running import FAST, ended, png, restyle, told
from tests.discord.fake import Answer, Channel, FakeDiscord, NotOffered, Person
from tests.discord.fake.world import Guild, Role

STYLES = """
[plain]
prompt = "{prompt}, plain"

[gore]
prompt = "{prompt}, blood everywhere"
age_gated = true
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A server with a moderator and a member."""

    fake: FakeDiscord
    guild: Guild
    art: Channel
    mo: Person
    ana: Person

    def role(self, name: str, person: Person | None = None) -> Role:
        role = self.fake.role(self.guild, name)
        if person is not None:
            self.fake.give(person, role)
        return role

    async def admin(self, words: str, **options: str | int) -> Answer:
        """Waits until the answer says `words`."""
        answer = await self.mo.slash("admin", **options)
        await told(self.fake, answer, words)
        assert answer.is_ephemeral
        return answer


@pytest.fixture
async def app(fake: FakeDiscord, tmp_path: Path) -> AsyncIterator[App]:
    """With looks that keep what the stand-in of the engine reads in front."""
    fake.rates.hurry(20)
    styles = tmp_path / "styles.toml"
    styles.write_text(STYLES)
    async with restyle(fake, tmp_path, styles_file=styles) as app:
        yield app


@pytest.fixture
def place(fake: FakeDiscord, app: App) -> Place:
    guild = fake.guild()
    art = fake.text_channel(guild, "art")
    mo, ana = fake.person("mo", art), fake.person("ana", art)
    fake.give(mo, fake.role(guild, "moderators", manage_messages=True))
    return Place(fake=fake, guild=guild, art=art, mo=mo, ana=ana)


async def asked(person: Person, **options: str) -> Answer:
    return await person.slash("restyle", picture=png(), prompt=FAST, **options)


async def test_only_who_may_manage_messages_is_offered_admin(place: Place) -> None:
    with pytest.raises(NotOffered):
        await place.ana.slash("admin", action="show")
    await told(place.fake, await place.ana.alone.slash("admin", action="show"), "moderators")


async def test_channels_are_named_by_mentions_and_others_say_where_to_ask(place: Place) -> None:
    fake, other = place.fake, place.fake.text_channel(place.guild, "talk")
    saved = await place.admin("Saved", action="set", channels=f"<#{place.art.id}>")
    assert f"channels <#{place.art.id}>" in saved.text
    refused = await asked(place.ana.at(other))
    await told(fake, refused, f"these channels only: <#{place.art.id}>")
    assert place.ana.at(other).sees == [refused.follow_ups[0]]
    await ended(fake, await asked(place.ana))
    await ended(fake, await asked(place.ana.at(fake.thread(place.art))))  # a thread goes by its channel
    await place.admin("channels any", action="set", channels="none")
    await ended(fake, await asked(place.ana.at(other)))


async def test_roles_decide_who_may_use_it_and_who_may_use_a_model(place: Place) -> None:
    fake, ben = place.fake, place.fake.person("ben", place.art)
    artists, painters = place.role("artists", place.ana), place.role("painters")
    await place.admin("Saved", action="set", roles=f"<@&{artists.id}>")
    await told(fake, await asked(ben), f"one of these roles: <@&{artists.id}>")
    await ended(fake, await asked(place.ana))
    await place.admin(f"bundled: <@&{painters.id}>", action="set", models=f"bundled: <@&{painters.id}>")
    await told(
        fake, await asked(place.ana), f"The model bundled is here for people with one of these roles: <@&{painters.id}>"
    )
    fake.give(place.ana, painters)
    await ended(fake, await asked(place.ana))


async def test_a_ban_is_told_with_its_reason_and_ends_with_an_unban(place: Place) -> None:
    await place.admin(f"<@{place.ana.id}>", action="ban", person=place.ana.mention, reason="no spam, please")
    await told(place.fake, await asked(place.ana), "no spam, please")
    await place.admin("again", action="unban", person=place.ana.mention)
    await ended(place.fake, await asked(place.ana))


async def test_a_pause_a_limit_and_a_style_hold_for_everybody_here(place: Place) -> None:
    fake = place.fake
    await place.admin("Paused: sweep", action="pause", kind="sweep")
    await told(fake, await place.ana.slash("sweep", picture=png(), prompt=FAST), "/sweep is paused here")
    await place.admin("waiting 0", action="set", waiting=0)
    await told(fake, await asked(place.ana), "0 is the most")
    await place.admin("waiting 10", action="set", waiting=10, style="plain")
    card = await ended(fake, await place.ana.slash("restyle", picture=png(), prompt=FAST))
    await told(fake, await place.ana.press(card, "Info"), "fox, plain")
    await place.admin("set waiting=10", action="audit")


async def test_what_is_age_gated_is_made_in_age_gated_channels_only(place: Place) -> None:
    fake, ana = place.fake, place.ana
    dark = ana.at(fake.text_channel(place.guild, "dark", nsfw=True))
    await told(fake, await asked(ana, style="gore"), "for age-gated channels only")
    await told(fake, await asked(ana.alone, style="gore"), "for age-gated channels only")
    card = await ended(fake, await asked(dark, style="gore"))
    await ended(fake, await dark.press(card, "Subtle"))
    await ended(fake, await asked(dark.at(fake.thread(dark.channel)), style="gore"))
