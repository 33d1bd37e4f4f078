"""How jobs enter the queue: group commit. What is submitted while one transaction is written goes into the next.

A thousand commands at once so cost a few transactions, each with a handful of statements, instead of a thousand.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.clock import Clock
from core.domain.job import Job, Outcome, Standing, Status
from core.domain.names import JobId, PersonId
from core.errors import NotFoundError, RestyleError
from core.queue.fairness import Turn, take_turns
from core.queue.limits import too_many_waiting
from core.queue.ports import Limits
from core.storage.database import Database
from core.storage.job_rows import links_of, row_of
from core.storage.links import owners_of
from core.storage.recalls import Recalls
from core.storage.standings import first_waiting, standings
from core.storage.tables import BlobRow, JobBlobRow, JobRow, QueueClockRow, ShareRow

log = logging.getLogger(__name__)

_MOST_TOGETHER = 100  # submissions of one transaction: others want to write, too


@dataclass(eq=False, kw_only=True, slots=True)
class _Submission:
    """What one caller waits for."""

    jobs: Sequence[Job]
    limits: Limits
    answer: asyncio.Future[dict[JobId, Standing]]
    refused: RestyleError | None = None

    @property
    def blobs(self) -> set[str]:
        requests = [job.request for job in self.jobs]
        return {blob for one in requests for blob in (one.picture, one.mask, *one.others) if blob}

    @property
    def by_owner(self) -> dict[PersonId, list[Job]]:
        ordered = sorted(self.jobs, key=attrgetter("owner"))
        return {owner: list(jobs) for owner, jobs in groupby(ordered, key=attrgetter("owner"))}


@dataclass(kw_only=True, slots=True)
class _Queue:
    """What a transaction knows about the people it adds jobs for; kept up to date as it adds them."""

    now: float
    waiting: dict[PersonId, int]
    shares: dict[PersonId, ShareRow]
    rows: list[JobRow] = field(default_factory=list)
    links: list[JobBlobRow] = field(default_factory=list)

    def has_no_room(self, owner: PersonId, jobs: Sequence[Job], limits: Limits) -> bool:
        waiting = self.waiting.setdefault(owner, 0)
        return bool(jobs) and waiting + len(jobs) > limits.waiting

    def add(self, owner: PersonId, jobs: Sequence[Job]) -> None:
        """Behind the ones they have."""
        if not jobs:
            return
        share = self.shares.setdefault(owner, ShareRow(owner=owner, last_rank=0.0))
        turns = take_turns(self.now, share.last_rank, [job.cost for job in jobs])
        share.last_rank = turns[-1].rank
        self.waiting[owner] += len(jobs)
        self.rows += [row_of(job, turn) for job, turn in zip(jobs, turns, strict=True)]
        self.links += [link for job in jobs for link in links_of(job)]


class Submissions:
    """Adds jobs to the queue, in the order they were asked for."""

    def __init__(self, database: Database, clock: Clock, recalls: Recalls) -> None:
        self._database = database
        self._clock = clock
        self._recalls = recalls
        self._waiting: list[_Submission] = []
        self._writer: asyncio.Task[None] | None = None

    async def add(self, jobs: Sequence[Job], limits: Limits) -> dict[JobId, Standing]:
        """Store all of the jobs or none; returns where each stands once they are on disk; others have ended already.

        Raises RefusedError("waiting") beyond a person's limit, NotFoundError("picture") where a blob was deleted.
        """
        submission = _Submission(jobs=jobs, limits=limits, answer=asyncio.get_running_loop().create_future())
        self._waiting.append(submission)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="submissions")
        return await submission.answer

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            await self._commit(batch)

    async def _commit(self, batch: Sequence[_Submission]) -> None:
        """Answer everybody in the batch. One that the database cannot hold must not fail the others."""
        batch = [one for one in batch if not one.answer.done()]  # done: the caller gave up waiting
        if not batch:
            return
        try:
            async with self._database.write() as session:
                places = await self._store(session, batch)
        except RestyleError as error:
            _refuse(batch, error)
        except Exception as error:
            if len(batch) == 1:
                _refuse(batch, error)
                return
            log.warning("queue.submissions-apart count=%s", len(batch), exc_info=True)
            for one in batch:
                await self._commit([one])
        except BaseException:
            for one in batch:
                one.answer.cancel()
            raise
        else:
            _answer(batch, places)

    async def _store(self, session: AsyncSession, batch: Sequence[_Submission]) -> dict[JobId, Standing]:
        """Add what may be added, mark what may not, and say where all of it stands that waits."""
        now = self._clock.now()
        await _settle_owners(session, batch)
        stored = await _stored_blobs(session, {blob for one in batch for blob in one.blobs})
        queue = await _queue_of(session, {job.owner for one in batch for job in one.jobs})
        left = await self._recalls.find(session, [job.request for one in batch for job in one.jobs])
        for one in batch:
            if not stored.issuperset(one.blobs):
                one.refused = NotFoundError("picture")
                continue
            done = {job.id: left[job.request.fingerprint] for job in one.jobs if job.request.fingerprint in left}
            theirs = {owner: [job for job in jobs if job.id not in done] for owner, jobs in one.by_owner.items()}
            if crowded := [owner for owner, jobs in theirs.items() if queue.has_no_room(owner, jobs, one.limits)]:
                waiting = queue.waiting[crowded[0]]
                one.refused = too_many_waiting(waiting, one.limits, await _seconds_to_a_place(session, crowded[0], now))
                continue
            for owner, jobs in theirs.items():
                queue.add(owner, jobs)
            for job in (job for job in one.jobs if job.id in done):
                queue.rows.append(self._remembered(job, queue.now, done[job.id]))
                queue.links += links_of(job)
        session.add_all([*queue.shares.values(), *queue.rows])
        await session.flush()
        session.add_all(queue.links)  # after the jobs that they name
        await session.flush()
        return await standings(session, [JobId(row.id) for row in queue.rows], now)

    def _remembered(self, job: Job, rank: float, outcome: Outcome) -> JobRow:
        """A row that has ended with an earlier result. It takes no turn and costs nothing."""
        row = row_of(job, Turn(arrived=rank, cost=0.0, rank=rank))
        self._recalls.answer(row, outcome)
        row.status, row.finished_at = Status.DONE, self._clock.now()
        return row


async def _settle_owners(session: AsyncSession, batch: Sequence[_Submission]) -> None:
    """Somebody may have linked or parted between their command and this transaction."""
    owners = await owners_of(session, {job.asker for one in batch for job in one.jobs})
    for one in batch:
        one.jobs = [replace(job, owner=owners[job.asker], identity=job.asker) for job in one.jobs]


async def _queue_of(session: AsyncSession, owners: Collection[PersonId]) -> _Queue:
    count = (
        select(JobRow.owner, func.count())
        .where(JobRow.owner.in_(owners), JobRow.status == Status.QUEUED)
        .group_by(JobRow.owner)
    )
    waiting = {PersonId(owner): number for owner, number in await session.execute(count)}
    shares = await session.scalars(select(ShareRow).where(ShareRow.owner.in_(owners)))
    clock = await session.get_one(QueueClockRow, 1)
    return _Queue(now=clock.now, waiting=waiting, shares={PersonId(share.owner): share for share in shares})


async def _seconds_to_a_place(session: AsyncSession, owner: PersonId, now: float) -> float:
    """Until the first of the jobs they have on disk should start; 0 where it is about to, or all come just now."""
    first = await first_waiting(session, owner)
    places = await standings(session, [first] if first else [], now)
    return places[first].seconds if first in places else 0.0


async def _stored_blobs(session: AsyncSession, blobs: Collection[str]) -> set[str]:
    """Foreign keys would refuse the others too, without a sentence."""
    return set(await session.scalars(select(BlobRow.id).where(BlobRow.id.in_(blobs))))


def _answer(batch: Sequence[_Submission], places: dict[JobId, Standing]) -> None:
    for one in batch:
        if one.answer.done():
            continue
        if one.refused:
            one.answer.set_exception(one.refused)
        else:
            one.answer.set_result({job.id: places[job.id] for job in one.jobs if job.id in places})


def _refuse(batch: Sequence[_Submission], error: Exception) -> None:
    for one in batch:
        if not one.answer.done():
            one.answer.set_exception(error)
