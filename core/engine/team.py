"""How many threads compute together on a processor that other programs use, too.

The threads of one product wait for each other some hundred times a tick, and they wait by turning in a circle. Where
something else takes one of their cores, two of them may have to share another, and each then turns through its whole
slice of time before the one that it waits for goes on: a tick of 50 ms takes a second or more, where one thread alone
would take 80 ms. It shows in the processor time they get, which is then far less than a second each a second.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import torch

_WINDOW = 0.2  # seconds of work that are judged together
_LACKING = 0.85  # of a core: who lacks as much has none of its own; in peace two threads have 1.9 cores
_FIRST_PAUSE = 2.0  # seconds, doubled each time that all of them were tried in vain
_LONGEST_PAUSE = 64.0


class Team:
    """`size` threads, of at most `most`; all of them as long as they get the cores."""

    def __init__(self, most: int) -> None:
        self.size = self._most = most
        self._pause = _FIRST_PAUSE
        self._changed = 0.0  # when the size was looked at last, by the clock of `worked`
        self._wall = self._processor = 0.0
        self._since = _clocks()

    @classmethod
    def on(cls, device: torch.device) -> Self:
        """All threads that torch has; where a GPU computes, the one that asks it to."""
        return cls(torch.get_num_threads() if device.type == "cpu" else 1)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """torch computes with this many threads meanwhile. Not to be nested."""
        self._since = _clocks()
        self._call()
        try:
            yield
        finally:
            self.look()
            if self.size != self._most:
                torch.set_num_threads(self._most)

    def look(self) -> None:
        """Judge what was done since the last look; to be called often, while they are at work."""
        before, self._since = self._since, _clocks()
        self.worked(self._since[0] - before[0], self._since[1] - before[1], self._since[0])
        self._call()

    def _call(self) -> None:
        if torch.get_num_threads() != self.size:
            torch.set_num_threads(self.size)

    def worked(self, wall: float, processor: float, now: float) -> None:
        """They computed for `wall` seconds until `now`, and together had so many seconds of the `processor`."""
        self._wall += wall
        self._processor += processor
        if self._wall < _WINDOW:
            return
        cores = self._processor / self._wall
        self._wall = self._processor = 0.0
        if self.size > 1 and cores < self.size - _LACKING:
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            self.size, self._changed = max(1, int(cores + 1 - _LACKING)), now
        elif now - self._changed > self._pause:
            if self.size == self._most:
                self._pause = max(self._pause / 2, _FIRST_PAUSE)
            self.size, self._changed = self._most, now


def _clocks() -> tuple[float, float]:
    """Seconds that passed, and those of the processor that all threads of this process had."""
    return time.perf_counter(), time.process_time()
