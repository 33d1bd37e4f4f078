"""One message's life, from its first state to its last: one task that shows the latest state and never a backlog."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import ClassVar

from bot.chat_pace import Pace
from core.domain.clock import Clock
from core.domain.names import CardId

_MOST_PATIENCE = 60.0  # seconds between tries while the platform is ill
_GIVE_UP = 5  # times in a row that the platform calls our own request wrong


class Editor(ABC):
    """Woken by whatever happens to its jobs; the rows say what is still to be done. Platforms fill in the rest."""

    trouble: ClassVar[tuple[type[BaseException], ...]]  # what the platform's library raises for a request that failed

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self.waits = False  # its jobs stand in the queue
        self.idle = asyncio.Event()  # everything that happened so far is shown
        self._pace = pace
        self._clock = clock
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._edited_at = float("-inf")

    @property
    @abstractmethod
    def cards(self) -> tuple[CardId, ...]:
        """The cards that the message shows."""

    def wake(self, *, urgent: bool) -> None:
        self.idle.clear()
        if urgent:
            self._urgent.set()
        self._wake.set()

    async def run(self) -> None:
        """Until the last state is shown, or the card is gone."""
        pause, wrongs = 0.0, 0
        while True:
            await self._next_turn(pause)
            try:
                if await self._turn() and not self._wake.is_set():  # else something happened during the last turn
                    return
                pause, wrongs = 0.0, 0
            except self.trouble as error:
                wrongs += self._blame(error)
                if wrongs >= _GIVE_UP:
                    await self._give_up()
                    return
                pause = min(max(pause * 2, self._pace.retry), _MOST_PATIENCE)
                self.wake(urgent=True)

    @abstractmethod
    async def _turn(self) -> bool:
        """Show the latest state; True when there is nothing more to do. Raises `trouble`."""

    @abstractmethod
    def _blame(self, error: BaseException) -> bool:
        """Note a failure; True where the fault is ours, which no repetition mends."""

    @abstractmethod
    async def _give_up(self) -> None:
        """Nothing helps: leave the message as it is."""

    @abstractmethod
    def _gap(self) -> float:
        """Seconds between two edits that nobody waits for."""

    def _patience(self) -> float | None:
        """Seconds after which it takes a turn although nothing happened; None: never."""
        return None

    async def _next_turn(self, pause: float) -> None:
        """Something has happened, and enough time has passed. What is urgent does not wait for the pace."""
        if pause:
            await asyncio.sleep(pause)
        if not self._wake.is_set():
            self.idle.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience()):
                await self._wake.wait()
        left = self._edited_at + self._gap() - self._clock.monotonic()
        if left > 0 and not self._urgent.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._urgent.wait()
        self._wake.clear()
        self._urgent.clear()
