"""What a chat sent, written down until it was answered, over both databases."""

from __future__ import annotations

import pytest

from core.storage.database import Database
from core.storage.updates import UpdateStore
from tests.core.storage.making import FakeClock


@pytest.fixture
def store(database: Database, clock: FakeClock) -> UpdateStore:
    return UpdateStore(database, clock)


async def test_an_update_is_new_once_however_often_it_is_sent(store: UpdateStore) -> None:
    assert [one.id for one in await store.take({"1:5": {"text": "a"}, "1:6": {"text": "b"}})] == ["1:5", "1:6"]
    assert [one.id for one in await store.take({"1:6": {"text": "b"}, "1:7": {}})] == ["1:7"]
    await store.done("1:5", "1:7")
    assert await store.take({"1:5": {"text": "a"}}) == []


async def test_what_was_not_answered_is_there_after_a_start_and_what_was_is_forgotten(store: UpdateStore) -> None:
    await store.take({"1:5": {"text": "a"}, "1:6": {"text": "b"}})
    await store.done("1:5")
    assert [(one.id, one.body) for one in await store.open()] == [("1:6", {"text": "b"})]


async def test_old_answered_ones_are_dropped_and_open_ones_are_not(store: UpdateStore, clock: FakeClock) -> None:
    await store.take({"1:5": {}, "1:6": {"text": "b"}})
    await store.done("1:5")
    clock.time += 4 * 86_400.0
    await store.forget()
    assert [one.id for one in await store.take({"1:5": {}, "1:6": {}})] == ["1:5"]
