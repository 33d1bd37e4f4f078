"""The queue, kept in rows: core.queue.ports.JobQueue over SQLAlchemy."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.clock import Clock
from core.domain.job import MOVES, Job, Lease, Outcome, Problem, Standing, Status
from core.domain.names import CardId, JobId, PersonId
from core.errors import NotFoundError
from core.queue.fairness import close_gap
from core.queue.limits import MAX_DEATHS
from core.queue.ports import Cancellation, Limits, Load
from core.storage.database import Database
from core.storage.job_rows import job_of, set_outcome, turn_of
from core.storage.recalls import Recalls
from core.storage.standings import IN_ORDER, is_queued, is_running, standings
from core.storage.submissions import Submissions
from core.storage.tables import BlobRow, JobRow, QueueClockRow, SessionEntryRow, ShareRow

_MOST_UNFINISHED = 1000
_UNFINISHED = (Status.QUEUED, Status.RUNNING)


class JobStore:
    """See `JobQueue` for what each method promises. Time decides about leases and deadlines; the order is by rank.

    `editions`: of the models whose results are remembered, by name; see `Recalls`.
    """

    def __init__(self, database: Database, clock: Clock, editions: Mapping[str, str] | None = None) -> None:
        self._database = database
        self._clock = clock
        self.recalls = Recalls(editions=editions or {})
        self._submissions = Submissions(database, clock, self.recalls)

    async def submit(self, jobs: Sequence[Job], limits: Limits) -> dict[JobId, Standing]:
        """Raises NotFoundError("picture") where a blob was deleted."""
        return await self._submissions.add(jobs, limits)

    async def lease(self, worker: str, seconds: float, running_limit: int) -> Lease | None:
        running = select(JobRow.owner).where(is_running).group_by(JobRow.owner)
        at_their_limit = running.having(func.count() >= running_limit)
        following = select(JobRow).where(is_queued, JobRow.owner.not_in(at_their_limit)).order_by(*IN_ORDER).limit(1)
        async with self._database.write() as session:
            row = await session.scalar(following)
            if row is None:
                return None
            if left := await self._left_by_an_equal(session, row):
                return left
            self.recalls.misses += 1
            clock = await session.get_one(QueueClockRow, 1)
            clock.now = max(clock.now, row.rank)  # one that came back into the queue may be behind it
            _move(row, Status.RUNNING)
            row.started_at = self._clock.now()
            row.lease_token = token = secrets.token_hex(16)
            row.lease_worker = worker
            row.lease_until = until = self._clock.now() + seconds
            return Lease(job=job_of(row), token=token, expires_at=until)

    async def renew(self, tokens: Collection[str], seconds: float) -> set[str]:
        async with self._database.write() as session:
            rows = (await session.scalars(select(JobRow).where(JobRow.lease_token.in_(tokens)))).all()
            for row in rows:
                row.lease_until = self._clock.now() + seconds
            return {row.lease_token for row in rows if row.lease_token}

    async def finish(self, lease: Lease, outcome: Outcome) -> Job | None:
        """Raises NotFoundError("picture") where the result was never put, or deleted."""
        async with self._database.write() as session:
            row = await _held(session, lease)
            if row is None:
                return None
            await _require_blobs(session, [outcome.result])
            set_outcome(row, outcome)
            row.edition = self.recalls.edition(lease.job.request)
            self._end(row, Status.DONE)
            return job_of(row)

    async def fail(self, lease: Lease, problem: Problem) -> Job | None:
        async with self._database.write() as session:
            row = await _held(session, lease)
            if row is None:
                return None
            self._give_up(row, problem)
            return job_of(row)

    async def release(self, lease: Lease, *, died: bool) -> Job | None:
        async with self._database.write() as session:
            row = await _held(session, lease)
            if row is None:
                return None
            row.deaths += died
            if row.deaths >= MAX_DEATHS:
                self._give_up(row, Problem(key="engine.died"))
            else:
                _requeue(row)
            return job_of(row)

    async def reclaim(self, keep: str | None) -> list[Job]:
        expired = JobRow.lease_until < self._clock.now()
        return await self._reclaim(expired, JobRow.lease_worker.is_distinct_from(keep))

    async def reclaim_all(self) -> list[Job]:
        return await self._reclaim()

    async def cancel(self, job: JobId) -> Cancellation:
        async with self._database.write() as session:
            row = await _row(session, job)
            was = row.status
            if was is Status.QUEUED:
                await _give_back(session, row)
            if not was.is_final:
                self._end(row, Status.CANCELLED)
            return Cancellation(job=job_of(row), was=was)

    async def overdue(self) -> list[Job]:
        late = is_queued, JobRow.deadline < self._clock.now()
        async with self._database.read() as session:
            if await session.scalar(select(JobRow.number).where(*late).limit(1)) is None:
                return []
        async with self._database.write() as session:
            rows = (await session.scalars(select(JobRow).where(*late).order_by(*IN_ORDER))).all()
            for row in reversed(rows):
                await _give_back(session, row)
                self._give_up(row, Problem(key="engine.late"))
            return [job_of(row) for row in rows]

    async def get(self, job: JobId) -> Job:
        async with self._database.read() as session:
            return job_of(await _row(session, job))

    async def card(self, card: CardId) -> list[Job]:
        async with self._database.read() as session:
            rows = await session.scalars(select(JobRow).where(JobRow.card == card).order_by(JobRow.index))
            if jobs := [job_of(row) for row in rows]:
                return jobs
            raise NotFoundError("job")

    async def history(
        self, owner: PersonId, limit: int, before: CardId | None = None, conversation: str | None = None
    ) -> list[list[Job]]:
        """Newest first by the cards' ids, which sort by time: so it continues also behind a card deleted since."""
        wanted = [JobRow.owner == owner]
        if before is not None:
            wanted.append(JobRow.card < before)
        if conversation is not None:
            wanted.append(JobRow.conversation == conversation)
        cards = select(JobRow.card).where(*wanted).distinct().order_by(JobRow.card.desc()).limit(limit)
        theirs = select(JobRow).where(*wanted, JobRow.card.in_(cards)).order_by(JobRow.card.desc(), JobRow.index)
        async with self._database.read() as session:
            jobs = [job_of(row) for row in await session.scalars(theirs)]
        return [list(group) for _, group in groupby(jobs, key=attrgetter("card"))]

    async def unfinished(self, owner: PersonId | None = None) -> list[Job]:
        wanted = select(JobRow).where(JobRow.status.in_(_UNFINISHED)).order_by(is_queued, *IN_ORDER)
        if owner is not None:
            wanted = wanted.where(JobRow.owner == owner)
        async with self._database.read() as session:
            return [job_of(row) for row in await session.scalars(wanted.limit(_MOST_UNFINISHED))]

    async def standings(self, jobs: Collection[JobId]) -> dict[JobId, Standing]:
        async with self._database.read() as session:
            return await standings(session, jobs, self._clock.now())

    async def load(self) -> Load:
        count = select(
            func.count().filter(is_queued),
            func.count().filter(is_running),
            func.count(JobRow.owner.distinct()),
            func.coalesce(func.sum(JobRow.cost).filter(is_queued), 0.0),
        ).where(JobRow.status.in_(_UNFINISHED))
        async with self._database.read() as session:
            waiting, running, people, cost = (await session.execute(count)).one()
            return Load(waiting=waiting, running=running, people=people, cost=cost)

    async def delete(self, card: CardId) -> None:
        """Forget a card and its jobs, in a session too; where there is none, nothing happens."""
        async with self._database.write() as session:
            rows = (await session.scalars(select(JobRow).where(JobRow.card == card).order_by(*IN_ORDER))).all()
            for row in reversed(rows):
                if row.status is Status.QUEUED:
                    await _give_back(session, row)
                await session.delete(row)
            await session.execute(delete(SessionEntryRow).where(SessionEntryRow.card == card))

    async def expire(self, before: float) -> int:
        """Forget finished jobs that ended before `before`, and shares that now has passed; returns how many jobs."""
        now = select(QueueClockRow.now).scalar_subquery()
        async with self._database.write() as session:
            ended = await session.scalars(
                delete(JobRow)
                .where(JobRow.status.not_in(_UNFINISHED), JobRow.finished_at < before)
                .returning(JobRow.number)
            )
            await session.execute(delete(ShareRow).where(ShareRow.last_rank <= now))
            return len(ended.all())

    async def _reclaim(self, *wanted: ColumnElement[bool]) -> list[Job]:
        async with self._database.write() as session:
            rows = (await session.scalars(select(JobRow).where(is_running, *wanted).order_by(*IN_ORDER))).all()
            for row in rows:
                _requeue(row)
            return [job_of(row) for row in rows]

    async def _left_by_an_equal(self, session: AsyncSession, row: JobRow) -> Lease | None:
        """End a job with what an equal one left meanwhile, and give back what its turn cost."""
        request = job_of(row).request
        outcome = (await self.recalls.find(session, [request])).get(request.fingerprint)
        if outcome is None:
            return None
        await _give_back(session, row)
        _move(row, Status.RUNNING)
        self.recalls.answer(row, outcome)
        self._end(row, Status.DONE)
        return Lease(job=job_of(row), token="", expires_at=self._clock.now())

    def _give_up(self, row: JobRow, problem: Problem) -> None:
        row.problem = asdict(problem)
        self._end(row, Status.FAILED)

    def _end(self, row: JobRow, status: Status) -> None:
        _move(row, status)
        row.finished_at = self._clock.now()


def _move(row: JobRow, status: Status) -> None:
    """Every change of status takes away the lease; leasing gives a new one afterwards."""
    assert status in MOVES[row.status], f"{row.status} -> {status}"
    row.status = status
    row.lease_token = row.lease_worker = row.lease_until = None


def _requeue(row: JobRow) -> None:
    _move(row, Status.QUEUED)
    row.started_at = None


async def _row(session: AsyncSession, job: JobId) -> JobRow:
    row = await session.scalar(select(JobRow).where(JobRow.id == job))
    if row is None:
        raise NotFoundError("job")
    return row


async def _held(session: AsyncSession, lease: Lease) -> JobRow | None:
    return await session.scalar(select(JobRow).where(JobRow.lease_token == lease.token))


async def _require_blobs(session: AsyncSession, blobs: Collection[str]) -> None:
    """Foreign keys would refuse it too, without a sentence."""
    stored = await session.scalars(select(BlobRow.id).where(BlobRow.id.in_(blobs)))
    if set(stored) != set(blobs):
        raise NotFoundError("picture")


async def _give_back(session: AsyncSession, gone: JobRow) -> None:
    """Move up the person's jobs behind `gone`, and their share, as if it had never been asked for."""
    unfinished = select(JobRow).where(JobRow.owner == gone.owner, JobRow.status.in_(_UNFINISHED))
    later = (await session.scalars(unfinished.where(JobRow.rank > gone.rank).order_by(*IN_ORDER))).all()
    last_rank = turn_of(gone).start
    for row, turn in zip(later, close_gap(turn_of(gone), [turn_of(row) for row in later]), strict=True):
        row.rank = last_rank = turn.rank
    if share := await session.get(ShareRow, gone.owner):
        share.last_rank = max(last_rank, share.last_rank - gone.cost)  # jobs that ended since keep their part of it
