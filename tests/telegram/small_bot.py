"""A small bot on the real client library: enough of everything to try the fake with."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultCachedPhoto,
    InputMediaPhoto,
    Message,
    Update,
)
from telegram.ext import Application, CallbackQueryHandler, InlineQueryHandler, MessageHandler, TypeHandler, filters

from tests.telegram.fake import FakeTelegram

AGAIN = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="v1:again:7")]])
Program = Application[Any, Any, Any, Any, Any, Any]


class SmallBot:
    """Restyles by sending back what it got, and keeps every update it was told."""

    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.last_photo: str | None = None

    async def on_message(self, update: Update, context: Any) -> None:
        message = update.effective_message
        if update.message is None or message is None:
            return
        pictured = message if message.photo or message.document else message.reply_to_message
        words = message.caption or message.text or ""
        if pictured is not None and words.startswith("/restyle"):
            await self._restyle(message, pictured, words)

    async def _restyle(self, message: Message, pictured: Message, words: str) -> None:
        found = pictured.photo[-1] if pictured.photo else pictured.document
        assert found is not None, "a picture was there"
        content = await (await found.get_file()).download_as_bytearray()
        card = await message.reply_text(f"Restyling {len(content)} bytes: {words}", do_quote=True)
        media = InputMediaPhoto(bytes(content), caption=f"<b>{len(content)}</b>", parse_mode="HTML")
        done = await card.edit_media(media, reply_markup=AGAIN)
        assert isinstance(done, Message), "it is no inline message"
        self.last_photo = done.photo[-1].file_id

    async def on_anything(self, update: Update, context: Any) -> None:
        self.updates.append(update)

    async def on_press(self, update: Update, context: Any) -> None:
        assert update.callback_query is not None, "the handler is for these"
        await update.callback_query.answer(f"pressed {update.callback_query.data}")

    async def on_inline(self, update: Update, context: Any) -> None:
        assert update.inline_query is not None, "the handler is for these"
        photo = self.last_photo
        found = [] if photo is None else [InlineQueryResultCachedPhoto(id="1", photo_file_id=photo, reply_markup=AGAIN)]
        await update.inline_query.answer(found, is_personal=True, cache_time=0)


def program(fake: FakeTelegram, bot: SmallBot) -> Program:
    builder = Application.builder().token(fake.token).base_url(fake.base_url).base_file_url(fake.base_file_url)
    application = builder.build()
    application.add_handler(CallbackQueryHandler(bot.on_press))
    application.add_handler(InlineQueryHandler(bot.on_inline))
    application.add_handler(MessageHandler(filters.ALL, bot.on_message))
    application.add_handler(TypeHandler(Update, bot.on_anything), group=1)
    return application


@contextlib.asynccontextmanager
async def running(fake: FakeTelegram, allowed: list[str] | None = None) -> AsyncIterator[SmallBot]:
    """The bot, polling."""
    bot = SmallBot()
    application = program(fake, bot)
    async with application:
        await application.start()
        assert application.updater is not None, "it polls"
        await application.updater.start_polling(poll_interval=0, timeout=10, allowed_updates=allowed)
        try:
            await fake.until_connected()
            yield bot
        finally:
            await application.updater.stop()
            await application.stop()
