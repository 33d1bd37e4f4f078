"""Identities that become one person and part again, with all that is theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.domain.job import Job, Status
from core.domain.names import PersonId
from core.errors import InputError, NotFoundError, RefusedError
from core.queue.ports import Limits
from core.storage.belongings import JobRoom
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.links import MOST_LINKED, LinkStore, Newcomer
from core.storage.people import PeopleStore
from core.storage.rooms import Moves, Room
from tests.core.storage.making import LIMITS, FakeClock, Jobs, store_blob_rows

ANN_WEB, ANN_CHAT, BOB, EVE = (PersonId(each) for each in ("web:ann", "discord:1", "telegram:2", "web:eve"))


class Broken(Room):
    """A part of the house that fails when it is its turn."""

    async def settle(self, session: object, moves: Moves) -> None:
        raise OSError("killed here")


@pytest.fixture
def people(database: Database) -> PeopleStore:
    return PeopleStore(database)


@pytest.fixture
async def links(database: Database, people: PeopleStore) -> AsyncIterator[LinkStore]:
    """Whatever a test does, memory ends as the rows are."""
    await store_blob_rows(database)
    store = LinkStore(database, [people, JobRoom(database)])
    yield store
    after_a_start = LinkStore(database)
    await after_a_start.remember()
    for identity in (ANN_WEB, ANN_CHAT, BOB, EVE):
        assert store.owner(identity) == after_a_start.owner(identity)


def new(identity: PersonId, at: float = 100.0) -> Newcomer:
    return Newcomer(identity=identity, name=identity.partition(":")[2], at=at)


def digest(word: str) -> str:
    return word.encode().hex().ljust(64, "0")


async def link(links: LinkStore, shows: PersonId, types: PersonId) -> None:
    await links.offer(new(shows), digest(shows), 700.0)
    await links.join(digest(shows), new(types))


async def history(jobs: JobStore, links: LinkStore, identity: PersonId) -> list[Job]:
    return [job for card in await jobs.history(links.owner(identity), 100) for job in card]


def of(job: Job, identity: PersonId) -> Job:
    return replace(job, owner=identity, identity=identity)


async def test_a_code_makes_one_person_of_two_with_all_that_is_theirs(
    links: LinkStore, jobs: JobStore, people: PeopleStore
) -> None:
    make = Jobs()
    await jobs.submit([of(make(), ANN_WEB)], LIMITS)
    await jobs.submit([of(make(), ANN_CHAT)], LIMITS)
    await people.prefer(ANN_WEB, style="ink", strength="0.4")
    await people.prefer(ANN_CHAT, style="oil", format="webp")
    await link(links, ANN_WEB, ANN_CHAT)
    assert links.owner(ANN_WEB) == links.owner(ANN_CHAT) not in {ANN_WEB, ANN_CHAT}
    assert set(links.identities(ANN_CHAT)) == {ANN_WEB, ANN_CHAT}
    assert {job.asker for job in await history(jobs, links, ANN_CHAT)} == {ANN_WEB, ANN_CHAT}
    shared = {"style": "ink", "strength": "0.4", "format": "webp"}  # who showed the code has the say
    assert await people.preferences(links.owner(ANN_WEB)) == shared
    assert await jobs.history(ANN_WEB, 100) == []
    assert [one.identity for one in await links.linked(ANN_CHAT)] == [ANN_CHAT, ANN_WEB]


async def test_limits_and_turns_are_those_of_one_person(links: LinkStore, jobs: JobStore) -> None:
    make = Jobs()
    await jobs.submit([of(make(cost=10.0), ANN_WEB)], LIMITS)
    await jobs.submit([of(make(cost=1.0), ANN_CHAT)], LIMITS)
    await link(links, ANN_WEB, ANN_CHAT)
    with pytest.raises(RefusedError, match="2 waiting and 2"):
        await jobs.submit([of(make(), ANN_CHAT)], Limits(waiting=2))
    late = of(make(cost=1.0), ANN_CHAT)
    other = of(make(cost=5.0), BOB)
    await jobs.submit([late], LIMITS)
    await jobs.submit([other], LIMITS)
    order = [job.id for job in await jobs.unfinished()]
    assert order.index(other.id) < order.index(late.id), "the longer turn of the two counts"
    first = await jobs.lease("worker", 30.0, running_limit=1)
    assert first
    second = await jobs.lease("worker", 30.0, running_limit=1)
    assert second
    assert {first.job.asker, second.job.asker} == {ANN_CHAT, BOB}, "the running limit is shared"


async def test_a_job_asked_for_in_the_middle_of_linking_belongs_to_the_person(links: LinkStore, jobs: JobStore) -> None:
    job = of(Jobs()(), ANN_CHAT)  # made before, stored after
    await link(links, ANN_WEB, ANN_CHAT)
    await jobs.submit([job], LIMITS)
    assert [each.id for each in await history(jobs, links, ANN_WEB)] == [job.id]


async def test_parting_gives_each_what_was_asked_for_there(
    links: LinkStore, jobs: JobStore, people: PeopleStore
) -> None:
    make = Jobs()
    for identity in (ANN_WEB, ANN_CHAT, BOB):
        await jobs.submit([of(make(), identity)], LIMITS)
    await people.prefer(ANN_WEB, style="ink")
    await link(links, ANN_WEB, ANN_CHAT)
    await link(links, ANN_CHAT, BOB)
    await links.part(ANN_CHAT)
    assert links.owner(ANN_CHAT) == ANN_CHAT
    assert set(links.identities(BOB)) == {ANN_WEB, BOB}
    assert {job.asker for job in await history(jobs, links, ANN_CHAT)} == {ANN_CHAT}
    assert {job.asker for job in await history(jobs, links, BOB)} == {ANN_WEB, BOB}
    await links.part(BOB)
    assert links.owner(ANN_WEB) == ANN_WEB, "the last one is alone, too"
    assert {job.asker for job in await history(jobs, links, ANN_WEB)} == {ANN_WEB}
    for identity in (ANN_WEB, ANN_CHAT, BOB):
        assert await people.preferences(links.owner(identity)) == {"style": "ink"}
    with pytest.raises(InputError, match="Nothing is linked"):
        await links.part(ANN_WEB)


async def test_linking_and_parting_wins_no_better_turn(links: LinkStore, jobs: JobStore) -> None:
    make = Jobs()
    await jobs.submit([of(make(cost=50.0), ANN_WEB)], LIMITS)
    await link(links, ANN_CHAT, ANN_WEB)
    await links.part(ANN_WEB)
    mine, theirs = of(make(), ANN_CHAT), of(make(cost=20.0), BOB)
    await jobs.submit([mine], LIMITS)
    await jobs.submit([theirs], LIMITS)
    order = [job.id for job in await jobs.unfinished()]
    assert order.index(theirs.id) < order.index(mine.id)


async def test_a_running_job_goes_on_and_ends_with_its_new_owner(links: LinkStore, jobs: JobStore) -> None:
    await jobs.submit([of(Jobs()(), ANN_WEB)], LIMITS)
    lease = await jobs.lease("worker", 30.0, 3)
    assert lease
    await link(links, ANN_CHAT, ANN_WEB)
    ended = await jobs.release(lease, died=False)
    assert ended
    assert (ended.owner, ended.asker, ended.status) == (links.owner(ANN_CHAT), ANN_WEB, Status.QUEUED)


async def test_a_code_works_once_and_not_for_ever_and_only_the_newest(links: LinkStore) -> None:
    await links.offer(new(ANN_WEB), digest("old"), 700.0)
    await links.offer(new(ANN_WEB), digest("new"), 700.0)
    for word, at in (("old", 100.0), ("new", 700.0), ("never shown", 100.0), ("new and more", 100.0)):
        with pytest.raises(NotFoundError, match="wrong, used, or older"):
            await links.join(digest(word), new(ANN_CHAT, at))
    assert (await links.look_up(digest("new"), new(ANN_CHAT))).identity == ANN_WEB
    await links.join(digest("new"), new(ANN_CHAT))
    with pytest.raises(NotFoundError):
        await links.join(digest("new"), new(BOB))


async def test_one_code_typed_by_two_at_once_links_one_of_them(links: LinkStore) -> None:
    await links.offer(new(ANN_WEB), digest("code"), 700.0)
    tries = [links.join(digest("code"), new(who)) for who in (ANN_CHAT, BOB, EVE)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, NotFoundError) for one in ended) == 2
    assert len(links.identities(ANN_WEB)) == 2


async def test_two_who_type_each_others_code_at_once_are_linked_once(links: LinkStore) -> None:
    await links.offer(new(ANN_WEB), digest("hers"), 700.0)
    await links.offer(new(ANN_CHAT), digest("theirs"), 700.0)
    ended = await asyncio.gather(
        links.join(digest("hers"), new(ANN_CHAT)), links.join(digest("theirs"), new(ANN_WEB)), return_exceptions=True
    )
    assert sum(isinstance(one, Exception) for one in ended) == 1
    assert set(links.identities(ANN_WEB)) == {ANN_WEB, ANN_CHAT}


async def test_nobody_links_to_themselves_or_in_a_circle_or_to_too_many(links: LinkStore) -> None:
    await links.offer(new(ANN_WEB), digest("own"), 700.0)
    with pytest.raises(InputError, match="your own code"):
        await links.join(digest("own"), new(ANN_WEB))
    await links.join(digest("own"), new(ANN_CHAT))  # and it was not used up
    await link(links, ANN_CHAT, BOB)
    await links.offer(new(BOB), digest("circle"), 700.0)
    with pytest.raises(RefusedError, match="You are that already"):
        await links.join(digest("circle"), new(ANN_WEB))
    for number in range(MOST_LINKED - 3):
        await link(links, ANN_WEB, PersonId(f"web:{number}"))
    with pytest.raises(RefusedError, match="At most 10 places"):
        await link(links, ANN_WEB, EVE)
    assert links.owner(EVE) == EVE


async def test_two_groups_become_one(links: LinkStore, jobs: JobStore) -> None:
    await jobs.submit([of(Jobs()(), EVE)], LIMITS)
    await link(links, ANN_WEB, ANN_CHAT)
    await link(links, BOB, EVE)
    await link(links, EVE, ANN_CHAT)
    assert len({links.owner(identity) for identity in (ANN_WEB, ANN_CHAT, BOB, EVE)}) == 1
    assert len(await history(jobs, links, ANN_WEB)) == 1


async def test_a_kill_in_the_middle_leaves_everything_as_it_was(database: Database, people: PeopleStore) -> None:
    await store_blob_rows(database)
    jobs = JobStore(database, FakeClock())
    await jobs.submit([of(Jobs()(), ANN_WEB)], LIMITS)
    await people.prefer(ANN_WEB, style="ink")
    links = LinkStore(database, [people, JobRoom(database), Broken()])
    await links.offer(new(ANN_WEB), digest("code"), 700.0)
    with pytest.raises(OSError, match="killed here"):
        await links.join(digest("code"), new(ANN_CHAT))
    after_a_start = LinkStore(database, [people, JobRoom(database)])
    await after_a_start.remember()
    assert links.owner(ANN_WEB) == after_a_start.owner(ANN_WEB) == ANN_WEB
    assert len(await jobs.history(ANN_WEB, 10)) == 1
    assert await people.preferences(ANN_WEB) == {"style": "ink"}
    await after_a_start.join(digest("code"), new(ANN_CHAT))  # the code was not lost either
