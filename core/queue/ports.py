"""The queue as the rest of the house sees it; `core.storage.jobs` keeps it in a database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.job import Job, Lease, Outcome, Problem, Standing, Status
from core.domain.names import CardId, JobId, PersonId


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one person may have at a time, and how long a job may take from its acceptance to its end."""

    running: int = 3
    waiting: int = 10
    job_seconds: float = 6 * 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancellation:
    """A job after it was asked to end; `was` says in which state it was caught (final: it had already ended)."""

    job: Job
    was: Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """The queue at a glance. `cost` is the estimated engine seconds of all that wait."""

    waiting: int
    running: int
    people: int
    cost: float


class Recalled(Protocol):
    """How many jobs an earlier result answered, and how many were given to an engine, since the program started."""

    @property
    def hits(self) -> int: ...

    @property
    def misses(self) -> int: ...


class JobQueue(Protocol):
    """Durable rows with fair turns. Every method is one transaction; when it returns, it is on disk.

    A lease is lost when it expires and is reclaimed, or when its job is cancelled or deleted; what a lost lease
    reports is thrown away (the methods then return None), so a job ends exactly once.
    """

    @property
    def recalls(self) -> Recalled: ...

    async def submit(self, jobs: Sequence[Job], limits: Limits) -> dict[JobId, Standing]:
        """Store all of the jobs or none; says where each stands that has to wait.

        The others are DONE already: an equal request had left its result, which costs nothing and knows no limit.
        Raises RefusedError("waiting") beyond a limit.
        """
        ...

    async def lease(self, worker: str, seconds: float, running_limit: int) -> Lease | None:
        """The next job by fairness, now RUNNING and leased to `worker`; None if nothing may start.

        People who already have `running_limit` jobs running are passed over, not blocked behind. A job that an equal
        one has answered meanwhile comes back DONE, under no lease.
        """
        ...

    async def renew(self, tokens: Collection[str], seconds: float) -> set[str]:
        """Extend these leases by `seconds` from now; returns the tokens that are still good."""
        ...

    async def finish(self, lease: Lease, outcome: Outcome) -> Job | None: ...

    async def fail(self, lease: Lease, problem: Problem) -> Job | None: ...

    async def release(self, lease: Lease, *, died: bool) -> Job | None:
        """Back into the queue, at its old rank. `died`: its engine died of it; the second death fails the job."""
        ...

    async def reclaim(self, keep: str | None) -> list[Job]:
        """Requeue running jobs whose lease expired, except those of the worker named `keep`, which knows its own."""
        ...

    async def reclaim_all(self) -> list[Job]:
        """Requeue every running job: for a start where no other worker can be alive. No deaths are counted."""
        ...

    async def cancel(self, job: JobId) -> Cancellation:
        """End it if it has not ended. Raises NotFoundError."""
        ...

    async def overdue(self) -> list[Job]:
        """Fail the waiting jobs whose deadline has passed, at no cost to their owners; returns them."""
        ...

    async def get(self, job: JobId) -> Job:
        """Raises NotFoundError."""
        ...

    async def card(self, card: CardId) -> list[Job]:
        """All jobs of a card in order of their index. Raises NotFoundError where there is none."""
        ...

    async def history(
        self, owner: PersonId, limit: int, before: CardId | None = None, conversation: str | None = None
    ) -> list[list[Job]]:
        """A person's cards, newest first, each as its jobs in order; `before` continues an earlier answer."""
        ...

    async def unfinished(self, owner: PersonId | None = None) -> list[Job]:
        """Queued and running jobs, in the order they should be served (running first); at most 1,000."""
        ...

    async def standings(self, jobs: Collection[JobId]) -> dict[JobId, Standing]:
        """Where those of the jobs stand that are queued. `seconds` counts engine seconds ahead of each."""
        ...

    async def load(self) -> Load: ...

    async def delete(self, card: CardId) -> None:
        """Forget a card and its jobs; unfinished ones are cancelled by it."""
        ...

    async def expire(self, before: float) -> int:
        """Forget finished jobs that ended before `before`; returns how many."""
        ...
