"""Pictures that wait for words, and words that wait for a picture: each person's own, for some minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.telegram_bot.given import Given
from core.domain.clock import Clock
from core.domain.names import PersonId

SECONDS = 600.0
_MOST = 10_000  # people and chats

Key = tuple[int, PersonId]  # a chat, and a person in it


@dataclass(frozen=True, kw_only=True, slots=True)
class Half:
    """What came first: pictures, or a line."""

    until: float
    pictures: tuple[Given, ...] = ()
    line: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """In memory: after a restart people are asked again."""

    clock: Clock
    _halves: dict[Key, Half] = field(default_factory=dict)

    def keep_pictures(self, key: Key, pictures: Sequence[Given]) -> None:
        self._keep(key, Half(until=self._until(), pictures=tuple(pictures)))

    def keep_line(self, key: Key, line: str) -> None:
        self._keep(key, Half(until=self._until(), line=line))

    def pictures(self, key: Key) -> tuple[Given, ...]:
        """Those that wait, which then wait no more."""
        return self._take(key).pictures if self._find(key).pictures else ()

    def line(self, key: Key) -> str:
        """The line that waits, which then waits no more."""
        return self._take(key).line if self._find(key).line else ""

    def _until(self) -> float:
        return self.clock.monotonic() + SECONDS

    def _keep(self, key: Key, half: Half) -> None:
        self._halves.pop(key, None)
        while len(self._halves) >= _MOST:
            self._halves.pop(next(iter(self._halves)))
        self._halves[key] = half

    def _find(self, key: Key) -> Half:
        half = self._halves.get(key)
        if half is None or half.until < self.clock.monotonic():
            return Half(until=0.0)
        return half

    def _take(self, key: Key) -> Half:
        half = self._find(key)
        self._halves.pop(key, None)
        return half
