"""What the service tells about jobs: rows joined with what is known of them at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from core.domain.job import Job, Standing, Status
from core.domain.names import CardId, JobId, PersonId
from core.queue.ports import Load, Recalled
from core.worker.status import EngineState


@dataclass(frozen=True, kw_only=True, slots=True)
class JobState:
    """A job now: its row, `step` of `steps` done, the newest preview (JPEG), and where it stands while it waits."""

    job: Job
    step: int = 0
    steps: int = 0
    preview: bytes | None = None
    standing: Standing | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CardState:
    """A card now: one job, or the several of a sweep. `engine`: the engines' state while none of them can work."""

    jobs: tuple[JobState, ...]
    engine: EngineState | None = None

    @property
    def id(self) -> CardId:
        return self.first.card

    @property
    def first(self) -> Job:
        return self.jobs[0].job

    def placed(self, places: Mapping[JobId, Standing]) -> Self:
        """With these standings in place of those it has."""
        jobs = (replace(state, standing=places.get(state.job.id, state.standing)) for state in self.jobs)
        return replace(self, jobs=tuple(jobs))

    @property
    def owner(self) -> PersonId:
        return self.first.owner

    @property
    def status(self) -> Status:
        """The least finished of its jobs; once all have ended, DONE if any has a result."""
        present = {state.job.status for state in self.jobs}
        for status in (Status.RUNNING, Status.QUEUED, Status.DONE, Status.FAILED, Status.CANCELLED):
            if status in present:
                return status
        raise AssertionError("a card has at least one job")

    @property
    def is_finished(self) -> bool:
        return all(state.job.is_finished for state in self.jobs)


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueView:
    """The queue as one person sees it: the load of all, and their own unfinished cards; what it could recall so far."""

    load: Load
    mine: tuple[CardState, ...]
    recalls: Recalled
