"""Preferences."""

from __future__ import annotations

import asyncio

import pytest

from core.domain.names import PersonId
from core.storage.database import Database
from core.storage.people import PeopleStore

ANN = PersonId("web:ann")


async def test_somebody_new_has_no_preferences(database: Database) -> None:
    assert await PeopleStore(database).preferences(ANN) == {}


async def test_preferences_are_kept_one_by_one_and_taken_back_with_none(database: Database) -> None:
    people = PeopleStore(database)
    await people.prefer(ANN, style="ink", strength="0.6")
    assert await people.prefer(ANN, strength=None, private=True) == {"style": "ink", "private": True}
    assert await people.preferences(ANN) == {"style": "ink", "private": True}
    assert await people.preferences(PersonId("web:bob")) == {}
    assert await PeopleStore(database).preferences(ANN) == {"style": "ink", "private": True}


async def test_a_change_is_seen_by_whoever_was_just_reading(database: Database) -> None:
    people = PeopleStore(database)
    await asyncio.gather(people.preferences(ANN), people.prefer(ANN, style="ink"), people.preferences(ANN))
    assert await people.preferences(ANN) == {"style": "ink"}


async def test_what_was_set_before_a_start_is_there_after_it(database: Database) -> None:
    await PeopleStore(database).prefer(ANN, style="ink")
    people = PeopleStore(database)
    await people.remember()
    assert await people.preferences(ANN) == {"style": "ink"}
    assert await people.preferences(PersonId("web:bob")) == {}
    await people.prefer(PersonId("web:bob"), style="oil")
    assert await people.preferences(PersonId("web:bob")) == {"style": "oil"}


async def test_more_people_than_are_kept_lose_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.storage.people._KEPT", 2)
    people = PeopleStore(database)
    await people.remember()
    names = [PersonId(f"web:{number}") for number in range(5)]
    for name in names:
        await people.prefer(name, style=name)
    for store in (people, PeopleStore(database)):
        await store.remember()
        assert [await store.preferences(name) for name in names] == [{"style": name} for name in names]
