"""One open page: what it is told, in which order, and how often."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from bot.languages.choice import language_of
from bot.web.plain import Plain
from bot.web.present import card_json, preview_url
from core.domain.job import Standing, Status
from core.domain.names import CardId, JobId
from core.errors import NotFoundError
from core.service.events import Happening, JobEvent
from core.service.service import Asker
from core.service.states import CardState

if TYPE_CHECKING:
    from bot.web.live import Hub

log = logging.getLogger(__name__)

NEWEST = 20  # cards a page starts with
_BREATH = 0.05  # seconds between two steps told: what comes meanwhile is told as one


class Tab:
    """Holds no backlog: the watcher keeps one event for each job, and sending waits for a slow connection."""

    def __init__(self, hub: Hub, socket: web.WebSocketResponse, asker: Asker) -> None:
        self.socket = socket
        self.person = asker.person
        self._asker = asker
        self._hub = hub
        self._visible = True
        self._waiting: dict[CardId, CardState] = {}  # queued cards on the page, as they show
        self._places: Mapping[JobId, Standing] = {}  # the newest that the hub gave
        self._placed = asyncio.Event()
        self._running: set[JobId] = set()
        self._previews: dict[JobId, bytes] = {}  # the newest one sent, so that none is sent twice

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [self._task(self._tell_events(), "events"), self._task(self._tell_positions(), "positions")]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def hear(self, message: WSMessage) -> None:
        """The page says whether anybody looks at it: {"visible": true}."""
        if message.type is not WSMsgType.TEXT:
            return
        try:
            said = json.loads(message.data)
        except ValueError:
            return
        if isinstance(said, dict) and isinstance(said.get("visible"), bool):
            self._visible = said["visible"]
            await self._look()

    def _task(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return asyncio.create_task(self._guarded(work), name=f"web-tab-{name}")

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A tab that fails is closed, and the page connects anew: nobody looks at a page that stands still."""
        try:
            await work
        except (ConnectionError, RuntimeError):  # the page went away in the middle of a message
            return
        except Exception:
            log.exception("web.tab-failed")
            await self.socket.close(code=WSCloseCode.INTERNAL_ERROR)

    async def _tell_events(self) -> None:
        """Subscribed first, then the state: nothing falls between the two."""
        with self._hub.service.watch(self.person) as events:
            await self._greet()
            async for event in events:
                is_step = event.happening is Happening.STEPPED
                if not is_step or event.job not in self._running:  # a first step may have taken the place of the start
                    await self._tell_card(event.card)
                if is_step:
                    await self._tell_step(event)
                    await asyncio.sleep(_BREATH)

    async def _greet(self) -> None:
        newest = await self._hub.service.history(self.person, NEWEST)
        unfinished = (await self._hub.service.queue_view(self.person)).mine
        cards = {state.id: state for state in (*newest, *unfinished)}
        language = await self._language()
        plain = [self._note(state, language) for _, state in sorted(cards.items())]
        await self._send({"type": "hello", "cards": plain, "more": len(newest) == NEWEST})
        await self._look()

    async def _tell_step(self, event: JobEvent) -> None:
        message: Plain = {"type": "step", "card": event.card, "job": event.job}
        message |= {"step": event.step, "steps": event.steps}
        if event.preview and event.preview is not self._previews.get(event.job):
            self._previews[event.job] = event.preview
            message["preview"] = preview_url(event.preview)
        await self._send(message)

    async def _tell_card(self, card: CardId) -> None:
        try:
            state = await self._hub.service.card(self.person, card)
        except NotFoundError:
            self._waiting.pop(card, None)
            await self._send({"type": "gone", "card": card})
            return
        await self._send({"type": "card", "card": self._note(state, await self._language())})
        await self._look()

    @property
    def waiting(self) -> list[JobId]:
        """The jobs on the page that wait."""
        return [one.job.id for state in self._waiting.values() for one in state.jobs if one.standing]

    def place(self, places: Mapping[JobId, Standing]) -> None:
        """Where they stand now; what the page does not know of that yet is sent, the newest only."""
        self._places = places
        self._placed.set()

    async def _tell_positions(self) -> None:
        while True:
            await self._placed.wait()
            self._placed.clear()
            language = await self._language()
            for state in list(self._waiting.values()):
                if self._waiting.get(state.id) is not state:
                    continue  # it was told anew while another card was sent
                placed = state.placed(self._places)
                if (plain := card_json(placed, language))["headline"] != card_json(state, language)["headline"]:
                    self._waiting[state.id] = placed
                    await self._send({"type": "card", "card": plain})

    def _note(self, state: CardState, language: str) -> Plain:
        """The card as plain values; remembers what of it waits and runs."""
        plain = card_json(state, language)
        if state.status is Status.QUEUED:
            self._waiting[state.id] = state
        else:
            self._waiting.pop(state.id, None)
        for job in (one.job for one in state.jobs):
            if job.status is Status.RUNNING:
                self._running.add(job.id)
            elif job.id in self._running:
                self._running.discard(job.id)
                self._previews.pop(job.id, None)
        return plain

    async def _language(self) -> str:
        """Asked for each time: /settings may have changed it."""
        return await language_of(self._hub.service, self._asker)

    async def _look(self) -> None:
        """Ask for previews of what runs, if somebody looks and wants them."""
        ended = self._hub.looked_at_by(self) - self._running
        for job in ended:
            await self._hub.look(job, self, wanted=False)
        if not self._running:
            return
        wanted = self._visible and (await self._hub.service.preferences(self.person)).previews
        for job in list(self._running):
            await self._hub.look(job, self, wanted=wanted)

    async def _send(self, message: Plain) -> None:
        await self.socket.send_str(json.dumps(message, separators=(",", ":")))
