"""Sessions in their groups and topics: one header message each, edited in place, and the winners at the end.

Telegram lets nobody name a message before it is made. So each is written down as soon as it is there; only a kill
within that moment, or an answer of Telegram's that is lost, makes a header or the winners be posted twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telegram.error import RetryAfter

from bot.chat_pace import Pace
from bot.telegram_bot.client import Bot
from bot.telegram_bot.drawing import Drawing
from bot.telegram_bot.failures import TROUBLE, seconds_of
from bot.telegram_bot.header import Showing
from core.domain.names import Platform
from core.domain.session import SessionId
from core.service.service import Service

log = logging.getLogger(__name__)

_GAP = 3.0  # edits of a header, in steps of a card's pace: 7 of the 20 messages that a group takes in a minute
_LONGEST = 60.0  # seconds between tries while Telegram is ill
_STALE = 60.0  # seconds at least between edits for the time that is left alone
_SHARE = 20  # and at least this part of what is left: the time told is never wrong by more


class Rooms:
    """One task for each session that changed; it shows the latest state, never a backlog."""

    def __init__(self, service: Service, bot: Bot, pace: Pace) -> None:
        self._service = service
        self._bot = bot
        self._pace = pace
        self._tasks: dict[SessionId, asyncio.Task[None]] = {}
        self._changed: set[SessionId] = set()
        self._stale_at: dict[SessionId, float] = {}
        self._seen: dict[tuple[SessionId, str], Drawing] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What changed or ended while nobody ran is shown at once."""
        with self._service.sessions.keeper.listen() as news:
            own = [
                asyncio.create_task(self._listen(news), name="telegram-sessions"),
                asyncio.create_task(self._keep_time(), name="telegram-sessions-time"),
            ]
            try:
                for room in await self._service.sessions.store.rooms_on(Platform.TELEGRAM):
                    self._wake(room.session)
                yield
            finally:
                tasks = [*own, *self._tasks.values()]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, news: AsyncIterator[SessionId]) -> None:
        async for session in news:
            self._wake(session)

    async def _keep_time(self) -> None:
        """The time that is left goes by although nothing changes."""
        while True:
            await asyncio.sleep(self._pace.look)
            now = self._service.sessions.now()
            for session in [each for each, at in self._stale_at.items() if at <= now]:
                self._wake(session)

    def _wake(self, session: SessionId) -> None:
        self._changed.add(session)
        if session not in self._tasks:
            self._tasks[session] = asyncio.create_task(self._show(session), name=f"telegram-session-{session}")

    async def _show(self, session: SessionId) -> None:
        pause = self._pace.step * _GAP
        try:
            while session in self._changed:
                self._changed.discard(session)
                try:
                    await self._show_all(session)
                    pause = self._pace.step * _GAP
                except TROUBLE as error:
                    log.warning("telegram.session-late session=%s: %s", session, error)
                    self._changed.add(session)
                    pause = min(2 * pause, _LONGEST)
                    if isinstance(error, RetryAfter):
                        pause = max(pause, seconds_of(error))
                await asyncio.sleep(pause)
        except Exception:
            log.exception("telegram.session-failed session=%s", session)
        finally:
            self._tasks.pop(session, None)

    async def _show_all(self, session: SessionId) -> None:
        """Raises TROUBLE where Telegram is ill; the rooms that it takes are shown all the same."""
        self._stale_at.pop(session, None)
        view = await self._service.sessions.view(session)
        rooms = [room for room in view.rooms if room.place.platform is Platform.TELEGRAM and not room.gone]
        late: BaseException | None = None
        for room in rooms:
            key = (session, room.place.conversation)
            showing = Showing(service=self._service, bot=self._bot, view=view, room=room)
            try:
                if shown := await showing.show(self._seen.get(key)):
                    self._seen[key] = shown
            except TROUBLE as error:
                late = error
        now = self._service.sessions.now()
        if rooms and not view.session.is_over(now):
            self._stale_at[session] = now + max(_STALE, (view.session.ends_at - now) / _SHARE)
        if view.session.is_ended:
            self._seen = {key: drawing for key, drawing in self._seen.items() if key[0] != session}
        if late is not None:
            raise late
