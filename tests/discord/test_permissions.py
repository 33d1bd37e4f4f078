"""What the app may do depends on the channel, and each refusal has Discord's code."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.discord.asking import ask, post, post_refused, refused, upload
from tests.discord.fake import FakeDiscord, NotOffered
from tests.discord.small_bot import SmallBot

EMBED = {"embeds": [{"title": "a"}]}


@pytest.mark.parametrize(
    ("taken", "body", "code"),
    [
        ("view_channel", {"content": "a"}, 50001),
        ("send_messages", {"content": "a"}, 50013),
        ("embed_links", EMBED, 50013),
    ],
)
async def test_sending_needs(taken: str, body: dict[str, Any], code: int, fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    fake.revoke(channel, taken)
    error = await post_refused(bot, channel, body)
    assert (error.status, error.code) == (403, code)
    fake.allow(channel, fake.bot, taken)
    await post(bot, channel, body)


async def test_files_need_a_permission(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    fake.revoke(channel, "attach_files")
    with pytest.raises(discord.Forbidden):
        await upload(bot, channel, [("a.png", b"x")])


async def test_replies_need_the_history(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    message = fake.person("ana", channel).sends("look")
    body = {"content": "a", "message_reference": {"message_id": str(message.id)}}
    fake.revoke(channel, "read_message_history")
    assert (await post_refused(bot, channel, body)).code == 160002
    fake.allow(channel, fake.bot, "read_message_history")
    assert (await post(bot, channel, body))["referenced_message"]["id"] == str(message.id)


async def test_reactions_need_a_permission(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    ana = fake.person("ana", channel)
    message = ana.sends("look")
    path = f"/channels/{channel.id}/messages/{message.id}/reactions/%F0%9F%8E%A8/@me"
    fake.revoke(channel, "add_reactions")
    assert (await refused(bot, "PUT", path)).code == 50013
    ana.reacts(message, "🎨")
    await ask(bot, "PUT", path)
    assert message.reactions["🎨"] == [ana.user, fake.bot]


async def test_messages_of_others_are_deleted_by_moderators(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    message = fake.person("ana", channel).sends("look")
    path = f"/channels/{channel.id}/messages/{message.id}"
    assert (await refused(bot, "DELETE", path)).code == 50013
    fake.allow(channel, fake.bot, "manage_messages")
    await ask(bot, "DELETE", path)
    assert message.deleted


async def test_threads_have_a_permission_of_their_own_and_close(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    thread = fake.thread(channel)
    fake.revoke(channel, "send_messages")
    await post(bot, thread, {"content": "a"})
    fake.revoke(channel, "send_messages_in_threads")
    assert (await post_refused(bot, thread, {"content": "a"})).code == 50013
    fake.archive(thread)
    assert (await post_refused(bot, thread, {"content": "a"})).code == 50083


async def test_people_may_close_their_direct_messages(fake: FakeDiscord, bot: SmallBot) -> None:
    ana = fake.person("ana", fake.text_channel())
    user = await bot.fetch_user(ana.id)
    await user.send("hello")
    assert [message.content for message in ana.inbox] == ["hello"]
    assert ana.pings == []
    ana.user.takes_direct_messages = False
    with pytest.raises(discord.Forbidden) as caught:
        await user.send("again")
    assert caught.value.code == 50007


async def test_a_kicked_app_is_out(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    assert channel.guild is not None
    fake.kick_app(channel.guild)
    assert (await post_refused(bot, channel, {"content": "a"})).code == 50001


async def test_roles_and_overwrites_are_applied_in_discords_order(fake: FakeDiscord, bot: SmallBot) -> None:
    guild = fake.guild()
    channel = fake.text_channel(guild)
    ana = fake.person("ana", channel)
    artists = fake.role(guild, "artists", manage_messages=True)
    fake.revoke(channel, "view_channel", who=guild.everyone)
    with pytest.raises(NotOffered):
        ana.sends("hello")
    fake.give(ana, artists)
    fake.allow(channel, artists, "view_channel")
    ana.sends("hello")
    fake.revoke(channel, "view_channel", who=ana.user)
    with pytest.raises(NotOffered):
        ana.sends("hello")
    assert guild.owner is not ana.user
    fake.give(ana, fake.role(guild, "admins", administrator=True))
    ana.sends("hello")
