"""Rate limits as headers, as waits of the library, and as refusals; and failures that a test asks for."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import discord
import pytest

from tests.discord.asking import post
from tests.discord.fake import FakeDiscord, Rule
from tests.discord.small_bot import SmallBot

SEND = "POST /channels/{channel_id}/messages"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"


def rule(fake: FakeDiscord, route: str, limit: int, seconds: float) -> None:
    method, _, template = route.partition(" ")
    fake.rates.rules[method, template] = Rule(limit=limit, seconds=seconds)


async def test_the_library_waits_for_its_bucket_and_nothing_is_lost(fake: FakeDiscord, bot: SmallBot) -> None:
    rule(fake, SEND, 2, 0.2)
    place = bot.get_partial_messageable(fake.text_channel().id)
    await asyncio.gather(*(place.send(str(number)) for number in range(7)))
    assert sorted(message.content for message in fake.said()) == [str(number) for number in range(7)]
    times = [message.created for message in fake.said()]
    assert times[-1] - times[0] > 0.5
    assert fake.rates.limited == 0


async def test_channels_have_buckets_of_their_own(fake: FakeDiscord, bot: SmallBot) -> None:
    rule(fake, SEND, 1, 30)
    guild = fake.guild()
    for name in ("art", "talk"):
        place = bot.get_partial_messageable(fake.text_channel(guild, name).id)
        asyncio.get_running_loop().create_task(place.send(name))  # its answer makes the library wait 30 s
    await fake.until(lambda: len(fake.said()) == 2)


async def test_who_does_not_wait_is_told_to(fake: FakeDiscord, bot: SmallBot) -> None:
    rule(fake, SEND, 1, 60)
    channel = fake.text_channel()
    async with aiohttp.ClientSession(connector=fake.connector()) as session:
        answers = [await send(session, fake, channel.id) for _ in range(2)]
    assert answers[0][0] == 200
    status, headers, body = answers[1]
    assert status == 429
    assert headers["Via"]
    assert 59 < body["retry_after"] <= 60
    assert body["global"] is False
    assert headers["X-RateLimit-Remaining"] == "0"
    fake.advance(61)
    async with aiohttp.ClientSession(connector=fake.connector()) as session:
        assert (await send(session, fake, channel.id))[0] == 200


async def send(session: aiohttp.ClientSession, fake: FakeDiscord, channel: int) -> tuple[int, Any, dict[str, Any]]:
    async with session.post(
        f"https://discord.com/api/v10/channels/{channel}/messages",
        json={"content": "hello"},
        headers={"Authorization": f"Bot {fake.token}"},
    ) as answer:
        return answer.status, answer.headers, await answer.json()


async def test_fifty_requests_a_second_are_the_most_overall(fake: FakeDiscord, bot: SmallBot) -> None:
    rule(fake, SEND, 1000, 1)
    channel = fake.text_channel()
    async with aiohttp.ClientSession(connector=fake.connector()) as session:
        answers = await asyncio.gather(*(send(session, fake, channel.id) for _ in range(60)))
    refused = [body for status, _, body in answers if status == 429]
    assert len(refused) >= 5
    assert all(body["global"] for body in refused)


async def test_the_library_outlives_a_storm_of_429_and_a_global_one(fake: FakeDiscord, bot: SmallBot) -> None:
    place = bot.get_partial_messageable(fake.text_channel().id)
    fake.fail(SEND, 2, status=429, retry_after=0.05)
    fake.fail(SEND, 1, status=429, retry_after=0.05, is_global=True)
    await place.send("through")
    assert [message.content for message in fake.said()] == ["through"]
    assert [request.status for request in fake.record.of(SEND)] == [429, 429, 429, 200]
    assert len(fake.record.invalid) == 3


async def test_a_server_error_is_tried_again(fake: FakeDiscord, bot: SmallBot) -> None:
    fake.fail(SEND, 1, status=502)
    await post(bot, fake.text_channel(), {"content": "through"})
    assert len(fake.said()) == 1


async def test_an_answer_may_be_lost_after_the_message_was_made(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    fake.fail(SEND, 1, status=500, after=True)
    await post(bot, channel, {"content": "a", "nonce": "1", "enforce_nonce": True})
    assert len(fake.said()) == 1
    fake.fail(SEND, 1, status=0, after=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post(bot, channel, {"content": "b"})
    assert [message.content for message in fake.said()] == ["a", "b"]


async def test_a_refusal_can_be_asked_for(fake: FakeDiscord, bot: SmallBot) -> None:
    fake.fail(SEND, 1, status=403, code=50013)
    with pytest.raises(discord.Forbidden) as caught:
        await post(bot, fake.text_channel(), {"content": "a"})
    assert caught.value.code == 50013


async def test_too_many_invalid_requests_are_a_ban(fake: FakeDiscord, bot: SmallBot) -> None:
    fake.api.invalid_limit = 3
    channel = fake.text_channel()
    fake.fail(SEND, 3, status=403, code=50013)
    for _ in range(3):
        with pytest.raises(discord.Forbidden):
            await post(bot, channel, {"content": "a"})
    with pytest.raises(discord.HTTPException) as caught:
        await post(bot, channel, {"content": "a"})
    assert caught.value.status == 429
    assert "Via" not in caught.value.response.headers
    fake.advance(601)
    await post(bot, channel, {"content": "a"})


async def test_edits_are_counted_by_the_minute(fake: FakeDiscord, bot: SmallBot) -> None:
    fake.rates.hurry(100)
    sent = await bot.get_partial_messageable(fake.text_channel().id).send("0")
    for number in range(1, 4):
        await sent.edit(content=str(number))
    fake.advance(61)
    await sent.edit(content="4")
    card = fake.said()[0]
    assert card.edits == 4
    assert fake.edits_per_minute(card) == 3
    assert fake.record.by_route()[EDIT] == 4
