"""What Telegram refuses in a message: lengths, marks, keyboards, edits that change nothing."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Message, WebAppInfo
from telegram.error import BadRequest, Forbidden

from tests.telegram.fake import FakeTelegram, Person
from tests.telegram.pictures import picture


@pytest.fixture
def ana(fake: FakeTelegram) -> Person:
    fake.rates.off()
    return fake.person("ana")


async def refused(asked: Awaitable[object]) -> str:
    with pytest.raises(BadRequest) as caught:
        await asked
    return caught.value.message.lower()  # the library changes capitals


def one_button(**fields: object) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Press", **fields)]])  # type: ignore[arg-type]  # as the test wants


async def test_text_has_4096_characters_after_its_marks_and_is_not_empty(bot: Bot, ana: Person) -> None:
    sent = await bot.send_message(ana.id, f"<b>{'x' * 4096}</b>", parse_mode="HTML")
    assert len(sent.text or "") == 4096
    assert await refused(bot.send_message(ana.id, "x" * 4097)) == "message is too long"
    assert await refused(sent.edit_text("x" * 4097)) == "message_too_long"
    assert await refused(bot.send_message(ana.id, " \n ")) == "message text is empty"


async def test_a_caption_has_1024_characters_after_its_marks(bot: Bot, ana: Person) -> None:
    sent = await bot.send_photo(ana.id, picture(), caption=f"<i>{'x' * 1024}</i>", parse_mode="HTML")
    assert len(sent.caption or "") == 1024
    assert await refused(sent.edit_caption("x" * 1025)) == "message caption is too long"
    assert await refused(bot.send_document(ana.id, b"text", caption="x" * 1025)) == "message caption is too long"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<b>open", "Can't find end tag corresponding to start tag"),
        ("a < b", "Unsupported start tag"),
        ("<script>x</script>", "Unsupported start tag"),
        ("</b>", "Unmatched end tag"),
        ("<b><i>x</b></i>", "Unmatched end tag"),
        ("<b", "Unclosed start tag"),
    ],
)
async def test_html_that_is_none_is_refused(bot: Bot, ana: Person, text: str, words: str) -> None:
    assert words.lower() in await refused(bot.send_message(ana.id, text, parse_mode="HTML"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.6", "Character '.' is reserved"),
        ("*open", "Can't find end of Bold entity"),
        ("[a](b", "Character ']' is reserved"),
        ("`code", "Can't find end of Code entity"),
        ("a-b", "Character '-' is reserved"),
    ],
)
async def test_markdown_that_is_none_is_refused(bot: Bot, ana: Person, text: str, words: str) -> None:
    assert words.lower() in await refused(bot.send_message(ana.id, text, parse_mode="MarkdownV2"))


async def test_both_ways_of_marking_give_the_same_message(bot: Bot, ana: Person) -> None:
    html = 'a 🦊 <b>fox &lt;3</b> <code>0.6</code> <a href="https://a.example/?x=1">link</a>'
    markdown = r"a 🦊 *fox <3* `0.6` [link](https://a.example/?x=1)"
    one = await bot.send_message(ana.id, html, parse_mode="HTML")
    other = await bot.send_message(ana.id, markdown, parse_mode="MarkdownV2")
    assert one.text == other.text == "a 🦊 fox <3 0.6 link"
    assert one.entities == other.entities
    assert [(each.type, one.parse_entity(each)) for each in one.entities] == [
        ("bold", "fox <3"),
        ("code", "0.6"),
        ("text_link", "link"),
    ]


async def test_callback_data_has_64_bytes(bot: Bot, ana: Person) -> None:
    sent = await bot.send_message(ana.id, "a", reply_markup=one_button(callback_data="ä" * 32))
    assert ana.sees[0].buttons == {"Press": "ä" * 32}
    longer = one_button(callback_data="ä" * 32 + "b")
    assert await refused(bot.send_message(ana.id, "a", reply_markup=longer)) == "button_data_invalid"
    assert await refused(sent.edit_reply_markup(longer)) == "button_data_invalid"


async def test_a_web_app_opens_in_private_chats_over_https_only(fake: FakeTelegram, bot: Bot, ana: Person) -> None:
    await bot.send_message(ana.id, "a", reply_markup=one_button(web_app=WebAppInfo("https://a.example")))
    plain = one_button(web_app=WebAppInfo("http://a.example"))
    assert "only https links are allowed" in await refused(bot.send_message(ana.id, "a", reply_markup=plain))
    secure = one_button(web_app=WebAppInfo("https://a.example"))
    assert await refused(bot.send_message(fake.group().id, "a", reply_markup=secure)) == "button_type_invalid"


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, ana: Person) -> None:
    keyboard = one_button(callback_data="a")
    sent = await bot.send_message(ana.id, "a", reply_markup=keyboard)
    assert "message is not modified" in await refused(sent.edit_text("a", reply_markup=keyboard))
    assert "message is not modified" in await refused(sent.edit_reply_markup(keyboard))
    photo = await bot.send_photo(ana.id, picture(), caption="a")
    same = InputMediaPhoto(photo.photo[-1].file_id, caption="a")
    assert "message is not modified" in await refused(photo.edit_media(same))
    await photo.edit_media(InputMediaPhoto(picture(colour="navy"), caption="a"))


async def test_an_edit_without_the_keyboard_takes_it_away(bot: Bot, ana: Person) -> None:
    sent = await bot.send_message(ana.id, "a", reply_markup=one_button(callback_data="a"))
    await sent.edit_text("b")
    assert ana.sees[0].labels == []
    assert ana.sees[0].edits == 1


async def test_text_and_caption_are_edited_each_in_its_way(bot: Bot, ana: Person) -> None:
    text = await bot.send_message(ana.id, "a")
    photo = await bot.send_photo(ana.id, picture(), caption="a")
    assert await refused(text.edit_caption("b")) == "there is no caption in the message to edit"
    assert await refused(photo.edit_text("b")) == "there is no text in the message to edit"
    shown = await text.edit_media(InputMediaPhoto(picture(), caption="now a picture"))
    assert isinstance(shown, Message)
    assert shown.caption == "now a picture"
    assert ana.sees[0].is_photo


async def test_what_is_gone_is_not_edited_deleted_or_replied_to(bot: Bot, ana: Person) -> None:
    sent = await bot.send_message(ana.id, "a")
    await sent.delete()
    assert await refused(sent.edit_text("b")) == "message to edit not found"
    assert await refused(sent.delete()) == "message to delete not found"
    assert await refused(sent.reply_text("b", do_quote=True)) == "message to be replied not found"
    await bot.send_message(ana.id, "b", reply_to_message_id=sent.id, allow_sending_without_reply=True)
    assert [message.text for message in ana.sees] == ["b"]


async def test_only_own_messages_are_edited(bot: Bot, ana: Person) -> None:
    asked = ana.sends("hello")
    assert await refused(bot.edit_message_text("b", ana.id, asked.id)) == "message can't be edited"


async def test_the_messages_of_others_are_deleted_by_administrators_only(
    fake: FakeTelegram, bot: Bot, ana: Person
) -> None:
    garden = fake.group()
    fake.join(garden, ana.user)
    asked = ana.at(garden).sends("hello")
    assert await refused(bot.delete_message(garden.id, asked.id)) == "message can't be deleted"
    fake.make_admin(fake.bot, garden)
    await bot.delete_message(garden.id, asked.id)
    assert asked.deleted


async def test_a_person_has_to_begin(fake: FakeTelegram, bot: Bot) -> None:
    bo = fake.person("bo", started=False)
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(bo.id, "hello")
    bo.starts("j-17")
    await bot.send_message(bo.id, "hello")
    assert [message.text for message in bo.sees] == ["/start j-17", "hello"]
