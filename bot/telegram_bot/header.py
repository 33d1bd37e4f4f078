"""A session as one group or topic shows it: its header, and in the end its winners."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from telegram import Message
from telegram.constants import ParseMode
from telegram.error import ChatMigrated

from bot.replies import say
from bot.sessions import sheet_label, shown, time_left
from bot.telegram_bot.client import Bot
from bot.telegram_bot.drawing import FILE_BYTES, PHOTO_BYTES, TEXT, Drawing, Upload, fits_photo, plain
from bot.telegram_bot.failures import TROUBLE, Meaning, meaning
from bot.telegram_bot.moving import move
from bot.telegram_bot.people import Spot, spot_of
from bot.telegram_bot.speaking import NO_PREVIEW, Speaker, Spoken, whole_lines
from core.domain.session import Room
from core.errors import RestyleError
from core.service.service import Service
from core.service.session_views import SessionView

log = logging.getLogger(__name__)

_PATIENCE = 5.0  # seconds at a stop for a message that is on its way
_NOT_SO = {Meaning.NO_PHOTOS, Meaning.TOO_LARGE, Meaning.PLACE_GONE}  # another kind of message may be taken
_GONE = {Meaning.PLACE_GONE, Meaning.PERSON_CLOSED, Meaning.TOPIC_CLOSED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Showing:
    """One session in one room, as it stands."""

    service: Service
    bot: Bot
    view: SessionView
    room: Room

    async def show(self, seen: Drawing | None) -> Drawing | None:
        """What is shown now; `seen` is what was shown before. None where nothing could be.

        Raises TROUBLE where Telegram is ill.
        """
        drawing = self._header()
        try:
            if drawing != seen:
                await self._put(drawing)
            if self.view.session.is_ended and self.room.result is None:
                await self._tell_winners(drawing)
        except TROUBLE as error:
            await self._learn(error)
            return None
        return drawing

    async def _put(self, drawing: Drawing) -> None:
        if self.room.message is None:
            await self._post([_spoken(drawing)], "message")
            return
        try:
            await self.bot.edit_message_text(
                chat_id=self._spot.chat,
                message_id=int(self.room.message),
                text=whole_lines(drawing.text, TEXT),
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=drawing.keyboard,
            )
        except TROUBLE as error:
            what = meaning(error)
            if what is Meaning.MESSAGE_GONE:
                await self._post([_spoken(drawing)], "message", silent=True)
            elif what is not Meaning.UNCHANGED:
                raise

    async def _tell_winners(self, drawing: Drawing) -> None:
        """Below everything that was said, with the sheet of all: as a photo, else as a file, else in words."""
        spoken = _spoken(drawing)
        sheets = [replace(spoken, file=file) for file in await self._sheets()]
        await self._post([*sheets, spoken], "result")

    async def _post(self, ways: list[Spoken], mark: str, *, silent: bool = False) -> None:
        await _to_its_end(self._post_now(ways, mark, silent=silent))

    async def _post_now(self, ways: list[Spoken], mark: str, *, silent: bool) -> None:
        """By the first way that is taken, and written down at once."""
        sent = await self._first(ways, silent=silent)
        await self.service.sessions.mark_room(self.room, **{mark: str(sent.message_id)})

    async def _first(self, ways: list[Spoken], *, silent: bool) -> Message:
        speaker = Speaker(bot=self.bot)
        for spoken in ways[:-1]:
            try:
                return await speaker.say(self._spot, spoken, silent=silent)
            except TROUBLE as error:
                if meaning(error) not in _NOT_SO:
                    raise
                log.info("telegram.session-otherwise session=%s: %s", self.room.session, error)
        return await speaker.say(self._spot, ways[-1], silent=silent)

    async def _sheets(self) -> list[Upload]:
        """Of all variations: as a photo where Telegram takes it as one, else as a file."""
        language, records = self.room.language, self.service.sessions.records

        async def within(limit: int) -> tuple[bytes, str]:
            file = await records.sheet_file(self.view, lambda one: sheet_label(one, language), limit)
            return file.data, f"sheet.{file.ending}"

        try:
            data, name = await within(PHOTO_BYTES)
            if fits_photo(data):
                return [Upload(name=name, data=data, is_photo=is_photo) for is_photo in (True, False)]
            data, name = await within(FILE_BYTES)
        except RestyleError:  # there is none, or its pictures are gone
            return []
        return [Upload(name=name, data=data)]

    def _header(self) -> Drawing:
        """Telegram counts no time down, so it is told in words, and when it ends: that stays true."""
        language, held = self.room.language, self.view.session
        until = f"{datetime.fromtimestamp(held.ends_at, UTC):%Y-%m-%d %H:%M} UTC"
        left = f"{time_left(self.view, self.service.sessions.now(), language)} ({until})"
        asked = shown(self.service, self.view, language, left=left, how="telegram.room.how")
        title, *lines = map(plain, asked.text.splitlines())
        lines.insert(0, f"<b>{title}</b>")
        if asked.link.startswith("http"):
            lines.append(f'<a href="{plain(asked.link)}">{plain(say("room.page", language))}</a>')
        return Drawing(text="\n".join(lines), rows=tuple((button,) for button in asked.buttons))

    async def _learn(self, error: BaseException) -> None:
        """A place that is gone is gone, one that moved has moved; a mistake of ours is not made again and again."""
        what = meaning(error)
        if isinstance(error, ChatMigrated):
            await move(self.service, self._spot.chat, error.new_chat_id)
        elif what in _GONE:
            log.info("telegram.session-shut-out session=%s: %s", self.room.session, error)
            await self.service.sessions.mark_room(self.room, gone=True)
        elif what is Meaning.WRONG:
            log.error("telegram.session-refused session=%s: %s", self.room.session, error)
        else:
            raise error

    @property
    def _spot(self) -> Spot:
        return spot_of(self.room.place)


def _spoken(drawing: Drawing) -> Spoken:
    return Spoken(text=drawing.text, markup=drawing.keyboard)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Not to be interrupted by a stop between a message and its row."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_PATIENCE)
        raise
