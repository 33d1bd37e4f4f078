"""What the queue and the chats keep of people: their jobs, their turns, and where their cards are shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.job import Job
from core.domain.names import BlobId, PersonId
from core.storage.database import Database
from core.storage.job_rows import job_of
from core.storage.rooms import Kept, Moves, Room
from core.storage.tables import DeedRow, DeliveryRow, JobBlobRow, JobRow, ShareRow

_AT_ONCE = 200  # jobs read at a time


class JobRoom(Room):
    """Jobs belong to whoever owns the identity that asked for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settle(self, session: AsyncSession, moves: Moves) -> None:
        """Of two who become one the further turn counts, and who parts takes it along: nobody gains by either."""
        for identity, owner in moves.after.items():
            theirs = update(JobRow).where(JobRow.owner == moves.before[identity], JobRow.asker == identity)
            await session.execute(theirs.values(owner=owner))
        shares = {one: await session.get(ShareRow, one) for one in {*moves.before.values(), *moves.after.values()}}
        for owner, sources in moves.sources.items():
            last = max((share.last_rank for one in sources if (share := shares[one])), default=None)
            if last is not None:
                await session.merge(ShareRow(owner=owner, last_rank=last))
        await session.execute(delete(ShareRow).where(ShareRow.owner.in_(moves.gone)))

    async def erase(self, session: AsyncSession, person: PersonId, identities: Collection[PersonId]) -> Iterable[str]:
        """Their turn stays until now has passed it: who erases all is no newcomer to those who wait."""
        theirs = select(JobRow.id).where(JobRow.owner == person)
        rows = await session.execute(select(JobRow.picture, JobRow.mask, JobRow.result).where(JobRow.owner == person))
        blobs = {blob for row in rows for blob in row if blob}
        blobs |= set(await session.scalars(select(JobBlobRow.blob).where(JobBlobRow.job.in_(theirs))))
        await session.execute(delete(JobBlobRow).where(JobBlobRow.job.in_(theirs)))
        await session.execute(delete(JobRow).where(JobRow.owner == person))
        if (share := await session.get(ShareRow, person)) and person not in identities:
            for identity in identities:
                await session.merge(ShareRow(owner=identity, last_rank=share.last_rank))
            await session.delete(share)
        return blobs

    async def export(self, person: PersonId, identities: Collection[PersonId]) -> AsyncIterator[Kept]:
        """A list of all jobs, then their pictures, the newest first, each once."""
        named: dict[str, str] = {}
        lines = []
        async for job in self._jobs(person):
            for blob, kind in _pictures(job):
                named.setdefault(blob, f"pictures/{kind}-{job.id}.png")
            lines.append(_plain(job) | {kind: named[blob] for blob, kind in _pictures(job)})
        yield Kept(name="jobs.json", text=json.dumps(lines, indent=1, ensure_ascii=False, default=str))
        for blob, name in named.items():
            yield Kept(name=name, blob=BlobId(blob))

    async def _jobs(self, person: PersonId) -> AsyncIterator[Job]:
        """The newest first, a handful at a time."""
        theirs = select(JobRow).where(JobRow.owner == person).order_by(JobRow.number.desc()).limit(_AT_ONCE)
        rows: list[JobRow] = []
        while True:
            following = theirs.where(JobRow.number < rows[-1].number) if rows else theirs
            async with self._database.read() as session:
                rows = list(await session.scalars(following))
            for row in rows:
                yield job_of(row)
            if len(rows) < _AT_ONCE:
                return


class DeliveryRoom(Room):
    """Deliveries name the identity that asked, which linking does not change: messages go where they went."""

    async def erase(self, session: AsyncSession, person: PersonId, identities: Collection[PersonId]) -> Iterable[str]:
        await session.execute(delete(DeliveryRow).where(DeliveryRow.owner.in_(identities)))
        return ()


class DeedRoom(Room):
    """What moderators did stays in the trail of their place; who it was does not."""

    async def erase(self, session: AsyncSession, person: PersonId, identities: Collection[PersonId]) -> Iterable[str]:
        theirs = update(DeedRow).where(DeedRow.actor.in_(identities))
        await session.execute(theirs.values(actor="erased", actor_name=""))
        return ()


def _pictures(job: Job) -> list[tuple[str, str]]:
    """The blobs of a job, each with the name of its part."""
    parts = [("original", job.request.picture), ("mask", job.request.mask)]
    parts += [("map", blob) for blob in job.request.others]
    parts += [("result", job.outcome.result)] if job.outcome else []
    return [(blob, kind) for kind, blob in parts if blob]


def _plain(job: Job) -> dict[str, Any]:
    """What is told of a job; the names of blobs are ours alone."""
    settings = asdict(job.request)
    for name in ("picture", "mask", "reference", "controls", "likeness"):
        settings.pop(name, None)
    return {
        "job": job.id,
        "card": job.card,
        "asked": datetime.fromtimestamp(job.created_at, UTC).isoformat(),
        "where": job.place.platform.value,
        "as": job.owner_name,
        "command": f"/{job.command} {job.words}".rstrip(),
        "private": job.private,
        "status": job.status.value,
        "settings": settings,
    }
