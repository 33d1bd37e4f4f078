"""Jobs as rows and rows as jobs."""

from __future__ import annotations

from core.domain.job import Job, Outcome, Problem
from core.domain.names import CardId, CharacterId, JobId, PersonId, Place
from core.domain.request import Request
from core.queue.fairness import Turn
from core.storage.tables import JobBlobRow, JobRow


def row_of(job: Job, turn: Turn) -> JobRow:
    """A new row; blobs have columns of their own besides the request, so that foreign keys keep them."""
    return JobRow(
        id=job.id,
        card=job.card,
        index=job.index,
        owner=job.owner,
        asker=job.asker,
        owner_name=job.owner_name,
        platform=job.place.platform,
        conversation=job.place.conversation,
        command=job.command,
        words=job.words,
        private=job.private,
        request=job.request.as_dict(),
        fingerprint=job.request.fingerprint,
        picture=job.request.picture,
        mask=job.request.mask,
        original_width=job.original_width,
        original_height=job.original_height,
        status=job.status,
        cost=job.cost,
        arrived=turn.arrived,
        rank=turn.rank,
        created_at=job.created_at,
        deaths=job.deaths,
        deadline=job.deadline,
        character=job.character,
        label=job.label or None,
    )


def links_of(job: Job) -> list[JobBlobRow]:
    """The same for the blobs that have no column; to be stored after the job."""
    return [JobBlobRow(job=job.id, blob=blob) for blob in job.request.others]


def job_of(row: JobRow) -> Job:
    return Job(
        id=JobId(row.id),
        card=CardId(row.card),
        index=row.index,
        owner=PersonId(row.owner),
        identity=PersonId(row.asker),
        owner_name=row.owner_name,
        place=Place(platform=row.platform, conversation=row.conversation),
        command=row.command,
        words=row.words,
        request=Request.from_dict(row.request),
        status=row.status,
        cost=row.cost,
        created_at=row.created_at,
        original_width=row.original_width,
        original_height=row.original_height,
        started_at=row.started_at,
        finished_at=row.finished_at,
        deaths=row.deaths,
        outcome=Outcome.from_dict({"result": row.result, **row.outcome}) if row.result and row.outcome else None,
        problem=Problem(**row.problem) if row.problem else None,
        private=row.private,
        deadline=row.deadline,
        character=CharacterId(row.character) if row.character else None,
        label=row.label or "",
    )


def set_outcome(row: JobRow, outcome: Outcome) -> None:
    plain = outcome.as_dict()
    row.result = plain.pop("result")
    row.outcome = plain


def turn_of(row: JobRow) -> Turn:
    return Turn(arrived=row.arrived, cost=row.cost, rank=row.rank)
