"""The live connection: one WebSocket for each open page, showing the latest state and never a backlog.

The page gets four messages: `hello` (the newest cards, at every connection), `card` (as it is now), `step` (light:
progress of one job and a preview) and `gone`. Rows are the truth, so a page that missed something is right again as
soon as it connects.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import WSCloseCode, web

from bot.web.metrics import Metrics
from bot.web.tab import Tab
from core.domain.clock import Clock
from core.domain.names import JobId, PersonId
from core.errors import RefusedError
from core.service.events import Happening, JobEvent
from core.service.service import Asker, Service

log = logging.getLogger(__name__)

_TABS_PER_PERSON = 20
_LOOK_AGAIN = 1.5  # seconds between looks at the queue, if it moved
_ETA_AGAIN = 6.0  # and if it did not: the job in front goes on, so the wait gets shorter
_STANDING_STAYS = {Happening.STEPPED}  # happenings that move nobody in the queue


class Hub:
    """All open pages, what they look at, and whether the queue moved."""

    def __init__(self, service: Service, clock: Clock, metrics: Metrics) -> None:
        self.service = service
        self.clock = clock
        self.moves = 0  # counts what changes positions in the queue
        self._metrics = metrics
        self._tabs: set[Tab] = set()
        self._lookers: dict[JobId, set[Tab]] = {}

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        """A cleanup context of the application: watches all jobs meanwhile."""
        tasks = [
            asyncio.create_task(self._watch(), name="web-hub"),
            asyncio.create_task(self._place(), name="web-positions"),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self, app: web.Application) -> None:
        """Say goodbye politely: 1001, going away; the page reconnects by itself."""
        goodbyes = [tab.socket.close(code=WSCloseCode.GOING_AWAY, message=b"stopping") for tab in self._tabs]
        await asyncio.gather(*goodbyes, return_exceptions=True)

    @asynccontextmanager
    async def tab(self, socket: web.WebSocketResponse, asker: Asker) -> AsyncIterator[Tab]:
        """One page, while it is open."""
        tab = Tab(self, socket, asker)
        self._tabs.add(tab)
        self._metrics.sockets.set(len(self._tabs))
        try:
            async with tab.running():
                yield tab
        finally:
            self._tabs.discard(tab)
            self._metrics.sockets.set(len(self._tabs))
            for job in self.looked_at_by(tab):
                await self.look(job, tab, wanted=False)

    def check_room(self, person: PersonId) -> None:
        """Raises RefusedError where somebody keeps too many pages open."""
        if sum(tab.person == person for tab in self._tabs) >= _TABS_PER_PERSON:
            raise RefusedError("busy")

    def looked_at_by(self, tab: Tab) -> set[JobId]:
        return {job for job, lookers in self._lookers.items() if tab in lookers}

    async def look(self, job: JobId, tab: Tab, *, wanted: bool) -> None:
        """Previews are made while at least one page looks."""
        lookers = self._lookers.setdefault(job, set())
        before = bool(lookers)
        (lookers.add if wanted else lookers.discard)(tab)
        if not lookers:
            del self._lookers[job]
        if before != bool(lookers):
            try:
                await self.service.show_previews(job, wanted=bool(lookers))
            except Exception:  # a preview is never worth more than the connection
                log.exception("web.previews-failed job=%s", job)

    async def _watch(self) -> None:
        with self.service.watch() as events:
            async for event in events:
                self.moves += event.happening not in _STANDING_STAYS
                try:
                    await self._count(event)
                except Exception:
                    log.exception("web.hub-failed job=%s", event.job)

    async def _place(self) -> None:
        """One look at the queue for all pages, at most every 1.5 s and only while something waits."""
        seen, looked = -1, 0.0
        while True:
            await asyncio.sleep(_LOOK_AGAIN)
            moved = seen != self.moves or self.clock.monotonic() - looked > _ETA_AGAIN
            waiting = [job for tab in self._tabs for job in tab.waiting]
            if not waiting or not moved:
                continue
            seen, looked = self.moves, self.clock.monotonic()
            try:
                places = await self.service.standings(waiting)
            except Exception:
                log.exception("web.positions-failed")
                continue
            for tab in self._tabs:
                tab.place(places)

    async def _count(self, event: JobEvent) -> None:
        self._metrics.count(event)
        if event.happening is Happening.FAILED:
            job = await self.service.job(event.owner, event.job)
            self._metrics.note_failure(self.clock.now(), job)
