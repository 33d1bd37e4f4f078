"""Buttons and inline mode: answered once, in time, and edited within their own rules."""

from __future__ import annotations

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultCachedPhoto,
    InputMediaPhoto,
    InputTextMessageContent,
)
from telegram.error import BadRequest

from tests.telegram.fake import FakeTelegram, Message, NotOffered, Person, Query
from tests.telegram.pictures import picture
from tests.telegram.small_bot import AGAIN


@pytest.fixture
def ana(fake: FakeTelegram) -> Person:
    fake.rates.off()
    return fake.person("ana")


async def card(bot: Bot, ana: Person) -> Message:
    await bot.send_message(ana.id, "a card", reply_markup=AGAIN)
    return ana.answers[-1]


async def test_a_press_is_answered_once_and_in_time(fake: FakeTelegram, bot: Bot, ana: Person) -> None:
    press = ana.starts_press(await card(bot, ana), "Again")
    assert fake.asking.unanswered == [press]
    await bot.answer_callback_query(press.id, "x" * 200, show_alert=True)
    assert (press.text, press.alert) == ("x" * 200, True)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(press.id)
    late = ana.starts_press(ana.answers[0], "Again")
    fake.advance(16)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(late.id)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query("4000")


async def test_an_answer_has_200_characters(bot: Bot, ana: Person) -> None:
    press = ana.starts_press(await card(bot, ana), "Again")
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await bot.answer_callback_query(press.id, "x" * 201)
    await bot.answer_callback_query(press.id)


async def test_people_press_what_is_there_and_changed_apps_anything(bot: Bot, ana: Person) -> None:
    message = await card(bot, ana)
    with pytest.raises(NotOffered):
        ana.starts_press(message, "Cancel")
    ana.forges_press(message, "v1:cancel:1")
    [told] = [update.callback_query for update in await bot.get_updates() if update.callback_query]
    assert told.data == "v1:cancel:1"
    assert told.message is not None
    assert told.message.message_id == message.id


async def ask(bot: Bot, ana: Person, words: str) -> Query:
    return ana.telegram.send_query(ana.user, ana.chat, words)


async def test_a_cached_photo_is_offered_chosen_and_edited_without_an_upload(
    fake: FakeTelegram, bot: Bot, ana: Person
) -> None:
    photo = (await bot.send_photo(ana.id, picture())).photo[-1].file_id
    query = await ask(bot, ana, "fox")
    result = InlineQueryResultCachedPhoto("r1", photo, caption="a fox", reply_markup=AGAIN)
    await bot.answer_inline_query(query.id, [result])
    garden = fake.group(has_bot=False)
    fake.join(garden, ana.user)
    message = ana.at(garden).chooses(query, "r1")
    assert (message.text, message.via_bot, message.is_photo) == ("a fox", fake.bot, True)
    [chosen] = [each.chosen_inline_result for each in await bot.get_updates() if each.chosen_inline_result]
    assert chosen.inline_message_id == message.inline_id
    with pytest.raises(BadRequest, match=r"(?i)a new file can't be uploaded"):
        await bot.edit_message_media(InputMediaPhoto(picture()), inline_message_id=message.inline_id)
    await bot.edit_message_media(InputMediaPhoto(photo, caption="b"), inline_message_id=message.inline_id)
    assert message.text == "b"


async def test_an_inline_message_without_a_keyboard_cannot_be_edited(bot: Bot, ana: Person) -> None:
    query = await ask(bot, ana, "fox")
    article = InlineQueryResultArticle("r1", "Fox", InputTextMessageContent("a <b>fox</b>", parse_mode="HTML"))
    await bot.answer_inline_query(query.id, [article])
    message = ana.chooses(query)
    assert (message.text, message.inline_id) == ("a fox", None)


async def test_inline_answers_keep_to_their_limits(fake: FakeTelegram, bot: Bot, ana: Person) -> None:
    query = await ask(bot, ana, "fox")
    article = InlineQueryResultArticle("r1", "Fox", InputTextMessageContent("fox"))
    for results, words in (
        ([article, article], "duplicate"),
        ([InlineQueryResultCachedPhoto("r1", "AgACnothing")], "wrong file identifier"),
    ):
        with pytest.raises(BadRequest, match=f"(?i){words}"):
            await bot.answer_inline_query(query.id, results)
    fake.advance(11)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_inline_query(query.id, [article])


@pytest.mark.parametrize("personal", [True, False])
async def test_an_answer_that_is_not_personal_is_shown_to_others(
    fake: FakeTelegram, bot: Bot, ana: Person, personal: bool
) -> None:
    query = await ask(bot, ana, "fox")
    article = InlineQueryResultArticle("r1", "Ana's fox", InputTextMessageContent("fox"))
    await bot.answer_inline_query(query.id, [article], is_personal=personal)
    bo = fake.person("bo")
    assert (await ask(bot, bo, "fox")).from_cache is not personal
    assert (await ask(bot, ana, "fox")).from_cache
    fake.advance(301)
    assert not (await ask(bot, ana, "fox")).from_cache


async def test_a_deleted_card_cannot_be_pressed(fake: FakeTelegram, bot: Bot, ana: Person) -> None:
    message = await card(bot, ana)
    press = ana.starts_press(message, "Again")
    fake.delete_message(message)
    with pytest.raises(NotOffered):
        ana.starts_press(message, "Again")
    await bot.answer_callback_query(press.id)


async def test_eight_buttons_fit_in_a_row(bot: Bot, ana: Person) -> None:
    row = [InlineKeyboardButton(str(number), callback_data=str(number)) for number in range(9)]
    await bot.send_message(ana.id, "a", reply_markup=InlineKeyboardMarkup([row[:8]]))
    with pytest.raises(BadRequest):
        await bot.send_message(ana.id, "a", reply_markup=InlineKeyboardMarkup([row]))
