"""Our own side of the flood limits, with the real client library on a Telegram that enforces them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from telegram import InputMediaPhoto
from telegram.error import BadRequest, RetryAfter

from bot.chat_pace import Pace
from bot.telegram_bot import limiter
from bot.telegram_bot.client import Bot, make_bot
from tests.telegram.fake import FakeTelegram
from tests.telegram.pictures import picture

HURRY = 60
MINUTE = 60 / HURRY


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    fake.rates.hurry(HURRY)
    async with make_bot(fake.token, fake.origin, Pace(second=1.1 / HURRY), fake.clock) as bot:
        yield bot


async def test_many_messages_at_once_are_all_taken_in_the_order_of_their_chat(fake: FakeTelegram, bot: Bot) -> None:
    people = [fake.person(f"p{number}") for number in range(45)]
    await asyncio.gather(*(bot.send_message(each.id, str(number)) for number in range(3) for each in people))
    assert fake.rates.limited == 0
    for each in people:
        assert [message.text for message in each.answers] == list("012")


async def test_a_group_gets_twenty_a_minute_and_nobody_else_waits_for_it(fake: FakeTelegram, bot: Bot) -> None:
    garden, ana = fake.supergroup(), fake.person("ana")
    full = asyncio.gather(*(bot.send_message(garden.id, str(number)) for number in range(23)))
    await fake.until(lambda: len(fake.said(garden)) == 20)
    await bot.send_message(ana.id, "not behind the group")
    assert not full.done()
    assert not bot.limiter.has_room(garden.id)
    await full
    assert len(fake.said(garden)) == 23
    assert fake.rates.limited == 0


async def test_edits_deletions_and_each_picture_of_an_album_count(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup()
    photo = (await bot.send_photo(garden.id, picture())).photo[-1].file_id
    card = await bot.send_message(garden.id, "a card")
    await bot.send_media_group(garden.id, [InputMediaPhoto(photo)] * 10)
    for number in range(8):
        await bot.edit_message_text(str(number), garden.id, card.message_id)
    began = fake.clock.monotonic()
    await bot.send_media_group(garden.id, [InputMediaPhoto(photo)] * 10)
    assert fake.clock.monotonic() - began > MINUTE / 2
    await bot.delete_message(garden.id, card.message_id)
    assert fake.rates.limited == 0


async def test_a_ban_of_one_chat_reaches_its_caller_and_holds_up_nobody_else(
    fake: FakeTelegram, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    ana, bo = fake.person("ana"), fake.person("bo")
    fake.rates.bar(ana.id, 60)
    with pytest.raises(RetryAfter):
        await bot.send_message(ana.id, "barred")
    assert not bot.limiter.has_room(ana.id)
    assert not bot.limiter.has_room(str(ana.id))
    assert bot.limiter.has_room(bo.id)
    waiting = asyncio.create_task(bot.send_message(ana.id, "after the ban"))
    for number in range(3):
        await bot.send_message(bo.id, str(number))
    assert not waiting.done()
    fake.advance(61)
    await waiting
    assert fake.rates.limited == 1
    assert [each.text for each in ana.answers] == ["after the ban"]
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


async def test_a_caller_may_stop_waiting_and_leaves_no_hole(fake: FakeTelegram, bot: Bot) -> None:
    ana = fake.person("ana")
    fake.rates.bar(ana.id, 60)
    with pytest.raises(RetryAfter):
        await bot.send_message(ana.id, "barred")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await bot.send_message(ana.id, "given up")
    fake.advance(61)
    await bot.send_message(ana.id, "now")
    assert [each.text for each in ana.answers] == ["now"]


async def test_what_makes_no_message_does_not_wait(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup()
    ana = fake.person("ana", garden)
    fake.rates.bar(garden.id, 3600)
    with pytest.raises(RetryAfter):
        await bot.send_message(garden.id, "barred")
    async with asyncio.timeout(5):
        await bot.get_chat_member(garden.id, ana.id)
        await bot.set_my_commands([("restyle", "the main job")])
        with pytest.raises(BadRequest, match="too old"):
            await bot.answer_callback_query("1")


async def test_what_matters_little_leaves_room_for_the_rest(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup()
    assert bot.limiter.has_room(garden.id)
    for number in range(11):
        await bot.send_message(garden.id, str(number))
        await asyncio.sleep(1 / HURRY)
    assert not bot.limiter.has_room(garden.id)
    await asyncio.sleep(MINUTE)
    assert bot.limiter.has_room(garden.id)


async def test_a_slow_upload_holds_up_no_other_message_of_its_chat(
    fake: FakeTelegram, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "_UPLOAD", 0.1)
    ana = fake.person("ana")
    fake.fail("sendDocument", hangs=True)
    slow = asyncio.create_task(bot.send_document(ana.id, b"large"))
    await fake.until(lambda: fake.record.failures[0].times == 0)
    await bot.send_message(ana.id, "meanwhile")
    assert not slow.done()
    slow.cancel()


async def test_chats_that_are_quiet_are_forgotten(
    fake: FakeTelegram, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "_CHATS", 10)
    fake.rates.off()
    for number in range(30):
        await bot.send_message(fake.person(f"p{number}").id, "hello")
        fake.advance(61)
    assert len(bot.limiter._chats) <= 11


async def test_the_token_is_in_no_name_of_the_bot(bot: Bot) -> None:
    assert bot.token not in repr(bot) + str(bot)
