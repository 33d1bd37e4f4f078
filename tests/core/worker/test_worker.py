"""The worker over a real queue, real blobs and the real engine process, whose model is replaced by a quick one."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from core.domain.catalogue import load_catalogue
from core.domain.clock import SystemClock
from core.domain.job import Job, Status
from core.domain.names import CardId, JobId, PersonId, Place, Platform, new_id
from core.domain.request import Request
from core.engine.contract import EngineConfig
from core.errors import RefusedError
from core.imaging import provenance
from core.queue.cost import CostModel
from core.queue.ports import Limits
from core.storage.blobs import BlobStore, open_folder
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.worker.events import Events, Happening, JobEvent
from core.worker.worker import EngineState, Outside, Worker

PICTURE = io.BytesIO()
Image.new("RGB", (16, 16), "red").save(PICTURE, "PNG")
LIMITS = Limits(running=100, waiting=1000)
PROGRAM = "tests.core.worker.quick_engine"


@dataclass
class House:
    """Everything around a worker."""

    outside: Outside
    queue: JobStore
    blobs: BlobStore
    events: Events
    seen: list[JobEvent] = field(default_factory=list)

    def worker(self, model: str = "quick", **options: Any) -> Worker:
        config = EngineConfig(model=model, spec=load_catalogue().model("bundled"))
        settings: dict[str, Any] = {"program": PROGRAM, "poll": 0.2, "patience": 5.0}
        return Worker(self.outside, [config], **(settings | options))

    async def submit(
        self,
        prompt: str = "0.01",
        steps: int = 4,
        owner: str = "web:ann",
        deadline: float | None = None,
        **changes: Any,
    ) -> JobId:
        picture = await self.blobs.put(PICTURE.getvalue(), "image/png")
        request = Request(
            picture=picture,
            prompt=prompt,
            width=16,
            height=16,
            strength=Decimal(1),
            steps=steps,
            guidance=1.0,
            scheduler="ddim",
            seed=1,
            model="quick",
        ).varied(**changes)
        job = Job(
            id=JobId(new_id(SystemClock().now())),
            card=CardId(new_id(SystemClock().now())),
            index=0,
            owner=PersonId(owner),
            owner_name="Ann",
            place=Place(platform=Platform.WEB, conversation="page"),
            command="restyle",
            words="",
            request=request,
            status=Status.QUEUED,
            cost=1.0,
            created_at=SystemClock().now(),
            original_width=16,
            original_height=16,
            deadline=deadline,
        )
        await self.queue.submit([job], LIMITS)
        return job.id

    async def told(self, job: JobId, *happenings: Happening) -> JobEvent:
        """Wait for the first of these about this job."""
        with self.events.watch() as watcher:
            known = [event for event in self.seen if event.job == job and event.happening in happenings]
            if known:
                return known[0]
            async for event in watcher:
                if event.job == job and event.happening in happenings:
                    return event
        raise AssertionError("the events ended")

    async def previewed(self, job: JobId) -> None:
        with self.events.watch() as watcher:
            async for event in watcher:
                if event.job == job and event.preview:
                    return

    async def ended(self, *jobs: JobId) -> list[Status]:
        """Wait for the end of all, and say how the rows say it was."""
        for job in jobs:
            await self.told(job, Happening.DONE, Happening.FAILED, Happening.CANCELLED)
        return [(await self.queue.get(job)).status for job in jobs]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock, events = SystemClock(), Events()
    async with Database(f"sqlite+aiosqlite:///{tmp_path}/restyle.db") as database:
        queue, blobs = JobStore(database, clock), BlobStore(database, open_folder(tmp_path / "blobs"), clock)
        outside = Outside(
            queue=queue,
            blobs=blobs,
            events=events,
            clock=clock,
            limits=LIMITS,
            cost=CostModel(),
            decorate=lambda request, png: provenance.write(png, request.as_dict()),
        )
        house = House(outside=outside, queue=queue, blobs=blobs, events=events)
        with events.watch() as watcher:
            listener = asyncio.create_task(_listen(watcher, house.seen))
            yield house
            listener.cancel()


async def _listen(watcher: AsyncIterator[JobEvent], seen: list[JobEvent]) -> None:
    async for event in watcher:
        seen.append(event)  # noqa: PERF401  # it never ends, so there is no list to make


async def test_a_job_ends_with_a_picture_that_carries_its_settings(house: House) -> None:
    job = await house.submit()
    async with house.worker() as worker:
        assert await house.ended(job) == [Status.DONE]
        assert [status.done for status in worker.status()] == [1]
    row = await house.queue.get(job)
    assert row.outcome
    assert (row.outcome.steps_run, row.outcome.width, row.outcome.note) == (4, 16, "")
    settings = provenance.read(await house.blobs.get(row.outcome.result))
    assert settings
    assert Request.from_dict(settings) == row.request
    assert house.events.latest(job) is None


async def test_many_jobs_of_several_people_all_end_once(house: House) -> None:
    jobs = [await house.submit("0", steps=1, owner=f"web:{number % 5}", seed=number) for number in range(40)]
    async with house.worker():
        assert set(await house.ended(*jobs)) == {Status.DONE}
    ends = [event.job for event in house.seen if event.happening is Happening.DONE]
    assert sorted(ends) == sorted(jobs)


async def test_a_submission_is_noticed_without_waiting_for_the_poll(house: House) -> None:
    async with house.worker(poll=600.0) as worker, asyncio.timeout(30):
        first = await house.submit()
        worker.wake()
        await house.ended(first)
        second = await house.submit()
        worker.wake()
        assert await house.ended(second) == [Status.DONE]


async def test_a_job_whose_picture_was_deleted_fails_with_its_sentence_and_others_go_on(
    house: House, tmp_path: Path
) -> None:
    broken = await house.submit(picture=await house.blobs.put(b"other", "image/png"))
    fine = await house.submit()
    picture = (await house.queue.get(broken)).request.picture
    next((tmp_path / "blobs").rglob(picture)).unlink()
    async with house.worker():
        assert await house.ended(broken, fine) == [Status.FAILED, Status.DONE]
    problem = (await house.queue.get(broken)).problem
    assert problem
    assert problem.key == "missing.picture"


async def test_what_fails_in_the_engine_fails_that_job_only(house: House) -> None:
    failing, fine = await house.submit("0 fail"), await house.submit()
    async with house.worker() as worker:
        assert await house.ended(failing, fine) == [Status.FAILED, Status.DONE]
        assert worker.status()[0].failures == 1


async def test_a_cancelled_job_stops_and_the_next_one_runs(house: House) -> None:
    long, following = await house.submit("0.05", steps=2000), await house.submit()
    async with house.worker() as worker, asyncio.timeout(30):
        await house.told(long, Happening.STEPPED)
        await house.queue.cancel(long)
        await worker.cancel(long)
        assert await house.ended(following) == [Status.DONE]
    assert (await house.queue.get(long)).status is Status.CANCELLED


async def test_previews_are_sent_while_somebody_watches(house: House) -> None:
    job = await house.submit("0.05", steps=2000)
    async with house.worker(patience=0.1) as worker, asyncio.timeout(30):
        assert (await house.told(job, Happening.STEPPED)).preview is None
        await worker.watch(job, previews=True)
        await house.previewed(job)


async def test_a_job_whose_engine_is_killed_runs_again(house: House) -> None:
    job = await house.submit("0.02", steps=20)
    async with house.worker() as worker:
        await house.told(job, Happening.STEPPED)
        pid = worker.status()[0].pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert await house.ended(job) == [Status.DONE]
        assert worker.status()[0].restarts == 1
    row = await house.queue.get(job)
    assert (row.deaths, row.status) == (1, Status.DONE)


async def test_a_job_that_kills_its_engine_twice_fails_alone(house: House) -> None:
    deadly = await house.submit("0 die")
    others = [await house.submit(seed=number) for number in range(3)]
    async with house.worker():
        assert await house.ended(deadly, *others) == [Status.FAILED, *[Status.DONE] * 3]
    rows = [await house.queue.get(job) for job in (deadly, *others)]
    assert [row.deaths for row in rows] == [2, 0, 0, 0]
    assert rows[0].problem
    assert rows[0].problem.key == "engine.died"


async def test_neighbours_of_a_job_that_kills_its_engine_are_not_given_up(house: House) -> None:
    """All that were in the engine are suspects at first; each then works alone, which shows whose fault it was."""
    deadly = await house.submit("0.5 die", owner="web:mallory")
    others = [await house.submit("0.05", steps=20, owner=f"web:{number}") for number in range(3)]
    async with house.worker(model="together"):
        assert await house.ended(deadly, *others) == [Status.FAILED, *[Status.DONE] * 3]
    rows = [await house.queue.get(job) for job in (deadly, *others)]
    assert rows[0].deaths == 2
    assert max(row.deaths for row in rows[1:]) == 1


async def test_a_stop_puts_running_jobs_back_without_counting_a_death(house: House) -> None:
    job = await house.submit("0.05", steps=2000)
    async with house.worker(patience=0.2) as worker:
        await house.told(job, Happening.STEPPED)
        pid = worker.status()[0].pid
        assert pid
    row = await house.queue.get(job)
    assert (row.status, row.deaths) == (Status.QUEUED, 0)
    assert not psutil.pid_exists(pid)
    assert [task for task in asyncio.all_tasks() if "engine" in task.get_name() or "worker" in task.get_name()] == []


async def test_a_stop_waits_for_a_job_that_is_nearly_done(house: House) -> None:
    job = await house.submit("0.05", steps=10)
    async with house.worker():
        await house.told(job, Happening.STEPPED)
    assert (await house.queue.get(job)).status is Status.DONE


async def test_what_an_earlier_process_left_running_is_done(house: House) -> None:
    job = await house.submit()
    assert await house.queue.lease("a worker that was killed", 60.0, 3)
    async with house.worker():
        assert await house.ended(job) == [Status.DONE]
    assert (await house.queue.get(job)).deaths == 0


async def test_a_model_that_cannot_be_loaded_shows_in_the_status_and_jobs_wait(house: House) -> None:
    job = await house.submit()
    async with house.worker(model="broken") as worker, asyncio.timeout(30):
        while (status := worker.status()[0]).state is not EngineState.BROKEN:  # noqa: ASYNC110  # a status has no event
            await asyncio.sleep(0.02)
    assert status.problem
    assert status.problem.key == "model.broken"
    assert (await house.queue.get(job)).status is Status.QUEUED


# a database or a disk that refuses for a while


def flaky(act: Callable[..., Awaitable[Any]], error: Exception, times: int) -> Callable[..., Awaitable[Any]]:
    """`act`, refusing the first calls as storage refuses."""
    left = [times]

    async def refusing(*args: Any, **kwargs: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise error
        return await act(*args, **kwargs)

    return refusing


@pytest.mark.parametrize("method", ["lease", "finish"])
async def test_a_locked_database_delays_a_job_and_loses_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(house.queue, method, flaky(getattr(house.queue, method), RefusedError("busy"), 4))
    job = await house.submit()
    async with house.worker():
        assert await house.ended(job) == [Status.DONE]


@pytest.mark.parametrize(("times", "status"), [(2, Status.DONE), (100, Status.FAILED)])
async def test_a_full_disk_is_waited_for_a_moment_and_then_said(
    house: House, monkeypatch: pytest.MonkeyPatch, times: int, status: Status
) -> None:
    job = await house.submit()
    monkeypatch.setattr(house.blobs, "put", flaky(house.blobs.put, RefusedError("disk-full"), times))
    async with house.worker():
        assert await house.ended(job) == [status]
    problem = (await house.queue.get(job)).problem
    assert (problem.key if problem else None) == (None if status is Status.DONE else "engine.stored")


async def test_a_job_whose_equal_was_done_while_it_waited_ends_without_the_engine(house: House) -> None:
    house.queue.recalls.editions = {"quick": "one"}
    house.outside = replace(house.outside, limits=Limits(running=1))
    first, twin = await house.submit(), await house.submit()
    async with house.worker():
        assert await house.ended(first, twin) == [Status.DONE, Status.DONE]
    told = [event.happening for event in house.seen if event.job == twin]
    assert told == [Happening.DONE]
    job = await house.queue.get(twin)
    assert job.outcome
    assert job.outcome.remembered


async def test_what_waits_beyond_its_deadline_is_told_to_have_failed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.worker.worker._HEARTBEAT", 0.05)
    async with house.worker("broken"):
        job = await house.submit(deadline=SystemClock().now() + 0.1)
        assert await house.ended(job) == [Status.FAILED]


async def test_what_runs_beyond_its_deadline_is_given_up_between_two_steps(house: House) -> None:
    async with house.worker():
        job = await house.submit("0.2", steps=1000, deadline=SystemClock().now() + 2.0)
        assert await house.ended(job) == [Status.FAILED]
    problem = (await house.queue.get(job)).problem
    assert problem
    assert problem.key == "engine.late"
