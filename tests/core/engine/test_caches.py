"""Caches that are bounded in bytes."""

from __future__ import annotations

from dataclasses import dataclass

from core.engine.caches import Cache


@dataclass(frozen=True)
class Thing:
    bytes: int


def test_the_least_recently_used_leaves_when_bytes_run_out() -> None:
    cache: Cache[str, Thing] = Cache(100)
    for name in ("a", "b"):
        cache.put(name, Thing(40))
    assert cache.find("a") == Thing(40)
    cache.put("c", Thing(40))
    assert cache.find("b") is None
    assert cache.find("a") is not None
    assert (cache.bytes, cache.hits, cache.misses) == (80, 2, 1)


def test_what_is_larger_than_the_cache_is_made_and_not_kept() -> None:
    cache: Cache[str, Thing] = Cache(100)
    assert cache.get("big", lambda: Thing(101)) == Thing(101)
    assert cache.bytes == 0


def test_the_same_key_counts_once() -> None:
    cache: Cache[str, Thing] = Cache(100)
    cache.put("a", Thing(40))
    cache.put("a", Thing(40))
    assert cache.bytes == 40
