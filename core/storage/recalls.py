"""Exact requests: equal requests give equal pictures, so a result that is still here answers the next one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.job import Outcome, Status
from core.domain.request import Request
from core.storage.job_rows import set_outcome
from core.storage.tables import JobRow


@dataclass(kw_only=True, slots=True)
class Recalls:
    """`editions`: of each model whose results are remembered, what besides the request decides them.

    Counts jobs that were answered by an earlier result, and jobs that an engine was given.
    """

    editions: Mapping[str, str]
    hits: int = 0
    misses: int = 0

    def edition(self, request: Request) -> str | None:
        return self.editions.get(request.model)

    def answer(self, row: JobRow, outcome: Outcome) -> None:
        """Give a row what `find` found for its request; it costs nothing then."""
        set_outcome(row, outcome)
        row.edition = self.editions.get(row.request["model"])
        row.cost = 0.0
        self.hits += 1

    async def find(self, session: AsyncSession, requests: Collection[Request]) -> dict[str, Outcome]:
        """What equal requests left, by fingerprint. A private job's result counts: its bytes hold nothing else."""
        wanted = {request.fingerprint: self.edition(request) for request in requests if self.edition(request)}
        if not wanted:
            return {}
        done = select(JobRow.fingerprint, JobRow.edition, JobRow.result, JobRow.outcome).where(
            JobRow.fingerprint.in_(wanted), JobRow.edition.in_(set(wanted.values())), JobRow.status == Status.DONE
        )
        found = {}
        for fingerprint, edition, result, outcome in await session.execute(done):
            if result and outcome and wanted[fingerprint] == edition:
                plain = outcome | {"seconds": 0.0, "remembered": True}
                found[fingerprint] = Outcome.from_dict({"result": result, **plain})
        return found
