"""Caches that are bounded in bytes."""

from __future__ import annotations

from dataclasses import dataclass

from core.engine.caches import Cache


@dataclass(frozen=True)
class Thing:
    bytes: int


def filled(*names: str) -> Cache[str, Thing]:
    """A cache of 100 bytes that was asked for these, each of 40."""
    cache: Cache[str, Thing] = Cache(100)
    for name in names:
        cache.get(name, lambda: Thing(40))
    return cache


def test_the_least_recently_used_leaves_when_bytes_run_out() -> None:
    cache = filled("a", "b", "a", "c")
    assert [name for name in "abc" if name in cache] == ["a", "c"]
    assert cache.bytes == 80


def test_hits_and_misses_are_counted() -> None:
    cache = filled("a", "b", "a", "c", "b")
    assert (cache.hits, cache.misses) == (1, 4)


def test_what_is_larger_than_the_cache_is_made_and_not_kept() -> None:
    cache = filled("a")
    assert cache.get("big", lambda: Thing(101)) == Thing(101)
    assert "big" not in cache
    assert cache.bytes == 40
