"""Time for the fake: the machine's own, plus what a test has added."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

ELSEWHERE_SECONDS = 0.05
DISCORD_EPOCH = 1_420_070_400_000  # milliseconds; the first second of 2015, from which snowflakes count


class MovableClock:
    """Runs like a real clock, so that the client library's own waits still make sense, and can be moved on."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self.on_move: Callable[[], None] = lambda: None

    def now(self) -> float:
        return time.time() + self._ahead

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once, and wake whoever waits for a deadline."""
        self._ahead += seconds
        self.on_move()


class Snowflakes:
    """Ids as Discord makes them: they rise, and carry the moment they were made."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        made = (int(self._clock.now() * 1000) - DISCORD_EPOCH) << 22
        self._last = max(made, self._last + 1)
        return self._last


class News:
    """Tells those who wait that something has changed; they look again for themselves."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def until(self, true: Callable[[], bool], *, seconds: float) -> bool:
        """Wait for `true`, at most `seconds` of real time; says whether it came.

        It is looked at after each change here, and now and then for what changes elsewhere.
        """
        end = time.monotonic() + seconds
        while not true():
            left = end - time.monotonic()
            if left <= 0:
                return False
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            try:
                await asyncio.wait([waiting], timeout=min(left, ELSEWHERE_SECONDS))
            finally:
                self._waiting.discard(waiting)
        return True
