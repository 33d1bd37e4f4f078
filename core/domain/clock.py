"""Time, injected, so that tests can move it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two kinds of time: `now` for people and rows, `monotonic` for durations."""

    def now(self) -> float:
        """Seconds since the epoch; may jump when somebody sets the machine's clock."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backwards; meaningless outside this process."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
