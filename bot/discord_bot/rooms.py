"""Sessions in their threads: one header message each, edited in place, and the winners at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import discord

from bot.chat_pace import Pace
from bot.discord_bot.drawing import NOBODY, Drawing, Picture, plain
from bot.discord_bot.failures import TROUBLE, Meaning, meaning
from bot.replies import say
from bot.sessions import sheet_label, shown
from core.domain.names import Platform
from core.domain.session import Room, SessionId
from core.errors import RestyleError
from core.service.service import Service
from core.service.session_views import SessionView

log = logging.getLogger(__name__)

GAP = 2.0  # edits of a header, in steps of a card's pace: 10 a minute, where Discord takes 5 in 5 s for a channel
_LONGEST = 60.0  # seconds between tries while Discord is ill
_FILE = 9_000_000  # bytes of the sheet: Discord takes 10 MiB


class Rooms:
    """One task for each session that changed; it shows the latest state, never a backlog."""

    def __init__(self, service: Service, client: discord.Client, pace: Pace) -> None:
        self._service = service
        self._client = client
        self._pace = pace
        self._tasks: dict[SessionId, asyncio.Task[None]] = {}
        self._changed: set[SessionId] = set()
        self._seen: dict[tuple[SessionId, str], Drawing] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What changed or ended while nobody ran is shown at once."""
        listening = asyncio.create_task(self._listen(), name="discord-sessions")
        try:
            yield
        finally:
            tasks = [listening, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        with self._service.sessions.keeper.listen() as news:
            for room in await self._service.sessions.store.rooms_on(Platform.DISCORD):
                self._wake(room.session)
            async for session in news:
                self._wake(session)

    def _wake(self, session: SessionId) -> None:
        self._changed.add(session)
        if session not in self._tasks:
            self._tasks[session] = asyncio.create_task(self._show(session), name=f"discord-session-{session}")

    async def _show(self, session: SessionId) -> None:
        pause = self._pace.step * GAP
        try:
            while session in self._changed:
                self._changed.discard(session)
                try:
                    await self._show_all(session)
                    pause = self._pace.step * GAP
                except TROUBLE as error:
                    log.warning("discord.session-late session=%s: %s", session, error)
                    self._changed.add(session)
                    pause = min(2 * pause, _LONGEST)
                await asyncio.sleep(pause)
        except Exception:
            log.exception("discord.session-failed session=%s", session)
        finally:
            self._tasks.pop(session, None)

    async def _show_all(self, session: SessionId) -> None:
        view = await self._service.sessions.view(session)
        for room in view.rooms:
            if room.place.platform is not Platform.DISCORD or room.gone:
                continue
            one = _Showing(service=self._service, client=self._client, view=view, room=room)
            await one.show(self._seen)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Showing:
    """One session in one thread, as it stands."""

    service: Service
    client: discord.Client
    view: SessionView
    room: Room

    async def show(self, seen: dict[tuple[SessionId, str], Drawing]) -> None:
        """Raises TROUBLE where Discord is ill."""
        key, drawing = (self.room.session, self.room.place.conversation), self._header()
        try:
            if seen.get(key) != drawing:
                await self._put(drawing)
                seen[key] = drawing
            if self.view.session.is_ended and self.room.result is None:
                await self._tell_winners()
        except TROUBLE as error:
            await self._learn(error)

    async def _put(self, drawing: Drawing) -> None:
        if self.room.message is None:
            await self._post(drawing, "message", "h")
            return
        message = self._place().get_partial_message(int(self.room.message))
        try:
            await message.edit(view=drawing.view(), allowed_mentions=NOBODY)
        except TROUBLE as error:
            if meaning(error) is not Meaning.MESSAGE_GONE:
                raise
            await self._post(drawing, "message", "r")

    async def _tell_winners(self) -> None:
        """Below everything that was said, with the sheet of all."""
        picture = await self._sheet()
        await self._post(replace(self._header(), picture=picture), "result", "e")

    async def _post(self, drawing: Drawing, mark: str, nonce: str) -> None:
        """With its nonce a message is made once, also after a kill between it and its row."""
        sent = await self._place().send(
            view=drawing.view(),
            files=drawing.files(),
            nonce=f"{self.room.session}.{nonce}",
            allowed_mentions=NOBODY,
        )
        await self.service.sessions.mark_room(self.room, **{mark: str(sent.id)})

    async def _sheet(self) -> Picture | None:
        language = self.room.language
        try:
            records = self.service.sessions.records
            file = await records.sheet_file(self.view, lambda one: sheet_label(one, language), _FILE)
        except RestyleError:
            return None
        return Picture(name=f"sheet.{file.ending}", data=file.data, alt=say("room.sheet", language))

    def _header(self) -> Drawing:
        """Discord itself counts the time down."""
        left = f"<t:{self.view.session.ends_at:.0f}:R>"
        asked = shown(self.service, self.view, self.room.language, left=left)
        title, *lines = map(plain, asked.text.splitlines())
        text = "\n".join((f"## {title}", *(line.replace(plain(left), left) for line in lines)))
        text += f"\n[{say('room.page', self.room.language)}]({asked.link})" if asked.link.startswith("http") else ""
        return Drawing(text=text, rows=(asked.buttons,) if asked.buttons else ())

    async def _learn(self, error: BaseException) -> None:
        """A thread that sleeps is woken; one that is gone is gone."""
        match meaning(error):
            case Meaning.PLACE_GONE:
                log.info("discord.session-shut-out session=%s: %s", self.room.session, error)
                await self.service.sessions.mark_room(self.room, gone=True)
            case Meaning.ARCHIVED:
                thread = await self.client.fetch_channel(int(self.room.place.conversation))
                if isinstance(thread, discord.Thread):
                    await thread.edit(archived=False)
                raise error
            case _:
                raise error

    def _place(self) -> discord.PartialMessageable:
        return self.client.get_partial_messageable(int(self.room.place.conversation))
