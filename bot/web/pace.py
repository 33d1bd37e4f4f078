"""How often one person may ask: token buckets, generous, and bounded in number."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from core.domain.clock import Clock
from core.errors import RefusedError

_PEOPLE = 10_000  # buckets kept; the one used longest ago is dropped, which makes it full again


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """`burst` at once, then `per_second`."""

    burst: float
    per_second: float


COMMANDS = Rate(burst=300, per_second=20)
PICTURES = Rate(burst=40, per_second=2)


class Pace:
    """One bucket for each person and kind of asking."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # by person: tokens left, and when

    def take(self, who: str) -> None:
        """One turn. Raises RefusedError("rate") with the seconds until the next."""
        now = self._clock.monotonic()
        left, then = self._buckets.pop(who, (self._rate.burst, now))
        left = min(self._rate.burst, left + (now - then) * self._rate.per_second)
        allowed = left >= 1
        self._buckets[who] = (left - allowed, now)
        if len(self._buckets) > _PEOPLE:
            self._buckets.popitem(last=False)
        if not allowed:
            raise RefusedError("rate", seconds=math.ceil((1 - left) / self._rate.per_second))
