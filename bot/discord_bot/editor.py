"""One card's message on Discord: what it shows now, and how a failure is taken."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.cards import job_card
from bot.chats.editor import Editor as ChatEditor
from bot.discord_bot.drawing import Drawing, Picture, draw
from bot.discord_bot.failures import TROUBLE, Meaning, meaning
from bot.discord_bot.route import Route
from bot.replies import say
from core.domain.job import Status
from core.domain.names import CardId
from core.errors import NotFoundError
from core.service.deliveries import Delivery
from core.service.states import CardState

if TYPE_CHECKING:
    from bot.discord_bot.courier import Courier

log = logging.getLogger(__name__)

FILE_BYTES = 10 * 1024 * 1024  # what Discord takes at least, where nobody said more
_LAST_WORD = 60.0  # seconds before a token ends
_SIGHT = 0.2  # by which part a wait must have changed to be told anew


class Editor(ChatEditor):
    """Woken by whatever happens to its jobs; the rows say what is still to be done."""

    trouble = TROUBLE

    def __init__(self, courier: Courier, route: Route) -> None:
        super().__init__(courier.pace, courier.clock)
        self.route = route
        self.is_resumed = False  # it was left over by an earlier run of the program
        self._courier = courier
        self._shown: Drawing | None = None
        self._starts_at = 0.0
        self._last_word = ""
        self._limit = route.delivery.file_limit or FILE_BYTES

    @property
    def delivery(self) -> Delivery:
        return self.route.delivery

    @property
    def cards(self) -> tuple[CardId, ...]:
        return (self.delivery.card,)

    def forget_shown(self) -> None:
        """Its message can be changed again: show everything."""
        self._shown, self._last_word = None, ""
        self.wake(urgent=True)

    def _blame(self, error: BaseException) -> bool:
        """Note a failure; True where the fault is ours, which no repetition mends."""
        what = meaning(error)
        if what is Meaning.TOO_LARGE:
            self._limit //= 2
        level = logging.ERROR if what is Meaning.WRONG else logging.WARNING
        log.log(level, "discord.edit-failed card=%s: %s", self.delivery.card, error)
        return what in {Meaning.WRONG, Meaning.TOO_LARGE}

    async def _give_up(self) -> None:
        await self.route.close()

    def _gap(self) -> float:
        return self._courier.gap(self.delivery)

    def _patience(self) -> float | None:
        return self._seconds_of_token()

    def _seconds_of_token(self) -> float | None:
        """Until the person has to be told that this message will stand still; None where it will not, or was told."""
        if self.delivery.token is None or self.delivery.reachable or self._last_word:
            return None
        return max(0.0, self.delivery.token_until - _LAST_WORD - self._courier.clock.now())

    async def _turn(self) -> bool:
        """Show the card as it is; True when there is nothing more to do."""
        try:
            state = await self._courier.service.card(self.delivery.owner, self.delivery.card)
        except NotFoundError:
            await self._end_without_card()
            return True
        self.waits = state.status is Status.QUEUED
        await self._courier.look_at(state)
        if self._seconds_of_token() == 0:
            self._last_word = say("discord.fifteen", self.delivery.language)
        drawing = await self._draw(state)
        is_last = state.is_finished and state.status is not Status.CANCELLED  # who cancels needs no new message
        if drawing != self._shown and await self.route.show(drawing, is_last=is_last):
            self._shown, self._edited_at = drawing, self._courier.clock.monotonic()
        if not state.is_finished:
            return False
        if is_last:
            await self.route.ping(private=state.first.private)
        await self.route.close()
        return True

    async def _end_without_card(self) -> None:
        """Its owner deleted the card; or, after a restart, it was promised and never made."""
        if not self.is_resumed or self.delivery.message is None:
            await self.route.remove()
            return
        await self.route.show(Drawing(text=say("discord.not-taken", self.delivery.language)), is_last=False)
        await self._courier.store.remove(self.delivery.card)

    async def _draw(self, state: CardState) -> Drawing:
        picture, note = await self._picture(state)
        word = "" if state.is_finished else self._last_word
        notes = tuple(filter(None, (note, word)))
        return draw(state, self.delivery.language, starts_at=self._start_of(state), picture=picture, notes=notes)

    def _start_of(self, state: CardState) -> float:
        """When it should start. Told anew only when it has moved: the countdown runs by itself."""
        standing, now = state.jobs[0].standing, self._courier.clock.now()
        if standing is None:
            return 0.0
        fresh = now + standing.seconds
        if abs(fresh - self._starts_at) > max(5.0, _SIGHT * (self._starts_at - now)):
            self._starts_at = fresh
        return self._starts_at

    async def _picture(self, state: CardState) -> tuple[Picture | None, str]:
        """The result, the sheet, or the newest preview; and what the size limit took from it."""
        language = self.delivery.language
        card = job_card(state, language)
        alt = " ".join(card.alt.split())
        done = [job.job for job in state.jobs if job.job.outcome]
        if not state.is_finished:
            preview = next((job.preview for job in state.jobs if job.preview), None)
            if preview is None:
                return None, ""
            return Picture(name="preview.jpg", data=preview, alt=alt, is_spoiler=card.is_spoiler), ""
        if not done:
            return None, ""
        service = self._courier.service
        several = len(state.jobs) > 1
        file = await (service.sheet_file(state, self._limit) if several else service.full_file(done[0], self._limit))
        note = say("file.smaller", language, note=file.note) if file.note else ""
        return Picture(name=f"restyle.{file.ending}", data=file.data, alt=alt, is_spoiler=card.is_spoiler), note
