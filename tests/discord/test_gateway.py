"""The gateway: identify, resume, reconnect, invalid sessions, shards, intents."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import discord
import pytest

from tests.discord.fake import FakeDiscord, Guild
from tests.discord.small_bot import SmallBot, running


async def test_after_a_drop_the_client_resumes_and_misses_nothing(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    ana = fake.person("ana", channel)
    before = ana.sends("before")
    await fake.until(lambda: bot.seen)
    await fake.gateway.drop()
    missed = [ana.sends(str(number)) for number in range(3)]
    await fake.until(lambda: len(bot.seen) == 4)
    assert (fake.gateway.identified, fake.gateway.resumed) == (1, 1)
    assert [message.id for message in bot.seen] == [message.id for message in (before, *missed)]
    assert bot.resumes == 1


async def test_a_command_given_during_a_drop_is_answered_after_the_resume(fake: FakeDiscord, bot: SmallBot) -> None:
    ana = fake.person("ana", fake.text_channel())
    await fake.gateway.drop()
    answer = await ana.slash("restyle", image=b"x", prompt="oil")
    assert answer.was_deferred


async def test_discord_may_ask_to_reconnect(fake: FakeDiscord, bot: SmallBot) -> None:
    await fake.gateway.ask_to_reconnect()
    await fake.until(lambda: bot.resumes)
    assert fake.gateway.identified == 1


async def test_a_resumable_invalid_session_is_resumed(fake: FakeDiscord, bot: SmallBot) -> None:
    await fake.gateway.invalidate(resumable=True)
    await fake.until(lambda: bot.resumes)


async def test_a_forgotten_session_is_identified_anew(fake: FakeDiscord, bot: SmallBot) -> None:
    await fake.gateway.forget()
    await fake.until(lambda: fake.gateway.identified == 2)
    assert bot.resumes == 0


async def test_a_wrong_token_is_refused(fake: FakeDiscord) -> None:
    with pytest.raises(discord.LoginFailure):
        await SmallBot(fake).login("wrong")
    assert [request.status for request in fake.record.requests] == [401]


async def test_privileged_intents_need_the_switch_in_the_portal(fake: FakeDiscord) -> None:
    async with SmallBot(fake, intents=discord.Intents(guilds=True, message_content=True)) as bot:
        await bot.login(fake.token)
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await bot.connect()


async def test_without_its_intent_the_app_hears_no_messages(fake: FakeDiscord) -> None:
    async with running(SmallBot(fake, intents=discord.Intents(guilds=True)), fake) as bot:
        channel = fake.text_channel()
        fake.person("ana", channel).sends("hello")
        fake.text_channel(channel.guild, "later")
        await fake.until(lambda: any(each.name == "later" for each in bot.get_all_channels()))
        assert bot.seen == []


def shard_of(guild: Guild) -> int:
    return (guild.id >> 22) % 2


class Sharded(discord.AutoShardedClient):
    """Two shards, identified without the pause of five seconds between them."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No pause."""


async def test_each_shard_hears_of_its_own_guilds() -> None:
    async with FakeDiscord(shards=2) as fake:
        guilds = [fake.guild("first")]
        while len({shard_of(guild) for guild in guilds}) < 2:
            fake.advance(0.001)
            guilds.append(fake.guild("another"))
        intents = discord.Intents(guilds=True)
        async with Sharded(connector=fake.connector(), intents=intents, guild_ready_timeout=0.05) as bot:
            running = asyncio.create_task(bot.start(fake.token))
            await fake.until(lambda: len(bot.guilds) == len(guilds))
            guilds.append(fake.guild("later"))
            await fake.until(lambda: len(bot.guilds) == len(guilds))
        await running
        heard = {
            (int(frame["d"]["id"]), session.shard)
            for session in fake.gateway.sessions.values()
            for frame in session.sent
            if frame["t"] == "GUILD_CREATE"
        }
        assert heard == {(guild.id, shard_of(guild)) for guild in guilds}


async def test_presence_is_seen(fake: FakeDiscord, bot: SmallBot) -> None:
    await bot.change_presence(activity=discord.CustomActivity("3 in the queue"))
    await fake.until(lambda: fake.gateway.presence)
    assert fake.gateway.presence is not None
    assert fake.gateway.presence["activities"][0]["state"] == "3 in the queue"


async def test_the_library_knows_the_world_and_its_changes(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel(fake.guild("Garden", locale="de"), "art", nsfw=True)
    thread = fake.thread(channel, "foxes")
    await fake.until(lambda: bot.get_channel(channel.id))
    await fake.until(lambda: channel.guild and (found := bot.get_guild(channel.guild.id)) and found.threads)
    found = bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    assert found.is_nsfw()
    assert found.permissions_for(found.guild.me).send_messages
    fake.revoke(channel, "send_messages")
    await fake.until(lambda: not found.permissions_for(found.guild.me).send_messages)
    fake.delete_channel(thread)
    fake.kick_app(fake.world.guilds[found.guild.id])
    await fake.until(lambda: not bot.guilds)


async def closed_after(fake: FakeDiscord, frames: list[dict[str, Any]]) -> int | None:
    """The code that a socket is closed with after these frames."""
    async with aiohttp.ClientSession(connector=fake.connector()) as session:
        socket = await session.ws_connect("https://gateway.discord.gg/?v=10&encoding=json")
        for frame in frames:
            await socket.send_json(frame)
        async for _ in socket:
            pass
        return socket.close_code


IDENTIFY: dict[str, Any] = {"op": 2, "d": {"token": "MTA.fake.token", "intents": 1, "properties": {}}}
PRESENCE: dict[str, Any] = {"op": 3, "d": {"status": "online", "activities": []}}


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([PRESENCE], 4003),
        ([{"op": 2, "d": {"token": "wrong", "intents": 1}}], 4004),
        ([IDENTIFY, *[PRESENCE] * 121], 4008),
        ([IDENTIFY, {"op": 3, "d": "x" * 5000}], 4002),
    ],
)
async def test_a_client_that_breaks_the_gateways_rules_is_closed(
    frames: list[dict[str, Any]], code: int, fake: FakeDiscord
) -> None:
    assert await closed_after(fake, frames) == code
