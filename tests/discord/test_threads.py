"""Threads and pins on the fake: made, written in, closed, locked, opened again; each with its permission."""

from __future__ import annotations

import discord
import pytest

from tests.discord.asking import ask, post, post_refused, refused
from tests.discord.fake import Channel, FakeDiscord, NotOffered
from tests.discord.fake.rates import RENAMING, RULES
from tests.discord.small_bot import SmallBot

PUBLIC = {"name": "Fox ball", "type": 11}


async def test_a_public_thread_is_made_from_a_channel_and_written_in(fake: FakeDiscord, bot: SmallBot) -> None:
    parent = fake.text_channel()
    ana = fake.person("ana", parent)
    await fake.until(lambda: bot.get_channel(parent.id))
    place = bot.get_channel(parent.id)
    assert isinstance(place, discord.TextChannel)
    made = await place.create_thread(name="Fox ball", type=discord.ChannelType.public_thread)
    await made.send("welcome")
    thread = fake.world.channels[made.id]
    assert (thread.name, thread.parent, thread.owner, thread.joined) == ("Fox ball", parent, fake.bot, [fake.bot])
    assert [message.text for message in fake.said(thread)] == ["welcome"]
    assert fake.said(parent) == []
    assert [message.kind for message in ana.sees] == [18]
    ana.at(thread).sends("an idea")
    assert thread.joined == [fake.bot, ana.user]


async def test_a_thread_without_a_kind_is_private_and_needs_that_permission(fake: FakeDiscord, bot: SmallBot) -> None:
    parent = fake.text_channel()
    path = f"/channels/{parent.id}/threads"
    assert (await refused(bot, "POST", path, {"name": "a"})).code == 50013
    fake.revoke(parent, "create_public_threads")
    assert (await refused(bot, "POST", path, PUBLIC)).code == 50013
    fake.allow(parent, fake.bot, "create_public_threads")
    assert (await refused(bot, "POST", path, PUBLIC | {"name": "a" * 101})).code == 50035
    thread = await ask(bot, "POST", path, PUBLIC)
    assert (await refused(bot, "POST", f"/channels/{thread['id']}/threads", PUBLIC)).code == 50024


async def test_a_message_can_have_one_thread(fake: FakeDiscord, bot: SmallBot) -> None:
    parent = fake.text_channel()
    message = fake.person("ana", parent).sends("look")
    path = f"/channels/{parent.id}/messages/{message.id}/threads"
    assert (await ask(bot, "POST", path, {"name": "a"}))["id"] == str(message.id)
    assert (await refused(bot, "POST", path, {"name": "b"})).code == 160004


@pytest.fixture
async def thread(fake: FakeDiscord, bot: SmallBot) -> Channel:
    fake.rates.hurry(20)
    parent = fake.text_channel()
    made = await ask(bot, "POST", f"/channels/{parent.id}/threads", PUBLIC)
    return fake.world.channels[int(made["id"])]


async def test_its_creator_closes_and_opens_it_and_moderators_lock_it(
    fake: FakeDiscord, bot: SmallBot, thread: Channel
) -> None:
    path = f"/channels/{thread.id}"
    assert (await refused(bot, "PATCH", path, {"locked": True})).code == 50013
    sent = await post(bot, thread, {"content": "a"})
    closed = await ask(bot, "PATCH", path, {"archived": True, "name": "Fox ball, over"})
    assert closed["thread_metadata"]["archived"]
    assert thread.name == "Fox ball, over"
    assert (await refused(bot, "PATCH", f"{path}/messages/{sent['id']}", {"content": "b"})).code == 50083
    assert (await refused(bot, "PATCH", path, {"name": "c"})).code == 50083
    await ask(bot, "PATCH", path, {"archived": False})
    assert thread.parent is not None
    fake.allow(thread.parent, fake.bot, "manage_threads")
    await ask(bot, "PATCH", path, {"archived": True, "locked": True})
    fake.revoke(thread.parent, "manage_threads")
    assert (await refused(bot, "PATCH", path, {"archived": False})).code == 50013


async def test_a_locked_thread_is_for_moderators(fake: FakeDiscord, bot: SmallBot, thread: Channel) -> None:
    assert thread.parent is not None
    ana = fake.person("ana", thread.parent).at(thread)
    fake.allow(thread.parent, fake.bot, "manage_threads")
    await ask(bot, "PATCH", f"/channels/{thread.id}", {"locked": True})
    await post(bot, thread, {"content": "the winners"})
    with pytest.raises(NotOffered):
        ana.sends("late")
    fake.revoke(thread.parent, "manage_threads")
    assert (await post_refused(bot, thread, {"content": "a"})).code == 160005


async def test_a_quiet_thread_archives_itself_and_a_person_who_writes_opens_it(
    fake: FakeDiscord, bot: SmallBot, thread: Channel
) -> None:
    assert thread.parent is not None
    ana = fake.person("ana", thread.parent).at(thread)
    fake.advance(23 * 3600)
    ana.sends("still here")
    fake.advance(23 * 3600)
    await post(bot, thread, {"content": "a"})
    fake.advance(25 * 3600)
    assert (await post_refused(bot, thread, {"content": "b"})).code == 50083
    ana.sends("awake")
    await post(bot, thread, {"content": "b"})


async def test_a_thread_is_renamed_twice_in_ten_minutes(fake: FakeDiscord, bot: SmallBot, thread: Channel) -> None:
    fake.rates.rules[RENAMING] = RULES[RENAMING]
    bot.http.max_ratelimit_timeout = 30  # seconds; without it the library waits for minutes
    path = f"/channels/{thread.id}"
    for name in ("b", "c"):
        await ask(bot, "PATCH", path, {"name": name})
    with pytest.raises(discord.RateLimited):
        await ask(bot, "PATCH", path, {"name": "d"})


async def test_pins_need_a_permission_and_are_told(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    sent = await post(bot, channel, {"content": "the header"})
    path = f"/channels/{channel.id}/messages/pins"
    assert (await refused(bot, "PUT", f"{path}/{sent['id']}")).code == 50013
    fake.allow(channel, fake.bot, "pin_messages")
    await ask(bot, "PUT", f"{path}/{sent['id']}")
    assert [item["message"]["id"] for item in (await ask(bot, "GET", path))["items"]] == [sent["id"]]
    await ask(bot, "DELETE", f"{path}/{sent['id']}")
    assert (await ask(bot, "GET", path))["items"] == []


async def test_a_moderator_deletes_a_thread(fake: FakeDiscord, bot: SmallBot, thread: Channel) -> None:
    assert thread.parent is not None
    assert (await refused(bot, "DELETE", f"/channels/{thread.id}")).code == 50013
    fake.allow(thread.parent, fake.bot, "manage_threads")
    await ask(bot, "DELETE", f"/channels/{thread.id}")
    assert (await post_refused(bot, thread, {"content": "a"})).code == 10003


async def test_guilds_are_those_that_have_the_app(fake: FakeDiscord, bot: SmallBot) -> None:
    garden = fake.guild("Garden")
    elsewhere = fake.guild("Elsewhere", has_app=False)
    fetched = await bot.fetch_guild(garden.id)
    assert (fetched.name, fetched.approximate_member_count) == ("Garden", 2)
    assert [each.name async for each in bot.fetch_guilds()] == ["Garden"]
    assert (await refused(bot, "GET", f"/guilds/{elsewhere.id}")).code == 10004
    channel = fake.text_channel(garden)
    assert [each.id for each in await fetched.fetch_channels()] == [channel.id]
