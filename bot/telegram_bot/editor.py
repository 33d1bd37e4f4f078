"""One message's life on Telegram: what it shows now, and how a failure is taken."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.card_lines import is_spoiler
from bot.chats.editor import Editor as ChatEditor
from bot.replies import say
from bot.telegram_bot.drawing import FILE_BYTES, PHOTO_BYTES, Drawing, Upload, draw, draw_album, fits_photo
from bot.telegram_bot.failures import TROUBLE, Meaning, meaning
from bot.telegram_bot.route import Route
from core.domain.job import Job, Standing, Status
from core.domain.names import CardId
from core.errors import NotFoundError
from core.service.states import CardState

if TYPE_CHECKING:
    from bot.telegram_bot.courier import Courier

log = logging.getLogger(__name__)

_SIGHT = 0.25  # by which part a wait must have changed to be told anew
_LEAST_SIGHT = 10.0  # seconds


class Editor(ChatEditor):
    """Of one card, or of several that were asked for by one album."""

    trouble = TROUBLE

    def __init__(self, courier: Courier, route: Route) -> None:
        super().__init__(courier.pace, courier.clock)
        self.route = route
        self._courier = courier
        self._shown: Drawing | None = None
        self._waits: dict[str, Standing] = {}
        self._limit = FILE_BYTES
        self._quiet_until = courier.clock.monotonic() + courier.pace.step  # it may be done before anybody waits
        self._is_announced = False

    @property
    def cards(self) -> tuple[CardId, ...]:
        return tuple(delivery.card for delivery in self.route.deliveries)

    @property
    def language(self) -> str:
        return self.route.delivery.language

    def _blame(self, error: BaseException) -> bool:
        what = meaning(error)
        if what is Meaning.TOO_LARGE:
            self._limit //= 2
        level = logging.ERROR if what is Meaning.WRONG else logging.WARNING
        log.log(level, "telegram.edit-failed card=%s: %s", self.cards[0], error)
        return what in {Meaning.WRONG, Meaning.TOO_LARGE}

    async def _give_up(self) -> None:
        await self.route.close()

    def _gap(self) -> float:
        return self._pace.step

    def _patience(self) -> float | None:
        """Until a card that is made slowly after all gets its message."""
        left = self._quiet_until - self._clock.monotonic()
        return left if left > 0 and not self.route.has_message else None

    async def _turn(self) -> bool:
        """Show the cards as they are; True when there is nothing more to do."""
        states = await self._states()
        if not states:
            await self.route.remove()
            return True
        self.waits = any(state.status is Status.QUEUED for state in states)
        for state in states:
            await self._courier.look_at(state)
        is_over = all(state.is_finished for state in states)
        if not is_over and self._may_be_quick(states):
            await self._announce()
            return False
        if not is_over and self.route.has_message and not self._courier.has_room(self.route.delivery):
            return False
        is_last = is_over and any(state.status is not Status.CANCELLED for state in states)
        if is_last and len(states) > 1:
            await self._send_album(states)
        drawing = await self._draw(states)
        if drawing != self._shown and await self.route.show(drawing, is_last=is_last):
            self._shown, self._edited_at = drawing, self._clock.monotonic()
        if not is_over:
            return False
        if is_last:
            has_result = any(job.job.outcome for state in states for job in state.jobs)
            await self.route.ping(states[0].first.owner_name, has_result=has_result)
        await self.route.close()
        return True

    async def _states(self) -> list[CardState]:
        """Those that were not deleted."""
        found = []
        for card in self.cards:
            try:
                found.append(self._steady(await self._courier.service.card(self.route.delivery.owner, card)))
            except NotFoundError:
                continue
        return found

    def _steady(self, state: CardState) -> CardState:
        """Waits are told anew only when they have moved: each telling is an edit."""
        job = state.first.id
        fresh, told = state.jobs[0].standing, self._waits.get(job)
        if fresh is None:
            return state
        sight = max(_LEAST_SIGHT, _SIGHT * told.seconds) if told else 0.0
        if told is None or told.position != fresh.position or abs(told.seconds - fresh.seconds) > sight:
            self._waits[job] = fresh
        return state.placed({job: self._waits[job]})

    def _may_be_quick(self, states: Sequence[CardState]) -> bool:
        """A result that is there in a moment is the first thing to be said, and needs no second message."""
        if self.route.has_message or self._clock.monotonic() >= self._quiet_until:
            return False
        ahead = [state.jobs[0].standing for state in states]
        return all(each is None or each.seconds < self._pace.step for each in ahead)

    async def _announce(self) -> None:
        if not self._is_announced:
            self._is_announced = True
            await self.route.busy()

    async def _draw(self, states: Sequence[CardState]) -> Drawing:
        if len(states) > 1:
            return draw_album(states, self.language)
        [state] = states
        picture, note = await self._picture(state)
        return draw(state, self.language, picture=picture, notes=[note] if note else [])

    async def _picture(self, state: CardState) -> tuple[Upload | None, str]:
        """The result, the sheet, or the newest preview; and what Telegram's limits took from it."""
        done = [job.job for job in state.jobs if job.job.outcome]
        if not state.is_finished:
            preview = next((job.preview for job in state.jobs if job.preview), None)
            hidden = is_spoiler(state.first)
            return (Upload(name="preview.jpg", data=preview, is_photo=True, is_spoiler=hidden) if preview else None), ""
        if not done:
            return None, ""
        return await self._result(done[0], sheet=state if len(state.jobs) > 1 else None)

    async def _result(self, job: Job, sheet: CardState | None = None) -> tuple[Upload, str]:
        """As a photo where Telegram takes it as one; else as a file, which may be larger."""
        service = self._courier.service

        async def fitting(limit: int) -> tuple[bytes, str, str]:
            file = await (service.sheet_file(sheet, limit) if sheet else service.full_file(job, limit))
            return file.data, file.ending, file.note

        data, ending, note = await fitting(min(PHOTO_BYTES, self._limit))
        is_photo = fits_photo(data)
        if not is_photo:
            data, ending, note = await fitting(self._limit)
        told = say("file.smaller", self.language, note=note) if note else ""
        name = f"restyle-{job.request.seed}.{ending}"
        return Upload(name=name, data=data, is_photo=is_photo, is_spoiler=is_spoiler(job)), told

    async def _send_album(self, states: Sequence[CardState]) -> None:
        pictures = {state.id: (await self._result(state.first))[0] for state in states if state.first.outcome}
        if len(pictures) > 1:
            await self.route.send_album(pictures)
