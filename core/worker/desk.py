"""What the worker does with the outside: takes leases, fetches pictures, stores results, tells watchers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from core.domain.clock import Clock
from core.domain.job import Job, Lease, Outcome, Problem, Status
from core.domain.names import BlobId, JobId
from core.domain.request import Request
from core.engine.contract import Finished, Run
from core.errors import EngineError, RefusedError, RestyleError
from core.queue.cost import CostModel
from core.queue.ports import JobQueue, Limits
from core.worker.events import Events, Happening, JobEvent

log = logging.getLogger(__name__)

LEASE = 60.0  # seconds a lease lasts; the heartbeat renews it four times in that time
_FIRST_PAUSE = 0.05  # seconds before a call is tried again, doubling
_LONGEST_PAUSE = 5.0
_FULL_DISK_TRIES = 4

T = TypeVar("T")


class Blobs(Protocol):
    """Where pictures are kept."""

    async def get(self, blob: BlobId) -> bytes: ...

    async def put(self, data: bytes, media_type: str) -> BlobId: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """What a worker works with. `decorate` writes a request into its PNG; it is called off the event loop."""

    queue: JobQueue
    blobs: Blobs
    events: Events
    clock: Clock
    limits: Limits
    cost: CostModel
    decorate: Callable[[Request, bytes], bytes]


class Desk:
    """All leases of one worker, from taking them until their end is on disk.

    Calls to the queue are repeated until they succeed (database locked, disk full): nothing that was accepted is lost.
    """

    def __init__(self, outside: Outside, worker: str) -> None:
        self._outside = outside
        self._worker = worker
        self._held: dict[JobId, Lease] = {}

    async def reclaim_all(self) -> None:
        """At a start: what an earlier process left running goes back into the queue."""
        for job in await _persisted(self._outside.queue.reclaim_all):
            self.tell(job, Happening.QUEUED)

    async def take(self) -> Lease | None:
        """The next job, leased and announced; None if nothing may start."""
        queue, limits = self._outside.queue, self._outside.limits
        while lease := await _persisted(lambda: queue.lease(self._worker, LEASE, limits.running)):
            if not lease.job.is_finished:
                self._held[lease.job.id] = lease
                self.tell(lease.job, Happening.STARTED, steps=lease.job.request.plan.run)
                return lease
            self.tell(lease.job, _HAPPENINGS[lease.job.status])
        return None

    async def give_up_late(self) -> None:
        """End what has waited beyond its deadline."""
        for job in await self._outside.queue.overdue():
            self.tell(job, Happening.FAILED)

    async def load(self, lease: Lease, *, previews: bool) -> Run:
        """The job with its pictures. Raises NotFoundError for a picture that was deleted."""
        request, blobs = lease.job.request, self._outside.blobs
        picture = await blobs.get(request.picture)
        mask = await blobs.get(request.mask) if request.mask else None
        others = {blob: await blobs.get(blob) for blob in request.others}
        deadline = lease.job.deadline
        return Run(
            job=lease.job.id,
            request=request,
            owner=lease.job.owner,
            picture=picture,
            mask=mask,
            others=others,
            previews=previews,
            seconds=None if deadline is None else deadline - self._outside.clock.now(),
        )

    async def finish(self, lease: Lease, finished: Finished) -> bool:
        """Store the result; returns whether the job ended well. A result under a lost lease is thrown away."""
        self._outside.cost.learn(lease.job.request, finished.seconds)
        try:
            png = await asyncio.to_thread(self._outside.decorate, lease.job.request, finished.png)
            blob = await self._put(png)
        except EngineError as error:
            await self.fail(lease, problem_of(error))
            return False
        outcome = Outcome(
            result=blob,
            width=finished.width,
            height=finished.height,
            steps_run=finished.steps_run,
            seconds=finished.seconds,
            note=_size_note(lease.job, finished),
            unread=finished.unread,
            likeness=finished.likeness,
        )
        ended = await _persisted(lambda: self._outside.queue.finish(lease, outcome))
        self._ended(lease, ended)
        return ended is not None

    async def fail(self, lease: Lease, problem: Problem) -> None:
        self._ended(lease, await _persisted(lambda: self._outside.queue.fail(lease, problem)))

    async def release(self, lease: Lease, *, died: bool) -> None:
        """Back into the queue, or failed if its engine `died` of it for the second time."""
        self._ended(lease, await _persisted(lambda: self._outside.queue.release(lease, died=died)))

    async def release_all(self) -> None:
        """At a stop: put back whatever has not ended."""
        for lease in list(self._held.values()):
            await self.release(lease, died=False)

    def forget(self, job: JobId) -> None:
        """The job was ended by somebody else; its lease is void."""
        self._held.pop(job, None)

    async def renew(self) -> list[JobId]:
        """Renew all leases; returns the jobs whose lease was lost."""
        tokens = {lease.token: job for job, lease in self._held.items()}
        if not tokens:
            return []
        good = await self._outside.queue.renew(list(tokens), LEASE)
        return [job for token, job in tokens.items() if token not in good and job in self._held]

    def tell(
        self, job: Job, happening: Happening, *, step: int = 0, steps: int = 0, preview: bytes | None = None
    ) -> None:
        self._outside.events.publish(
            JobEvent(
                job=job.id,
                card=job.card,
                owner=job.asker,
                happening=happening,
                step=step,
                steps=steps,
                preview=preview,
            )
        )

    def _ended(self, lease: Lease, job: Job | None) -> None:
        self._held.pop(lease.job.id, None)
        if job:
            self.tell(job, _HAPPENINGS[job.status])

    async def _put(self, png: bytes) -> BlobId:
        """Raises EngineError("stored") when the disk stays full."""
        for attempt in range(_FULL_DISK_TRIES):
            try:
                return await _persisted(lambda: self._outside.blobs.put(png, "image/png"), give_up=_is_disk_full)
            except RefusedError:
                await asyncio.sleep(_FIRST_PAUSE * 2**attempt)
        raise EngineError("stored")


_HAPPENINGS = {
    Status.QUEUED: Happening.QUEUED,
    Status.RUNNING: Happening.STARTED,
    Status.DONE: Happening.DONE,
    Status.FAILED: Happening.FAILED,
    Status.CANCELLED: Happening.CANCELLED,
}


def problem_of(error: RestyleError) -> Problem:
    return Problem(key=error.key, values=error.values)


def _is_disk_full(error: Exception) -> bool:
    return isinstance(error, RefusedError) and error.reason == "disk-full"


async def _persisted(act: Callable[[], Awaitable[T]], *, give_up: Callable[[Exception], bool] = lambda _: False) -> T:
    """Repeat `act` until it succeeds, with growing pauses."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return await act()
        except Exception as error:
            if give_up(error):
                raise
            log.warning("worker.again pause=%.2f", pause, exc_info=not isinstance(error, RefusedError))
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _size_note(job: Job, finished: Finished) -> str:
    before, after = (job.original_width, job.original_height), (finished.width, finished.height)
    return "" if before == after else f"{after[0]}x{after[1]} from {before[0]}x{before[1]}"
