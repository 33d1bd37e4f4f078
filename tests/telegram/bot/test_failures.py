"""What refusals mean: provoked on the fake, which says what Telegram says, and Telegram's other words."""

from __future__ import annotations

from collections.abc import Awaitable
from io import BytesIO

import pytest
from telegram import Bot, InputMediaPhoto, ReplyParameters
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.telegram_bot.failures import TROUBLE, Meaning, meaning, seconds_of
from tests.telegram.fake import FakeTelegram
from tests.telegram.pictures import noise, picture


async def why(call: Awaitable[object]) -> Meaning:
    with pytest.raises(TROUBLE) as caught:
        await call
    return meaning(caught.value)


async def test_a_message(fake: FakeTelegram, bot: Bot) -> None:
    fake.rates.off()
    ana = fake.person("ana")
    card = await bot.send_message(ana.id, "a card")
    assert await why(bot.edit_message_text("a card", ana.id, card.message_id)) is Meaning.UNCHANGED
    theirs = ana.sends("not the bot's")
    assert await why(bot.edit_message_text("b", ana.id, theirs.id)) is Meaning.MESSAGE_GONE
    fake.delete_message(ana.answers[0])
    assert await why(bot.edit_message_text("b", ana.id, card.message_id)) is Meaning.MESSAGE_GONE
    assert await why(bot.delete_message(ana.id, card.message_id)) is Meaning.MESSAGE_GONE
    assert await why(bot.edit_message_text("b", inline_message_id="nobody's")) is Meaning.MESSAGE_GONE
    asked = ReplyParameters(card.message_id)
    assert await why(bot.send_message(ana.id, "an answer", reply_parameters=asked)) is Meaning.NO_REPLY


async def test_a_person(fake: FakeTelegram, bot: Bot) -> None:
    ana, bo, cy = fake.person("ana"), fake.person("bo"), fake.person("cy", fake.supergroup(), started=False)
    ana.blocks()
    fake.deactivate(bo)
    for each in (ana, bo, cy):
        assert await why(bot.send_message(each.id, "hello")) is Meaning.PERSON_CLOSED


async def test_a_place(fake: FakeTelegram, bot: Bot) -> None:
    kicked, deleted, mute, upgraded = fake.supergroup(), fake.supergroup(), fake.supergroup(), fake.group()
    fake.kick_bot(kicked)
    fake.delete_chat(deleted)
    fake.deny(mute, "can_send_messages")
    for each in (kicked, deleted, mute):
        assert await why(bot.send_message(each.id, "hello")) is Meaning.PLACE_GONE
    fake.upgrade(upgraded)
    assert await why(bot.send_message(upgraded.id, "hello")) is Meaning.MIGRATED


async def test_a_topic(fake: FakeTelegram, bot: Bot) -> None:
    forum = fake.supergroup(forum=True)
    closed, deleted = fake.topic(forum, "closed"), fake.topic(forum, "deleted")
    fake.close_topic(forum, closed)
    fake.delete_topic(forum, deleted)
    for each in (closed, deleted):
        assert await why(bot.send_message(forum.id, "hello", message_thread_id=each.id)) is Meaning.TOPIC_CLOSED


async def test_a_file(fake: FakeTelegram, bot: Bot) -> None:
    fake.rates.off()
    ana, garden = fake.person("ana"), fake.supergroup()
    large, long = noise((2000, 1800)), picture((2100, 100))
    for each in (large, long, b"no picture"):
        assert await why(bot.send_photo(ana.id, each)) is Meaning.NO_PHOTOS
    fake.deny(garden, "can_send_photos")
    assert await why(bot.send_photo(garden.id, picture())) is Meaning.NO_PHOTOS
    card = await bot.send_photo(ana.id, picture())
    media = InputMediaPhoto(long)
    assert await why(bot.edit_message_media(media, ana.id, card.message_id)) is Meaning.NO_PHOTOS
    huge = BytesIO(bytes(51 * 1024 * 1024))
    assert await why(bot.send_document(ana.id, huge)) is Meaning.TOO_LARGE
    ana.sends_document(bytes(21 * 1024 * 1024))
    sent = ana.sees[-1].media
    assert sent is not None
    assert await why(bot.get_file(sent.file.file_id)) is Meaning.TOO_LARGE


async def test_a_press_that_is_too_old(bot: Bot) -> None:
    assert await why(bot.answer_callback_query("1")) is Meaning.TOO_OLD


async def test_an_ill_telegram_and_our_own_mistakes(fake: FakeTelegram, bot: Bot) -> None:
    ana = fake.person("ana")
    fake.fail("sendMessage", 1, status=502)
    fake.fail("sendMessage", 1, status=429, retry_after=7)
    fake.fail("sendMessage", 1, status=0)
    for _ in range(3):
        assert await why(bot.send_message(ana.id, "hello")) is Meaning.LATER
    assert await why(bot.send_message(ana.id, "<b>", parse_mode="HTML")) is Meaning.WRONG


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimedOut(), Meaning.LATER),
        (RetryAfter(5), Meaning.LATER),
        (Conflict("Conflict: terminated"), Meaning.LATER),
        (InvalidToken(), Meaning.LATER),
        (TelegramError("No answer of Telegram's"), Meaning.LATER),
        (NetworkError("Bad Gateway (502)"), Meaning.LATER),
        (OSError(), Meaning.LATER),
        (TimeoutError(), Meaning.LATER),
        (NetworkError("Request Entity Too Large"), Meaning.TOO_LARGE),
        (Forbidden("Forbidden: something new"), Meaning.PLACE_GONE),
        (Forbidden("Forbidden: the group chat was deleted"), Meaning.PLACE_GONE),
        (BadRequest("Bad Request: CHAT_WRITE_FORBIDDEN"), Meaning.PLACE_GONE),
        (BadRequest("Bad Request: have no rights to send a message"), Meaning.PLACE_GONE),
        (BadRequest("Bad Request: PHOTO_INVALID_DIMENSIONS"), Meaning.NO_PHOTOS),
        (BadRequest("Bad Request: something new"), Meaning.WRONG),
    ],
)
def test_the_words_of_telegram(error: Exception, expected: Meaning) -> None:
    assert meaning(error) is expected


def test_how_long_telegram_wants_to_be_left_alone() -> None:
    assert seconds_of(RetryAfter(7)) == 7.0
