"""Flood limits, and failures that a test asks for."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Bot, InputMediaPhoto
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from tests.telegram.fake import FakeTelegram, Rule
from tests.telegram.pictures import picture


async def test_one_message_a_second_in_a_chat_edits_too(fake: FakeTelegram, bot: Bot) -> None:
    ana, bo = fake.person("ana"), fake.person("bo")
    sent = await bot.send_message(ana.id, "a")
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(ana.id, "b")
    assert caught.value.retry_after == 1
    await bot.send_message(bo.id, "another chat")
    fake.advance(1.01)
    await sent.edit_text("b")
    with pytest.raises(RetryAfter):
        await sent.edit_text("c")
    assert fake.rates.limited == 2


async def test_twenty_messages_a_minute_in_a_group(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.group()
    for number in range(20):
        await bot.send_message(garden.id, str(number))
        fake.advance(1.01)
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(garden.id, "too many")
    waits = caught.value.retry_after
    assert isinstance(waits, int)
    assert 30 < waits <= 40
    fake.advance(waits)
    await bot.send_message(garden.id, "again")
    assert len(fake.said(garden)) == 21


async def test_each_picture_of_an_album_counts_in_a_group(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.group()
    fake.rates.chat = Rule(limit=100, seconds=1)
    photo = (await bot.send_photo(garden.id, picture())).photo[-1].file_id
    await bot.send_media_group(garden.id, [InputMediaPhoto(photo)] * 10)
    with pytest.raises(RetryAfter):
        await bot.send_media_group(garden.id, [InputMediaPhoto(photo)] * 10)


async def test_thirty_messages_a_second_overall(fake: FakeTelegram, bot: Bot) -> None:
    fake.rates.overall = Rule(limit=30, seconds=30)
    people = [fake.person(f"p{number}") for number in range(31)]
    tries = await asyncio.gather(*(bot.send_message(each.id, "a") for each in people), return_exceptions=True)
    assert sum(isinstance(each, RetryAfter) for each in tries) == 1


async def test_a_hurried_clock_makes_windows_short(fake: FakeTelegram, bot: Bot) -> None:
    fake.rates.hurry(1000)
    ana = fake.person("ana")
    await bot.send_message(ana.id, "a")
    await asyncio.sleep(0.002)
    await bot.send_message(ana.id, "b")


async def test_a_chat_may_be_barred_for_long(fake: FakeTelegram, bot: Bot) -> None:
    ana = fake.person("ana")
    fake.rates.bar(ana.id, 90)
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(ana.id, "a")
    assert caught.value.retry_after == 90


async def test_failures_can_be_asked_for(fake: FakeTelegram, bot: Bot) -> None:
    ana, bo = fake.person("ana"), fake.person("bo")
    fake.fail("sendMessage", 1, status=502)
    fake.fail("sendMessage", 1, status=429, retry_after=7)
    fake.fail("sendMessage", 1, status=403, description="Forbidden: no")
    fake.fail("sendMessage", 1, status=0)
    for expected in (NetworkError, RetryAfter, Forbidden, NetworkError):
        with pytest.raises(expected):
            await bot.send_message(ana.id, "a")
    fake.fail("*", chat=bo.chat, status=400, description="Bad Request: only here")
    await bot.send_message(ana.id, "through")
    with pytest.raises(BadRequest, match="Only here"):
        await bot.send_message(bo.id, "a")
    assert [message.text for message in fake.said()] == ["through"]


async def test_an_answer_may_be_lost_after_the_message_was_made(fake: FakeTelegram, bot: Bot) -> None:
    ana = fake.person("ana")
    fake.fail("sendMessage", status=502, after=True)
    with pytest.raises(NetworkError):
        await bot.send_message(ana.id, "made all the same")
    assert [message.text for message in ana.answers] == ["made all the same"]


async def test_telegram_may_hang_or_be_slow(fake: FakeTelegram, bot: Bot) -> None:
    ana = fake.person("ana")
    fake.fail("sendMessage", hangs=True)
    with pytest.raises(TimedOut):
        await bot.send_message(ana.id, "a", read_timeout=0.05)
    fake.hold()
    slow = asyncio.create_task(bot.send_message(ana.id, "b"))
    await fake.until(lambda: fake.record.by_method()["sendMessage"] == 1)
    assert not slow.done()
    fake.release()
    await slow
