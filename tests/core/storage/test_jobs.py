"""What JobQueue promises, over every database."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.domain.job import Job, Lease, Problem, Status
from core.domain.names import BlobId, CardId, JobId, PersonId
from core.errors import NotFoundError, RefusedError
from core.queue.ports import JobQueue, Limits, Load
from core.storage.database import Database
from core.storage.jobs import JobStore
from tests.core.storage.making import LIMITS, MASK, NO_LIMITS, FakeClock, Jobs, outcome, store_blob_rows

ANN, BOB = PersonId("web:ann"), PersonId("web:bob")


@pytest.fixture(autouse=True)
async def _blobs_exist(database: Database) -> None:
    await store_blob_rows(database)


@pytest.fixture
def new() -> Jobs:
    return Jobs()


async def take(jobs: JobQueue, worker: str = "one", seconds: float = 30.0, running: int = 10**6) -> Lease:
    lease = await jobs.lease(worker, seconds, running)
    assert lease is not None
    return lease


async def served(jobs: JobQueue) -> list[JobId]:
    """All that waits, in the order it is served."""
    order = []
    while lease := await jobs.lease("one", 30.0, 10**6):
        order.append(lease.job.id)
        await jobs.finish(lease, outcome())
    return order


async def test_a_job_comes_back_exactly_as_it_was_submitted(jobs: JobStore, new: Jobs) -> None:
    job = new(mask=MASK)
    await jobs.submit([job], LIMITS)
    assert await jobs.get(job.id) == job


async def test_a_finished_job_has_its_outcome_and_times(jobs: JobStore, new: Jobs, clock: FakeClock) -> None:
    job = new()
    await jobs.submit([job], LIMITS)
    lease = await take(jobs)
    clock.time += 5
    done = await jobs.finish(lease, outcome())
    assert done == await jobs.get(job.id)
    assert done == replace(
        job, status=Status.DONE, started_at=clock.time - 5, finished_at=clock.time, outcome=outcome()
    )


async def test_a_failed_job_says_why(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new()], LIMITS)
    problem = Problem(key="picture.too-thin", values={"width": 1, "height": 20_000})
    failed = await jobs.fail(await take(jobs), problem)
    assert failed is not None
    assert (failed.status, failed.problem) == (Status.FAILED, problem)


async def test_more_than_the_limit_is_refused_whole(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new() for _ in range(8)], LIMITS)
    with pytest.raises(RefusedError) as refusal:
        await jobs.submit([new(BOB), *(new(ANN) for _ in range(3))], LIMITS)
    assert refusal.value.values == {"waiting": 8, "limit": 10, "seconds": 1}
    assert (await jobs.load()).waiting == 8


async def test_a_refusal_says_when_the_next_place_frees(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new(BOB, cost=20.0)], LIMITS)
    await take(jobs)
    await jobs.submit([new(BOB, cost=7.0), *(new(ANN, cost=30.0) for _ in range(10))], LIMITS)
    with pytest.raises(RefusedError) as refusal:
        await jobs.submit([new(ANN)], LIMITS)
    assert refusal.value.values["seconds"] == 27


async def test_running_jobs_leave_room_for_waiting_ones(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new() for _ in range(10)], LIMITS)
    await take(jobs)
    await jobs.submit([new()], LIMITS)
    assert await jobs.load() == Load(waiting=10, running=1, people=1, cost=10.0)


async def test_limits_hold_when_submissions_race(jobs: JobStore, new: Jobs) -> None:
    answers = await asyncio.gather(*(jobs.submit([new()], LIMITS) for _ in range(30)), return_exceptions=True)
    accepted = [answer for answer in answers if isinstance(answer, dict)]
    refused = [answer for answer in answers if isinstance(answer, RefusedError)]
    assert (len(accepted), len(refused)) == (10, 20)


async def test_what_comes_at_once_is_answered_each_with_its_own(jobs: JobStore, new: Jobs) -> None:
    good = [new(f"web:{number}") for number in range(250)]
    lost = new(picture=BlobId("never stored"))
    unwritable = replace(new("web:cy"), words="half of a pair: \ud83d")
    asked = [*good[:100], lost, unwritable, *good[100:]]
    answers = await asyncio.gather(*(jobs.submit([job], LIMITS) for job in asked), return_exceptions=True)

    assert isinstance(answers[100], NotFoundError)
    assert isinstance(answers[101], Exception)
    assert not isinstance(answers[101], NotFoundError)
    places = [answer for answer in answers if isinstance(answer, dict)]
    assert [set(place) for place in places] == [{job.id} for job in good]
    assert {job.id for job in await jobs.unfinished()} == {job.id for job in good}


async def test_one_who_gives_up_waiting_takes_nobody_along(jobs: JobStore, new: Jobs) -> None:
    first = asyncio.create_task(jobs.submit([new(ANN)], LIMITS))
    second = asyncio.create_task(jobs.submit([new(BOB)], LIMITS))
    await asyncio.sleep(0)
    first.cancel()
    assert len(await second) == 1
    assert (await jobs.load()).waiting == 1


async def test_running_limits_hold_when_workers_race(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new() for _ in range(10)], LIMITS)
    leases = await asyncio.gather(*(jobs.lease(f"worker {number}", 30.0, 3) for number in range(8)))
    started = [lease.job.id for lease in leases if lease]
    assert len(started) == len(set(started)) == 3


async def test_people_at_their_running_limit_are_passed_over(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new(ANN) for _ in range(5)], LIMITS)
    await jobs.submit([new(BOB, cost=1000.0)], LIMITS)
    owners = [(await take(jobs, running=3)).job.owner for _ in range(4)]
    assert owners == [ANN, ANN, ANN, BOB]
    assert await jobs.lease("one", 30.0, 3) is None


async def test_a_newcomer_is_served_before_somebodys_hundredth(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new(ANN) for _ in range(100)], NO_LIMITS)
    await take(jobs)
    newcomer = new(BOB)
    await jobs.submit([newcomer], LIMITS)
    order = await served(jobs)
    assert order.index(newcomer.id) <= 1


async def test_a_video_does_not_pass_as_one_picture(jobs: JobStore, new: Jobs) -> None:
    video, pictures = new(ANN, cost=100.0), [new(BOB) for _ in range(10)]
    await jobs.submit([video], LIMITS)
    await jobs.submit(pictures, LIMITS)
    assert await served(jobs) == [*(job.id for job in pictures), video.id]


async def test_cancelling_a_waiting_job_gives_its_cost_back(jobs: JobStore, new: Jobs) -> None:
    dear, after, other = new(ANN, cost=100.0), new(ANN), new(BOB, cost=2.0)
    await jobs.submit([dear, after], LIMITS)
    await jobs.submit([other], LIMITS)
    cancellation = await jobs.cancel(dear.id)
    assert (cancellation.was, cancellation.job.status) == (Status.QUEUED, Status.CANCELLED)
    last = new(ANN, cost=1.5)
    await jobs.submit([last], LIMITS)
    assert await served(jobs) == [after.id, other.id, last.id]


async def test_cancelling_says_in_which_state_it_caught_the_job(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new()], LIMITS)
    lease = await take(jobs)
    assert (await jobs.cancel(lease.job.id)).was is Status.RUNNING
    assert (await jobs.cancel(lease.job.id)).was is Status.CANCELLED
    with pytest.raises(NotFoundError):
        await jobs.cancel(JobId("nobody's"))


async def test_a_lost_lease_is_not_listened_to(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new()], LIMITS)
    lease = await take(jobs)
    await jobs.cancel(lease.job.id)
    assert await jobs.finish(lease, outcome()) is None
    assert await jobs.fail(lease, Problem(key="engine.failed")) is None
    assert await jobs.release(lease, died=True) is None
    assert await jobs.renew([lease.token], 30.0) == set()
    assert (await jobs.get(lease.job.id)).status is Status.CANCELLED


async def test_only_the_newest_lease_of_a_job_counts(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new()], LIMITS)
    old = await take(jobs)
    await jobs.release(old, died=False)
    newest = await take(jobs)
    assert await jobs.renew([old.token, newest.token], 30.0) == {newest.token}
    assert await jobs.finish(old, outcome()) is None
    assert await jobs.finish(newest, outcome()) is not None


async def test_the_second_engine_death_fails_a_job(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new()], LIMITS)
    first = await jobs.release(await take(jobs), died=True)
    assert first is not None
    assert (first.status, first.deaths, first.started_at) == (Status.QUEUED, 1, None)
    second = await jobs.release(await take(jobs), died=True)
    assert second is not None
    assert (second.status, second.problem) == (Status.FAILED, Problem(key="engine.died"))


async def test_a_released_job_gets_its_old_place_back(jobs: JobStore, new: Jobs) -> None:
    first, second = new(ANN), new(BOB)
    await jobs.submit([first], LIMITS)
    await jobs.submit([second], LIMITS)
    for _ in range(3):
        await jobs.release(await take(jobs), died=False)
    assert await served(jobs) == [first.id, second.id]


async def test_a_job_that_is_leased_again_does_not_turn_the_queues_clock_back(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new(ANN)], LIMITS)
    early = await take(jobs)
    await jobs.submit([new(BOB, cost=50.0)], LIMITS)
    await jobs.finish(await take(jobs), outcome())
    waiting, newcomer = new(BOB), new("web:cy")
    await jobs.submit([waiting], LIMITS)
    await jobs.release(early, died=False)
    await take(jobs)
    await jobs.submit([newcomer], LIMITS)
    assert await served(jobs) == [waiting.id, newcomer.id]


async def test_expiring_forgives_nobody_what_they_still_owe(jobs: JobStore, new: Jobs) -> None:
    mine, other, last = [new(ANN, cost=10.0) for _ in range(5)], new(BOB, cost=55.0), new(ANN, cost=10.0)
    await jobs.submit(mine, LIMITS)
    await jobs.submit([other], LIMITS)
    await jobs.expire(0.0)
    await jobs.submit([last], LIMITS)
    assert (await served(jobs))[-2:] == [other.id, last.id]


async def test_an_expired_lease_is_reclaimed_and_a_renewed_one_is_not(
    jobs: JobStore, new: Jobs, clock: FakeClock
) -> None:
    await jobs.submit([new(), new()], LIMITS)
    kept, lost = await take(jobs), await take(jobs)
    clock.time += 20
    assert await jobs.renew([kept.token], 30.0) == {kept.token}
    clock.time += 20
    assert [job.id for job in await jobs.reclaim(None)] == [lost.job.id]
    assert await jobs.finish(kept, outcome()) is not None
    assert await jobs.finish(lost, outcome()) is None


async def test_a_clock_that_jumps_forward_takes_nothing_from_a_worker_that_lives(
    jobs: JobStore, new: Jobs, clock: FakeClock
) -> None:
    await jobs.submit([new(), new()], LIMITS)
    mine, elsewhere = await take(jobs, "mine"), await take(jobs, "elsewhere")
    clock.time += 10**6
    assert [job.id for job in await jobs.reclaim(keep="mine")] == [elsewhere.job.id]
    assert await jobs.finish(mine, outcome()) is not None


async def test_a_clock_that_jumps_back_stalls_nothing(jobs: JobStore, new: Jobs, clock: FakeClock) -> None:
    before, after = new(), new(cost=3.0)
    await jobs.submit([before], LIMITS)
    clock.time -= 10**6
    await jobs.submit([after], LIMITS)
    lease = await take(jobs)
    assert lease.job.id == before.id
    clock.time -= 10**6
    standing = (await jobs.standings([after.id]))[after.id]
    assert (standing.position, standing.seconds) == (1, 1.0)
    await jobs.release(lease, died=False)
    assert await served(jobs) == [before.id, after.id]


async def test_a_start_requeues_all_that_ran_and_counts_no_death(jobs: JobStore, new: Jobs) -> None:
    await jobs.submit([new(), new()], LIMITS)
    lease = await take(jobs)
    requeued = await jobs.reclaim_all()
    assert [(job.id, job.status, job.deaths) for job in requeued] == [(lease.job.id, Status.QUEUED, 0)]
    assert await jobs.reclaim_all() == []


async def test_standing_counts_what_is_ahead(jobs: JobStore, new: Jobs, clock: FakeClock) -> None:
    running, ahead, asked, behind = new(ANN, 10.0), new(BOB, 12.0), new(ANN, 5.0), new(ANN, 5.0)
    for job in (running, ahead):
        await jobs.submit([job], LIMITS)
    await take(jobs)
    await jobs.submit([asked, behind], LIMITS)
    clock.time += 4
    standing = (await jobs.standings([asked.id]))[asked.id]
    assert (standing.position, standing.waiting, standing.seconds) == (2, 3, 18.0)
    assert await jobs.standings([running.id, JobId("nobody's")]) == {}


async def test_a_card_lists_its_jobs_in_order(jobs: JobStore, new: Jobs) -> None:
    sweep = [new(card="sweep", index=index) for index in range(3)]
    await jobs.submit(sweep, LIMITS)
    assert await jobs.card(CardId("sweep")) == sweep
    with pytest.raises(NotFoundError):
        await jobs.card(CardId("other"))


async def test_history_is_newest_first_and_can_be_continued(jobs: JobStore, new: Jobs) -> None:
    cards = [[new(card=f"card {number}", index=index) for index in range(2)] for number in range(5)]
    for card in cards:
        await jobs.submit(card, LIMITS)
    await jobs.submit([new(BOB)], LIMITS)
    page = await jobs.history(ANN, 2)
    assert page == [cards[4], cards[3]]
    await jobs.delete(page[-1][0].card)
    assert await jobs.history(ANN, 9, before=page[-1][0].card) == [cards[2], cards[1], cards[0]]


async def test_history_can_be_of_one_conversation(jobs: JobStore, new: Jobs) -> None:
    here, there = new(conversation="here"), new(conversation="there")
    await jobs.submit([here, there], LIMITS)
    assert await jobs.history(ANN, 9, conversation="there") == [[there]]


async def test_unfinished_lists_running_then_waiting_in_order(jobs: JobStore, new: Jobs) -> None:
    dear, cheap, other = new(ANN, 50.0), new(BOB, 2.0), new(ANN, 1.0)
    for job in (dear, cheap, other):
        await jobs.submit([job], LIMITS)
    assert (await take(jobs)).job.id == cheap.id
    assert [job.id for job in await jobs.unfinished()] == [cheap.id, dear.id, other.id]
    assert [job.id for job in await jobs.unfinished(ANN)] == [dear.id, other.id]


async def test_deleting_a_card_cancels_what_it_still_has_and_gives_back(jobs: JobStore, new: Jobs) -> None:
    sweep = [new(card="sweep", index=index, cost=10.0) for index in range(5)]
    await jobs.submit(sweep, LIMITS)
    lease = await take(jobs)
    await jobs.delete(CardId("sweep"))
    assert await jobs.finish(lease, outcome()) is None
    with pytest.raises(NotFoundError):
        await jobs.get(sweep[3].id)
    mine, other = new(ANN, 1.0), new(BOB, 2.0)
    await jobs.submit([other, mine], LIMITS)
    assert await served(jobs) == [mine.id, other.id]


async def test_expiring_forgets_only_what_ended_before(jobs: JobStore, new: Jobs, clock: FakeClock) -> None:
    old, young, waiting = new(), new(), new()
    await jobs.submit([old, young, waiting], LIMITS)
    await jobs.finish(await take(jobs), outcome())
    clock.time += 100
    await jobs.finish(await take(jobs), outcome())
    assert await jobs.expire(clock.time - 50) == 1
    assert [card[0].id for card in await jobs.history(ANN, 9)] == [waiting.id, young.id]
    assert await served(jobs) == [waiting.id]


async def test_a_picture_that_was_deleted_cannot_be_worked_on(jobs: JobStore, new: Jobs) -> None:
    with pytest.raises(NotFoundError) as missing:
        await jobs.submit([new(), new(picture=BlobId("d" * 64))], LIMITS)
    assert missing.value.key == "missing.picture"
    assert (await jobs.load()).waiting == 0


async def test_a_submission_that_is_cancelled_half_way_is_stored_whole_or_not(jobs: JobStore, new: Jobs) -> None:
    sent: list[list[Job]] = [[new(), new()] for _ in range(20)]
    tasks = [asyncio.create_task(jobs.submit(pair, Limits(waiting=100))) for pair in sent]
    for number, task in enumerate(tasks):
        if number % 2:
            await asyncio.sleep(0.001)
            task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    stored = {job.id for job in await jobs.unfinished()}
    for pair, answer in zip(sent, answers, strict=True):
        kept = [job.id in stored for job in pair]
        assert kept[0] == kept[1]
        assert answer is not None or all(kept)
    await jobs.submit([new()], Limits(waiting=100))
