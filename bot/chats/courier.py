"""All cards that live in one chat platform: what wakes their editors, and what a restart picks up again."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import ClassVar, Generic, TypeVar

from bot.chat_pace import Pace
from bot.chats.editor import Editor
from core.domain.clock import Clock
from core.domain.job import Status
from core.domain.names import CardId, JobId, Platform
from core.service.deliveries import Delivery, DeliveryStore
from core.service.events import Happening, JobEvent
from core.service.service import Service
from core.service.states import CardState

log = logging.getLogger(__name__)
E = TypeVar("E", bound=Editor)

_DAY = 86_400.0  # a card that ended this long ago without a message is not told of any more
_PATIENCE = 5.0  # seconds for last states at a stop


class Courier(ABC, Generic[E]):
    """One editor for each unfinished card."""

    platform: ClassVar[Platform]

    def __init__(self, service: Service, store: DeliveryStore, clock: Clock, pace: Pace) -> None:
        self.service = service
        self.store = store
        self.clock = clock
        self.pace = pace
        self._editors: dict[CardId, E] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watched: set[JobId] = set()
        self._moves = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Editors live as long as the block; at its end those with a last state get a moment to show it."""
        name = self.platform.value
        with self.service.watch() as events:
            tasks = [
                asyncio.create_task(self._hear(events), name=f"{name}-events"),
                asyncio.create_task(self._place(), name=f"{name}-positions"),
            ]
            try:
                await self._pick_up()
                yield
            finally:
                await self._finish()
                for task in (*tasks, *self._tasks):
                    task.cancel()
                await asyncio.gather(*tasks, *self._tasks, return_exceptions=True)

    async def deliver(self, delivery: Delivery) -> None:
        """From now on this card is shown there. Written down first: a kill in between loses nothing."""
        self._start(self._editor(await self.store.put(delivery)))

    async def forget(self, card: CardId) -> bool:
        """Its card was deleted; True where nobody here is about to delete the message, too."""
        if editor := self._editors.get(card):
            editor.wake(urgent=True)
            return False
        await self.store.remove(card)
        return True

    async def look_at(self, state: CardState) -> None:
        """Previews are made while a job runs that has a card here, unless its owner does not want them."""
        running = [one.job.id for one in state.jobs if one.job.status is Status.RUNNING]
        new = [job for job in running if job not in self._watched]
        if new and (await self.service.preferences(state.owner)).previews:
            self._watched.update(new)
            for job in new:
                await self.service.show_previews(job, wanted=True)
        self._watched.difference_update(one.job.id for one in state.jobs if one.job.id not in running)

    @abstractmethod
    def _editor(self, delivery: Delivery) -> E:
        """Of one card."""

    async def _pick_up(self) -> None:
        """After a start: what was not shown to its end, and cards that never got a message."""
        await self.store.forget()
        missing = await self.store.missing(self.platform, self.clock.now() - _DAY)
        self._resume([*await self.store.unclosed(self.platform), *missing])

    def _resume(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            self._start(self._editor(delivery))

    def _start(self, editor: E) -> None:
        self._editors.update(dict.fromkeys(editor.cards, editor))
        task = asyncio.create_task(self._run(editor), name=f"{self.platform.value}-card-{editor.cards[0]}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        editor.wake(urgent=True)

    async def _run(self, editor: E) -> None:
        try:
            await editor.run()
        except Exception:  # its row stays open, so the next start tries again
            log.exception("%s.card-failed card=%s", self.platform.value, editor.cards[0])
        finally:
            editor.idle.set()
            for card in editor.cards:
                self._editors.pop(card, None)

    async def _hear(self, events: AsyncIterator[JobEvent]) -> None:
        async for event in events:
            stepped = event.happening is Happening.STEPPED
            self._moves += not stepped
            if editor := self._editors.get(event.card):
                editor.wake(urgent=not stepped)

    async def _place(self) -> None:
        """Positions change when others move: cards that wait look again, at the pace of an ordinary edit."""
        seen = 0
        while True:
            await asyncio.sleep(self.pace.look)
            if seen != self._moves:
                seen = self._moves
                for editor in self._editors.values():
                    if editor.waits:
                        editor.wake(urgent=False)

    async def _finish(self) -> None:
        """At a stop: whoever is in the middle of an edit may end it; what is not shown is shown after the start."""
        editors = list(self._editors.values())
        for editor in editors:
            editor.wake(urgent=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await asyncio.gather(*(editor.idle.wait() for editor in editors))
