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


TOPIC = Place(platform=Platform.TELEGRAM, conversation="-5/8")


def told(card: str, **changes: object) -> Delivery:
    return replace(delivery(card), place=TOPIC, owner=PersonId("telegram:1"), **changes)  # type: ignore[arg-type]  # fields of a delivery


async def test_a_message_finds_its_cards_and_a_picture_of_an_album_its_own(store: DeliveryStore) -> None:
    for number in (1, 2):
        await store.put(told(f"card{number}", answers="4", album="card1", picture=f"{number}0"))
    await store.put(replace(delivery("elsewhere"), answers="4"))
    assert [each.card for each in await store.at(TOPIC, "5")] == ["card1", "card2"]
    assert [each.card for each in await store.at(TOPIC, "20")] == ["card2"]
    assert [each.card for each in await store.answering(TOPIC, "4")] == ["card2", "card1"]
    assert [each.card for each in await store.of_album("card1")] == ["card1", "card2"]


async def test_a_persons_pictures_are_offered_again_newest_first(store: DeliveryStore) -> None:
    for number, file in enumerate(("photo:a", None, "photo:c", "photo:d")):
        await store.close(await store.put(told(f"card{number}", file=file)))
    await store.put(told("open", file="photo:e"))
    await store.close(await store.put(replace(told("other"), owner=PersonId("telegram:2"), file="photo:f")))
    assert [each.file for each in await store.pictured(PersonId("telegram:1"), 2)] == ["photo:d", "photo:c"]


async def test_a_conversation_that_moves_leaves_its_messages_behind(store: DeliveryStore) -> None:
    await store.put(told("card1", answers="4"))
    new = replace(TOPIC, conversation="-100/8")
    await store.move(TOPIC, new)
    moved = await store.get(CardId("card1"))
    assert moved is not None
    assert (moved.place, moved.message, moved.answers) == (new, None, None)
