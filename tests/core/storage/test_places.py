"""Rules of places, and the trail of who changed them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.names import CommunityId, PersonId
from core.domain.places import Deed, PlaceSettings
from core.storage.database import Database
from core.storage.places import PlaceStore

SERVER, OTHER = CommunityId("discord:1"), CommunityId("telegram:-2")
FULL = PlaceSettings(
    channels=("12", "13"),
    roles=("7",),
    models={"bundled": ("7", "8")},
    waiting=4,
    language="de",
    style="ink",
    paused=("sweep",),
    banned={PersonId("discord:9"): "no spam"},
)


def deed(place: CommunityId = SERVER, action: str = "set", at: float = 1.5) -> Deed:
    return Deed(at=at, actor=PersonId("discord:3"), actor_name="mo", place=place, action=action, detail="x=1")


async def test_a_place_nobody_set_up_has_no_rules(database: Database) -> None:
    assert await PlaceStore(database).settings(SERVER) == PlaceSettings()


async def test_rules_come_back_as_they_were_set_also_after_a_start(database: Database) -> None:
    places = PlaceStore(database)
    await places.settings(SERVER)
    assert await places.change(lambda _: FULL, deed()) == FULL
    for store in (places, PlaceStore(database)):
        assert await store.settings(SERVER) == FULL
        assert await store.settings(OTHER) == PlaceSettings()


async def test_a_change_starts_from_what_is_set_and_leaves_its_deed(database: Database) -> None:
    places = PlaceStore(database)
    await places.change(lambda _: FULL, deed(at=1))
    await places.change(lambda now: replace(now, waiting=2), deed(action="again", at=2))
    await places.change(lambda now: now, deed(OTHER, at=3))
    assert await places.settings(SERVER) == replace(FULL, waiting=2)
    assert await places.deeds(SERVER, 10) == [deed(action="again", at=2), deed(at=1)]
    assert [one.place for one in await places.deeds(None, 2)] == [OTHER, SERVER]


async def test_a_change_that_fails_leaves_neither_rules_nor_a_deed(database: Database) -> None:
    def broken(_: PlaceSettings) -> PlaceSettings:
        raise ValueError

    places = PlaceStore(database)
    with pytest.raises(ValueError):
        await places.change(broken, deed())
    assert (await places.settings(SERVER), await places.deeds(None, 9)) == (PlaceSettings(), [])
