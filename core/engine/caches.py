"""Caches bounded in bytes: the least recently used leaves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """Something that knows how much memory it takes."""

    @property
    def bytes(self) -> int: ...


Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value", bound=Sized)


class Cache(Generic[Key, Value]):
    """Values by key, of at most `limit` bytes together. Counts hits and misses."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def __contains__(self, key: Key) -> bool:
        """Asked without counting."""
        return key in self._values

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key, made where it is not there."""
        if key in self._values:
            self.hits += 1
            self._values.move_to_end(key)
            return self._values[key]
        self.misses += 1
        made = make()
        self._put(key, made)
        return made

    def _put(self, key: Key, value: Value) -> None:
        """Keep it, unless it is larger than the whole cache."""
        if value.bytes > self._limit:
            return
        self._values[key] = value
        self.bytes += value.bytes
        while self.bytes > self._limit:
            _, gone = self._values.popitem(last=False)
            self.bytes -= gone.bytes
