"""Who is stepped in the next tick, and how many: policy without torch.

A tick costs about the same whether it steps one row or a few, until the device is full: more rows then give no more
pictures a second, only slower ones. Where that is, is measured while working.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

_GAIN = 1.04  # how much faster twice the rows must be to be worth it
_KEPT = 8  # measurements of a size
_SOME = 2  # of them, before twice as many rows are tried
_ENOUGH = 4  # of them, before a size is refused
_REMEMBERED = 64  # measurements, after which a size that was refused is tried anew
FIRST_ROWS = 4  # before anything is measured
_QUANTUM = 0.25  # seconds of the device that each batch key is given in turn
_SHARE = 1.0  # seconds by which owners may be apart: below that, whoever came first is finished first


@dataclass(kw_only=True)
class CostCurve:
    """Seconds of a tick by its rows, for one batch key on one device. `cap` is what memory allows.

    Others work on the same machine, so a measurement is only ever too slow: the best of the newest counts, and a
    verdict against a size ends, so that one bad moment does not keep batches small for good.
    """

    cap: int
    _each: dict[int, deque[float]] = field(default_factory=dict)  # seconds a row, by `bucket_of` the rows
    _newest: dict[int, int] = field(default_factory=dict)  # the observation that last touched a bucket
    _warm: set[int] = field(default_factory=set)  # numbers of rows that were run before
    _observations: int = 0

    def observe(self, rows: int, seconds: float) -> None:
        """A tick of `rows` took that long. Kept by row, so that buckets that were filled differently compare."""
        if rows not in self._warm:  # the first of a number of rows also pays for choosing how to compute it
            self._warm.add(rows)
            return
        bucket = bucket_of(rows)
        self._observations += 1
        self._newest[bucket] = self._observations
        self._each.setdefault(bucket, deque(maxlen=_KEPT)).append(seconds / rows)

    @property
    def limit(self) -> int:
        """The most rows of a tick: twice as many as the largest size that still paid, never more than `cap`."""
        limit = 2  # one guided job: fewer can only be had by memory
        while limit < self.cap and self._pays(limit):
            limit *= 2
        return max(1, min(limit, self.cap))

    def shrink(self, rows: int) -> bool:
        """`rows` did not fit into memory. It is remembered. False where one at a time did not either."""
        fits = min(rows, self.cap) // 2
        self.cap = max(1, fits)
        return fits >= 1

    def _pays(self, bucket: int) -> bool:
        """Whether twice as many rows as `bucket` should be tried, or were and gave more rows a second."""
        here, twice = self._each.get(bucket, ()), self._each.get(2 * bucket, ())
        if len(here) < _SOME:
            return bucket < FIRST_ROWS
        if len(twice) < _ENOUGH or self._observations - self._newest[2 * bucket] > _REMEMBERED:
            return True
        return min(here) >= _GAIN * min(twice)


def bucket_of(rows: int) -> int:
    """The power of two that holds them."""
    return 1 << max(0, rows - 1).bit_length()


class Turns(Generic[Key]):
    """Deficit round robin between batch keys (Shreedhar and Varghese, SIGCOMM 1995), in seconds of the device."""

    def __init__(self) -> None:
        self._deficits: dict[Key, float] = {}  # in the order of their turns

    def next(self, keys: Iterable[Key]) -> Key | None:
        """Whose tick is next, of those that have work."""
        present = set(keys)
        for gone in [key for key in self._deficits if key not in present]:
            del self._deficits[gone]
        for key in present:
            self._deficits.setdefault(key, _QUANTUM)
        while self._deficits:
            key, deficit = next(iter(self._deficits.items()))
            if deficit > 0:
                return key
            del self._deficits[key]
            self._deficits[key] = deficit + _QUANTUM  # at the end of the row
        return None

    def spend(self, key: Key, seconds: float) -> None:
        """A tick of `key` took that long."""
        if key in self._deficits:
            self._deficits[key] -= seconds


class Shares(Generic[Key]):
    """Seconds of the device that each owner was given, of those who have work now."""

    def __init__(self) -> None:
        self._given: dict[Key, float] = {}

    def keep(self, owners: Iterable[Key]) -> None:
        """These have work. A newcomer begins where the least served stands: nobody saves up while away."""
        present = set(owners)
        self._given = {owner: given for owner, given in self._given.items() if owner in present}
        least = min(self._given.values(), default=0.0)
        for owner in present:
            self._given.setdefault(owner, least)

    def order(self, owners: Sequence[Key]) -> list[int]:
        """Which of the jobs comes first, by their places in `owners`, which names each one's in order of arrival.

        Of the least served owner the first, and so on; where they are level they take turns.
        """
        counted: dict[Key, int] = {}
        ranks = []
        for owner in owners:
            ranks.append(self._given.get(owner, 0.0) // _SHARE + counted.setdefault(owner, 0))
            counted[owner] += 1
        return sorted(range(len(owners)), key=ranks.__getitem__)

    def spend(self, owner: Key, seconds: float) -> None:
        """A job of this owner's was stepped for that long."""
        if owner in self._given:
            self._given[owner] += seconds
