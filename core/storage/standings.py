"""Where jobs stand in the queue: who is ahead, and how many engine seconds that is."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.job import Standing, Status
from core.domain.names import JobId, PersonId
from core.storage.tables import JobRow

IN_ORDER = (JobRow.rank, JobRow.number)
is_queued = JobRow.status == Status.QUEUED
is_running = JobRow.status == Status.RUNNING


async def standings(session: AsyncSession, jobs: Collection[JobId], now: float) -> dict[JobId, Standing]:
    """Of those of the jobs that wait. `now` in seconds since the epoch: what runs has less to go with every second."""
    if not jobs:
        return {}
    places = (await session.execute(_places(jobs))).all()
    if not places:
        return {}
    waiting = await session.scalar(select(func.count()).where(is_queued)) or 0
    running = await session.execute(select(JobRow.cost, JobRow.started_at).where(is_running))
    ahead = sum(_left(cost, now - (started_at or 0.0)) for cost, started_at in running)
    return {
        JobId(job): Standing(position=position, waiting=waiting, seconds=ahead + seconds)
        for job, position, seconds in places
    }


async def first_waiting(session: AsyncSession, owner: PersonId) -> JobId | None:
    """The one of a person's waiting jobs that is served first."""
    first = select(JobRow.id).where(JobRow.owner == owner, is_queued).order_by(*IN_ORDER).limit(1)
    job = await session.scalar(first)
    return JobId(job) if job else None


def _places(jobs: Collection[JobId]) -> Select[str, int, float]:
    """Id, position and the cost of all ahead. One pass over the queue's index, down to the last one asked for."""
    asked = select(JobRow.rank, JobRow.number).where(JobRow.id.in_(jobs), is_queued)
    last = asked.order_by(JobRow.rank.desc(), JobRow.number.desc()).limit(1).subquery()
    before = func.sum(JobRow.cost).over(order_by=IN_ORDER, rows=(None, 0)) - JobRow.cost
    order = (
        select(JobRow.id, func.row_number().over(order_by=IN_ORDER).label("position"), before.label("seconds"))
        .where(is_queued, tuple_(*IN_ORDER) <= select(last.c.rank, last.c.number).scalar_subquery())
        .subquery()
    )
    return select(order.c.id, order.c.position, order.c.seconds).where(order.c.id.in_(jobs))


def _left(cost: float, spent: float) -> float:
    """Within the job's cost even if the clock was set."""
    return min(cost, max(0.0, cost - spent))
