"""Which message shows which card, over both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.delivery import Delivery
from core.domain.names import CardId, PersonId, Place, Platform
from core.storage.database import Database
from core.storage.deliveries import DeliveryStore
from core.storage.jobs import JobStore
from tests.core.storage.making import LIMITS, FakeClock, Jobs, store_blob_rows

HERE = Place(platform=Platform.DISCORD, conversation="77")


def delivery(card: str = "card1") -> Delivery:
    return Delivery(card=CardId(card), owner=PersonId("discord:1"), place=HERE, message="5", token="t", token_until=9.0)


@pytest.fixture
def store(database: Database) -> DeliveryStore:
    return DeliveryStore(database, FakeClock())


async def test_what_is_written_comes_back_until_it_is_closed(store: DeliveryStore) -> None:
    await store.put(delivery())
    await store.put(replace(delivery(), message="6", told=True))
    assert await store.unclosed(Platform.DISCORD) == [replace(delivery(), message="6", told=True)]
    assert await store.unclosed(Platform.TELEGRAM) == []
    await store.close(delivery())
    closed = await store.get(CardId("card1"))
    assert closed is not None
    assert closed.token is None
    assert await store.unclosed(Platform.DISCORD) == []


async def test_a_card_without_a_delivery_gets_one(store: DeliveryStore, database: Database) -> None:
    await store_blob_rows(database)
    job = replace(Jobs()(), place=HERE)
    await JobStore(database, FakeClock()).submit([job], LIMITS)
    [made] = await store.missing(Platform.DISCORD, since=0.0)
    assert (made.card, made.owner, made.place, made.message) == (job.card, job.owner, HERE, None)
    await store.put(made)
    assert await store.missing(Platform.DISCORD, since=0.0) == []


async def test_only_closed_deliveries_of_forgotten_jobs_are_forgotten(store: DeliveryStore) -> None:
    await store.put(delivery("open"))
    await store.close(await store.put(delivery("closed")))
    await store.forget()
    assert await store.get(CardId("open")) is not None
    assert await store.get(CardId("closed")) is None
