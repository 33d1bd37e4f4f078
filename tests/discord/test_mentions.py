"""Who is pinged by what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.discord.asking import ask, post
from tests.discord.fake import FakeDiscord
from tests.discord.fake.limits import COMPONENTS_V2
from tests.discord.small_bot import SmallBot

NOBODY: dict[str, Any] = {"parse": []}


async def test_a_mention_pings_unless_it_is_not_allowed(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    ana, ben = fake.person("ana", channel), fake.person("ben", channel)
    text = f"{ana.mention} and {ben.mention}"
    await post(bot, channel, {"content": text})
    await post(bot, channel, {"content": text, "allowed_mentions": NOBODY})
    await post(bot, channel, {"content": text, "allowed_mentions": {"users": [str(ben.id)]}})
    assert [len(person.pings) for person in (ana, ben)] == [1, 2]


async def test_mentions_in_text_displays_ping_too(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    ana = fake.person("ana", channel)
    await post(bot, channel, {"flags": COMPONENTS_V2, "components": [{"type": 10, "content": ana.mention}]})
    assert len(ana.pings) == 1


async def test_an_embed_pings_nobody(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    ana = fake.person("ana", channel)
    await post(bot, channel, {"embeds": [{"description": ana.mention}]})
    assert ana.pings == []


async def test_an_edit_pings_nobody(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    ana = fake.person("ana", channel)
    sent = await post(bot, channel, {"content": "running"})
    await ask(bot, "PATCH", f"/channels/{channel.id}/messages/{sent['id']}", {"content": ana.mention})
    assert ana.pings == []
    assert fake.said()[0].mentioned == [ana.user]


async def test_everyone_and_roles_need_the_permission_and_the_leave(fake: FakeDiscord, bot: SmallBot) -> None:
    guild = fake.guild()
    channel = fake.text_channel(guild)
    ana, ben = fake.person("ana", channel), fake.person("ben", channel)
    artists = fake.role(guild, "artists")
    fake.give(ben, artists)
    await post(bot, channel, {"content": "@everyone"})
    assert ana.pings == []
    fake.allow(channel, fake.bot, "mention_everyone")
    await post(bot, channel, {"content": "@everyone"})
    await post(bot, channel, {"content": f"@here <@&{artists.id}>", "allowed_mentions": {"parse": ["roles"]}})
    assert [len(person.pings) for person in (ana, ben)] == [1, 2]


@pytest.mark.parametrize(("allowed", "count"), [(None, 1), (NOBODY, 0), ({"parse": [], "replied_user": True}, 1)])
async def test_a_reply_pings_who_is_replied_to(
    allowed: dict[str, Any] | None, count: int, fake: FakeDiscord, bot: SmallBot
) -> None:
    channel = fake.text_channel()
    ana = fake.person("ana", channel)
    body: dict[str, Any] = {"content": "done", "message_reference": {"message_id": str(ana.sends("look").id)}}
    await post(bot, channel, body if allowed is None else body | {"allowed_mentions": allowed})
    assert len(ana.pings) == count


async def test_who_does_not_see_the_channel_is_not_pinged(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    ana = fake.person("ana", channel)
    fake.revoke(channel, "view_channel", who=ana.user)
    await post(bot, channel, {"content": ana.mention})
    assert ana.pings == []
