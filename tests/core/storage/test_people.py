"""Preferences."""

from __future__ import annotations

import asyncio

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
