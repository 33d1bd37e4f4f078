"""All cards that live on Discord: who edits which message, what wakes them, and what a restart picks up again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from bot.chat_pace import Pace
from bot.discord_bot.editor import Editor
from bot.discord_bot.route import Route
from bot.discord_bot.ways import Ways
from core.domain.clock import Clock
from core.domain.job import Status
from core.domain.names import CardId, JobId, Platform
from core.service.deliveries import Delivery, DeliveryStore
from core.service.events import Happening, JobEvent
from core.service.service import Service
from core.service.states import CardState

log = logging.getLogger(__name__)

_DAY = 86_400.0  # a card that ended this long ago without a message is not told of any more
_PATIENCE = 5.0  # seconds for last states at a stop
_SHARE = 1.5  # seconds of a channel's edits for each card that is edited there as the bot


class Courier:
    """One editor for each unfinished card."""

    def __init__(self, service: Service, store: DeliveryStore, clock: Clock, ways: Ways, pace: Pace) -> None:
        self.service = service
        self.store = store
        self.clock = clock
        self.pace = pace
        self._ways = ways
        self._editors: dict[CardId, Editor] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watched: set[JobId] = set()
        self._moves = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Editors live as long as the block; at its end those with a last state get a moment to show it."""
        with self.service.watch() as events:
            tasks = [
                asyncio.create_task(self._hear(events), name="discord-events"),
                asyncio.create_task(self._place(), name="discord-positions"),
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
        self._start(await self.store.put(delivery))

    async def renew(self, card: CardId, token: str, until: float) -> None:
        """Somebody pressed a button on the card's message: its token changes it in any case."""
        editor = self._editors.get(card)
        if editor is None:
            return
        editor.route.delivery = await self.store.put(replace(editor.delivery, token=token, token_until=until))
        editor.forget_shown()

    def link(self, delivery: Delivery) -> str:
        return self._ways.link(delivery)

    async def forget(self, card: CardId) -> bool:
        """Its card was deleted; True where nobody here is about to delete the message, too."""
        if card in self._editors:
            return False
        await self.store.remove(card)
        return True

    def gap(self, delivery: Delivery) -> float:
        """Seconds between edits of one card: the cards edited as the bot share their channel's rate limit."""
        if delivery.has_token(self.clock.now()):
            return self.pace.step
        here = sum(editor.delivery.place == delivery.place for editor in self._editors.values())
        return max(self.pace.step, _SHARE * here * self.pace.step / 3)

    async def look_at(self, state: CardState) -> None:
        """Previews are made while a job runs that has a card here, unless its owner does not want them."""
        running = [one.job.id for one in state.jobs if one.job.status is Status.RUNNING]
        new = [job for job in running if job not in self._watched]
        if new and (await self.service.preferences(state.owner)).previews:
            self._watched.update(new)
            for job in new:
                await self.service.show_previews(job, wanted=True)
        self._watched.difference_update(one.job.id for one in state.jobs if one.job.id not in running)

    async def _pick_up(self) -> None:
        """After a start: what was not shown to its end, and cards that never got a message."""
        await self.store.forget()
        missing = await self.store.missing(Platform.DISCORD, self.clock.now() - _DAY)
        for delivery in (*await self.store.unclosed(Platform.DISCORD), *missing):
            self._start(delivery)

    def _start(self, delivery: Delivery) -> None:
        route = Route(self._ways, self.store, self.clock, delivery)
        editor = self._editors[delivery.card] = Editor(self, route)
        task = asyncio.create_task(self._run(editor), name=f"discord-card-{delivery.card}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        editor.wake(urgent=True)

    async def _run(self, editor: Editor) -> None:
        try:
            await editor.run()
        except Exception:  # its row stays open, so the next start tries again
            log.exception("discord.card-failed card=%s", editor.delivery.card)
        finally:
            editor.idle.set()
            self._editors.pop(editor.delivery.card, None)

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
