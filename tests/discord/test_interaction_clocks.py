"""An interaction is answered once, within three seconds, and followed up for fifteen minutes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord.http import handle_message_parameters
from discord.webhook.async_ import async_context

from tests.discord.asking import refused
from tests.discord.fake import Answer, Channel, FakeDiscord, Person
from tests.discord.small_bot import SmallBot, running


class Listening(SmallBot):
    """Keeps interactions for the test to answer; `/late` answers none itself."""

    kept: list[discord.Interaction[Any]]

    async def setup_hook(self) -> None:
        self.kept = []

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self.kept.append(interaction)


@pytest.fixture
async def bot(fake: FakeDiscord) -> AsyncIterator[Listening]:
    async with running(Listening(fake), fake) as bot:
        assert isinstance(bot, Listening)
        yield bot


async def asked(fake: FakeDiscord, bot: Listening, ana: Person) -> tuple[Answer, discord.Interaction[Any]]:
    """A `/late` that nobody has answered yet."""
    bot.kept.clear()
    answer = ana.starts_slash("late")
    await fake.until(lambda: bot.kept)
    return answer, bot.kept[0]


async def respond(interaction: discord.Interaction[Any], answer: dict[str, Any]) -> None:
    """An answer as it is, with nothing in between that checks it."""
    with handle_message_parameters() as message:
        params = message._replace(payload=answer)
    await async_context.get().create_interaction_response(
        interaction.id, interaction.token, session=interaction._session, params=params
    )


@pytest.fixture
def channel(fake: FakeDiscord) -> Channel:
    return fake.text_channel()


@pytest.fixture
def ana(fake: FakeDiscord, channel: Channel) -> Person:
    return fake.person("ana", channel)


async def test_after_three_seconds_the_interaction_is_unknown(fake: FakeDiscord, bot: Listening, ana: Person) -> None:
    answer, interaction = await asked(fake, bot, ana)
    fake.advance(3.1)
    await ana.answered(answer)
    assert answer.failed
    with pytest.raises(discord.NotFound) as caught:
        await interaction.response.send_message("late")
    assert caught.value.code == 10062
    assert ana.sees == []


async def test_an_interaction_is_answered_once(fake: FakeDiscord, bot: Listening, ana: Person) -> None:
    answer, interaction = await asked(fake, bot, ana)
    await interaction.response.send_message("once")
    with pytest.raises(discord.HTTPException) as caught:
        await respond(interaction, {"type": 4, "data": {"content": "twice"}})
    assert (caught.value.status, caught.value.code) == (400, 40060)
    assert answer.text == "once"


async def test_a_token_dies_after_fifteen_minutes(fake: FakeDiscord, bot: Listening, ana: Person) -> None:
    answer, interaction = await asked(fake, bot, ana)
    await interaction.response.defer()
    fake.advance(14 * 60)
    await interaction.edit_original_response(content="running")
    fake.advance(61)
    for late in (interaction.followup.send("done"), interaction.edit_original_response(content="done")):
        with pytest.raises(discord.HTTPException) as caught:
            await late
        assert (caught.value.status, caught.value.code) == (401, 50027)
    assert answer.text == "running"


async def test_the_answer_lives_on_as_an_ordinary_message(
    fake: FakeDiscord, bot: Listening, ana: Person, channel: Channel
) -> None:
    answer, interaction = await asked(fake, bot, ana)
    await interaction.response.send_message("queued")
    assert answer.message is not None
    fake.advance(16 * 60)
    card = bot.get_partial_messageable(channel.id).get_partial_message(answer.message.id)
    await card.edit(content="done")
    assert [version.content for version in answer.message.history] == ["queued", "done"]


async def test_an_ephemeral_answer_is_out_of_reach_of_the_channel(
    fake: FakeDiscord, bot: Listening, ana: Person, channel: Channel
) -> None:
    answer, interaction = await asked(fake, bot, ana)
    await interaction.response.send_message("for you", ephemeral=True)
    assert answer.message is not None
    assert answer.is_ephemeral
    path = f"/channels/{channel.id}/messages/{answer.message.id}"
    assert (await refused(bot, "PATCH", path, {"content": "a"})).code == 10008


async def test_nothing_follows_up_before_the_first_answer(fake: FakeDiscord, bot: Listening, ana: Person) -> None:
    _, interaction = await asked(fake, bot, ana)
    with pytest.raises(discord.NotFound) as caught:
        await interaction.followup.send("too early")
    assert caught.value.code == 10015


async def test_deferring_sets_only_who_sees_it(fake: FakeDiscord, bot: Listening, ana: Person) -> None:
    answer, interaction = await asked(fake, bot, ana)
    await interaction.response.defer(ephemeral=True)
    assert answer.is_thinking
    assert answer.is_ephemeral
    await interaction.followup.send("first", ephemeral=False)
    await interaction.followup.send("second", ephemeral=False)
    assert [message.is_ephemeral for message in answer.messages] == [True, False]
    _, other = await asked(fake, bot, ana)
    with pytest.raises(discord.HTTPException) as caught:
        await respond(other, {"type": 5, "data": {"content": "x"}})
    assert caught.value.code == 50035


async def test_a_form_cannot_answer_a_form(fake: FakeDiscord, bot: Listening, ana: Person) -> None:
    answer, interaction = await asked(fake, bot, ana)
    await interaction.response.send_modal(discord.ui.Modal(title="One").add_item(discord.ui.TextDisplay("hello")))
    bot.kept.clear()
    waiting = asyncio.create_task(ana.submit_modal(answer))
    await fake.until(lambda: bot.kept)
    response = bot.kept[0].response
    with pytest.raises(discord.HTTPException) as caught:
        await response.send_modal(discord.ui.Modal(title="Two").add_item(discord.ui.TextDisplay("again")))
    assert caught.value.code == 50035
    await response.send_message("thanks")
    assert (await waiting).text == "thanks"


MODALS: dict[str, tuple[dict[str, Any], str]] = {
    "a title over 45": ({"title": "x" * 46}, "title"),
    "six parts": ({"components": [{"type": 10, "content": "x"}] * 6}, "components"),
    "a label over 45": ({"components": [{"type": 18, "label": "x" * 46, "component": {}}]}, "components.0.label"),
    "eleven uploads": (
        {"components": [{"type": 18, "label": "x", "component": {"type": 19, "custom_id": "f", "max_values": 11}}]},
        "components.0.component.max_values",
    ),
    "a bare upload": ({"components": [{"type": 19, "custom_id": "f"}]}, "components.0.type"),
}


@pytest.mark.parametrize("case", MODALS)
async def test_a_form_is_refused_for(case: str, fake: FakeDiscord, bot: Listening, ana: Person) -> None:
    changes, place = MODALS[case]
    _, interaction = await asked(fake, bot, ana)
    modal = {"title": "a", "custom_id": "m", "components": [{"type": 10, "content": "x"}]} | changes
    with pytest.raises(discord.HTTPException) as caught:
        await respond(interaction, {"type": 9, "data": modal})
    assert caught.value.code == 50035
    assert f"In {place}" in caught.value.text


async def test_autocomplete_offers_25_choices_at_most(fake: FakeDiscord, bot: Listening, ana: Person) -> None:
    @bot.tree.command(description="Many")
    async def many(interaction: discord.Interaction[SmallBot], word: str) -> None: ...

    offered = 25

    @many.autocomplete("word")
    async def words(interaction: discord.Interaction[SmallBot], typed: str) -> list[discord.app_commands.Choice[str]]:
        return [discord.app_commands.Choice(name=str(n), value=str(n)) for n in range(offered)]

    await bot.tree.sync()
    assert len((await ana.autocomplete("many", "word")).choices) == 25
    offered = 26
    typing = asyncio.create_task(ana.autocomplete("many", "word"))
    await fake.until(lambda: fake.record.requests[-1].code == 50035)
    fake.advance(3.1)
    assert (await typing).failed
