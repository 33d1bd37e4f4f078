"""Equal requests: a result that is still here answers the next one at once, whoever asks."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.domain.job import Job, Status
from core.domain.names import BlobId
from core.errors import NotFoundError
from core.storage.blobs import BlobStore
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.tables import BlobRow, ShareRow
from tests.core.storage.making import LIMITS, RESULT, FakeClock, Jobs, outcome, store_blob_rows

EDITIONS = {"bundled": "first"}


@pytest.fixture
async def remembering(database: Database, clock: FakeClock) -> JobStore:
    await store_blob_rows(database)
    return JobStore(database, clock, EDITIONS)


async def done(store: JobStore, job: Job) -> Job:
    """Through the queue and an engine."""
    await store.submit([job], LIMITS)
    lease = await store.lease("worker", 60.0, 3)
    assert lease
    assert lease.job.id == job.id
    ended = await store.finish(lease, outcome())
    assert ended
    return ended


async def test_an_equal_request_is_done_as_soon_as_it_is_accepted(remembering: JobStore) -> None:
    new = Jobs()
    first = await done(remembering, new())
    again = new("web:bob")
    assert await remembering.submit([again], LIMITS) == {}
    job = await remembering.get(again.id)
    assert job.status is Status.DONE
    assert job.outcome
    assert first.outcome
    assert (job.outcome.result, job.outcome.steps_run, job.outcome.note) == (RESULT, 29, first.outcome.note)
    assert (job.outcome.remembered, job.outcome.seconds, job.cost) == (True, 0.0, 0.0)
    assert await remembering.lease("worker", 60.0, 3) is None
    assert (remembering.recalls.hits, remembering.recalls.misses) == (1, 1)


async def test_it_costs_nothing_and_knows_no_limit(remembering: JobStore, database: Database) -> None:
    new = Jobs()
    await done(remembering, new("web:ann"))
    waiting = [new("web:bob", seed=seed) for seed in range(LIMITS.waiting)]
    await remembering.submit(waiting, LIMITS)
    async with database.read() as session:
        before = await session.scalar(select(ShareRow.last_rank).where(ShareRow.owner == "web:bob"))
    assert await remembering.submit([new("web:bob")], LIMITS) == {}
    async with database.read() as session:
        assert await session.scalar(select(ShareRow.last_rank).where(ShareRow.owner == "web:bob")) == before


async def test_of_one_card_the_known_are_done_and_the_others_wait(remembering: JobStore) -> None:
    new = Jobs()
    await done(remembering, new())
    known, fresh = new(card="both"), new(card="both", index=1, seed=5)
    assert list(await remembering.submit([known, fresh], LIMITS)) == [fresh.id]
    assert [job.status for job in await remembering.card(known.card)] == [Status.DONE, Status.QUEUED]


async def test_an_equal_job_that_waited_meanwhile_is_answered_without_a_lease(remembering: JobStore) -> None:
    new = Jobs()
    first, twin, other = new("web:ann"), new("web:bob"), new("web:bob", seed=5)
    await remembering.submit([first], LIMITS)
    await remembering.submit([twin, other], LIMITS)
    lease = await remembering.lease("worker", 60.0, 3)
    assert lease
    assert await remembering.finish(lease, outcome())
    answered = await remembering.lease("worker", 60.0, 3)
    assert answered
    assert (answered.job.id, answered.job.status) == (twin.id, Status.DONE)
    following = await remembering.lease("worker", 60.0, 3)
    assert following
    assert following.job.id == other.id
    assert (remembering.recalls.hits, remembering.recalls.misses) == (1, 2)


@pytest.mark.parametrize("editions", [{"bundled": "second"}, {}])
async def test_another_edition_of_the_model_makes_its_own(
    remembering: JobStore, database: Database, clock: FakeClock, editions: dict[str, str]
) -> None:
    new = Jobs()
    await done(remembering, new())
    other, job = JobStore(database, clock, editions), new()
    assert list(await other.submit([job], LIMITS)) == [job.id]


async def test_what_failed_or_was_cancelled_answers_nobody(remembering: JobStore) -> None:
    new = Jobs()
    gone = new()
    await remembering.submit([gone], LIMITS)
    await remembering.cancel(gone.id)
    job = new()
    assert list(await remembering.submit([job], LIMITS)) == [job.id]


async def test_deleting_the_first_card_leaves_the_other_its_result(
    remembering: JobStore, blobs: BlobStore, database: Database, clock: FakeClock
) -> None:
    new = Jobs()
    first = await done(remembering, new("web:ann"))
    again = new("web:bob")
    await remembering.submit([again], LIMITS)
    await remembering.delete(first.card)
    await blobs.delete_unused(clock.now() + 1)
    async with database.read() as session:
        assert await session.get(BlobRow, RESULT)
    third = new("web:cay")
    assert await remembering.submit([third], LIMITS) == {}  # remembered from what was remembered
    for card in (again.card, third.card):
        await remembering.delete(card)
    await blobs.delete_unused(clock.now() + 1)
    async with database.read() as session:
        assert await session.get(BlobRow, BlobId(RESULT)) is None
    fresh = new()
    with pytest.raises(NotFoundError):  # its picture went, too
        await remembering.submit([fresh], LIMITS)


async def test_what_waits_beyond_its_deadline_fails_with_a_sentence_and_costs_nothing(
    jobs: JobStore, database: Database, clock: FakeClock
) -> None:
    await store_blob_rows(database)
    new = Jobs()
    late, later, running = new("web:ann", deadline=clock.time + 10), new("web:ann"), new("web:bob", deadline=clock.time)
    await jobs.submit([running], LIMITS)
    assert await jobs.lease("worker", 60.0, 3)
    await jobs.submit([late, later], LIMITS)
    assert await jobs.overdue() == []
    clock.time += 11
    assert [job.id for job in await jobs.overdue()] == [late.id]
    failed = await jobs.get(late.id)
    assert failed.status is Status.FAILED
    assert failed.problem
    assert failed.problem.key == "engine.late"
    assert (await jobs.get(running.id)).status is Status.RUNNING  # the engine's business
    assert (await jobs.get(later.id)).deadline is None
    assert await jobs.overdue() == []
