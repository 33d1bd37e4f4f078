"""How long the device works, asked without stopping it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import torch

Work = TypeVar("Work")

_AHEAD = 2  # pieces of work that the host may be ahead of the device: it never idles, and a cancel is soon felt


class Stopwatch(Generic[Work]):
    """Seconds of pieces of work. On CUDA they are known only after the device has come so far: events tell."""

    def __init__(self, device: torch.device, event: Callable[[], Any] | None = None) -> None:
        self._event = _cuda_event if event is None and device.type == "cuda" else event
        self._under_way: deque[tuple[Work, Any, Any]] = deque()
        self._known: deque[tuple[Work, float]] = deque()

    @contextmanager
    def time(self, work: Work) -> Iterator[None]:
        """What is asked of the device in this block is `work`; nothing is noted of a block that raises."""
        if self._event is None:
            began = time.perf_counter()
            yield
            self._known.append((work, time.perf_counter() - began))
            return
        first, last = self._event(), self._event()
        first.record()
        yield
        last.record()
        self._under_way.append((work, first, last))

    def known(self) -> Iterator[tuple[Work, float]]:
        """What has ended since it was last asked. Waits where the host is too far ahead."""
        while self._under_way and (len(self._under_way) > _AHEAD or self._under_way[0][2].query()):
            work, first, last = self._under_way.popleft()
            last.synchronize()
            self._known.append((work, first.elapsed_time(last) / 1000))
        while self._known:
            yield self._known.popleft()


def _cuda_event() -> Any:
    return torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]  # torch does not say its types
