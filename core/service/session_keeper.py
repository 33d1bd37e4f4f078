"""What goes on around sessions by itself: time that runs out, pictures that come in, and who is told of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager

from core.domain.clock import Clock
from core.domain.names import CardId
from core.domain.session import SessionId
from core.errors import RestyleError
from core.service.session_news import Listener, SessionNews
from core.service.session_views import SessionView
from core.storage.sessions import SessionStore
from core.worker.events import Watcher

log = logging.getLogger(__name__)

_LOOK = 1.0  # seconds between looks at the clock: a session ends at most so much late
_KEPT = 200  # views


class SessionKeeper:
    """Ends what is due, keeps views until they change, and tells listeners."""

    def __init__(self, store: SessionStore, clock: Clock, watch: Callable[[], AbstractContextManager[Watcher]]) -> None:
        self._store = store
        self._clock = clock
        self._watch = watch
        self._news = SessionNews()
        self._ends: dict[SessionId, float] = {}
        self._making: dict[CardId, SessionId] = {}
        self._views: dict[SessionId, tuple[int, SessionView]] = {}
        self._changes = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While inside: what is due ends, also what was due while nobody ran, and pictures come in."""
        await self._store.drop_unmade()
        await self._store.settle()
        for session in await self._store.going():
            self._ends[session.id] = session.ends_at
        self._making = await self._store.making()
        await self.end_due()
        tasks = [
            asyncio.create_task(self._keep_time(), name="sessions-time"),
            asyncio.create_task(self._collect(), name="sessions-pictures"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def listen(self) -> AbstractContextManager[Listener]:
        """Ids of sessions that changed: `with keeper.listen() as news: async for session in news`."""
        return self._news.listen()

    async def end_due(self) -> None:
        """End what is over, as of the time it was meant to end."""
        now = self._clock.now()
        for session, at in list(self._ends.items()):
            if at <= now:
                await self.end(session, at)

    async def end(self, session: SessionId, at: float) -> bool:
        """Whether this call ended it."""
        ended = await self._store.end(session, at)
        self._ends.pop(session, None)
        self.changed(session)
        return ended

    def expect_end(self, session: SessionId, at: float) -> None:
        self._ends[session] = at

    def expect_picture(self, card: CardId, session: SessionId | None) -> None:
        """A variation is being made; None: it is not any more."""
        if session is None:
            self._making.pop(card, None)
        else:
            self._making[card] = session

    async def arrived(self, card: CardId) -> None:
        """Its job has ended."""
        session = self._making.pop(card, None)
        await self._store.settle()
        if session:
            self.changed(session)

    def changed(self, session: SessionId) -> None:
        self.forget(session)
        self._news.tell(session)

    def forget(self, session: SessionId) -> None:
        """Its view is old, but nobody need be told."""
        self._changes += 1
        self._views.pop(session, None)

    async def view(self, session: SessionId) -> SessionView:
        """Kept until something changes. Raises SessionError("unknown")."""
        changes, generation = self._changes, self._store.generation
        if (known := self._views.get(session)) and known[0] == generation:
            return known[1]
        held = await self._store.get(session)
        entries = await self._store.entries(session)
        view = SessionView(
            session=held,
            entries=tuple(entry for entry in entries if entry.picture),
            making=sum(entry.picture is None and not entry.is_lost for entry in entries),
            members=len(await self._store.members(session)),
            rooms=tuple(await self._store.rooms(session)),
        )
        if changes == self._changes:  # else it may be old already
            if len(self._views) >= _KEPT:
                self._views.clear()
            self._views[session] = generation, view
        return view

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            try:
                await self.end_due()
            except RestyleError as error:  # the database is busy: the next look tries again
                log.warning("sessions.late: %s", error.key)
            except Exception:
                log.exception("sessions.time-failed")

    async def _collect(self) -> None:
        with self._watch() as events:
            async for event in events:
                if event.is_last and event.card in self._making:
                    try:
                        await self.arrived(event.card)
                    except Exception:
                        log.exception("sessions.picture-failed card=%s", event.card)
