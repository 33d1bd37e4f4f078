"""Messages that the bot makes: in a chat, or to a person alone."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from telegram import ForceReply, InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import RetryAfter

from bot.telegram_bot.client import Bot
from bot.telegram_bot.drawing import CAPTION, TEXT, Upload
from bot.telegram_bot.failures import TROUBLE, seconds_of
from bot.telegram_bot.people import Spot

log = logging.getLogger(__name__)

_TRIES = 5
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """One message: HTML of whole lines, perhaps a file, perhaps buttons or a question."""

    text: str
    file: Upload | None = None
    markup: InlineKeyboardMarkup | ForceReply | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    bot: Bot

    async def say(self, spot: Spot, spoken: Spoken, *, answers: int | None = None, silent: bool = False) -> Message:
        """Raises what Telegram says against it (`failures.TROUBLE`), but that it comes too often: then it waits."""
        for _ in range(_TRIES):
            try:
                return await self._send(spot, spoken, answers, silent=silent)
            except RetryAfter as error:  # the bot's own limits know of it from now on
                await asyncio.sleep(seconds_of(error))
        return await self._send(spot, spoken, answers, silent=silent)

    async def _send(self, spot: Spot, spoken: Spoken, answers: int | None, *, silent: bool) -> Message:
        file, more = spoken.file, self._where(spot, answers) | {"disable_notification": silent}
        more |= {"reply_markup": spoken.markup, "parse_mode": ParseMode.HTML}
        if file is None:
            return await self.bot.send_message(
                text=whole_lines(spoken.text, TEXT), link_preview_options=NO_PREVIEW, **more
            )
        caption = whole_lines(spoken.text, CAPTION)
        if file.is_photo:
            more["has_spoiler"] = file.is_spoiler
            return await self.bot.send_photo(photo=file.data, filename=file.name, caption=caption, **more)
        more["disable_content_type_detection"] = True
        return await self.bot.send_document(document=file.data, filename=file.name, caption=caption, **more)

    async def try_to_say(self, spot: Spot, spoken: Spoken, *, answers: int | None = None) -> None:
        """What cannot be said any more is noted and let be."""
        try:
            await self.say(spot, spoken, answers=answers)
        except TROUBLE as error:
            log.warning("telegram.not-told chat=%s: %s", spot.chat, error)

    def _where(self, spot: Spot, answers: int | None) -> dict[str, Any]:
        """What is answered may be gone: then it is said all the same."""
        reply = ReplyParameters(message_id=answers, allow_sending_without_reply=True) if answers else None
        return {"chat_id": spot.chat, "message_thread_id": spot.topic, "reply_parameters": reply}


def whole_lines(text: str, most: int) -> str:
    """As many lines as fit; HTML is never cut within one."""
    kept: list[str] = []
    for line in text.split("\n"):
        if sum(map(len, kept)) + len(kept) + len(line) > most - 2:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join(kept)
