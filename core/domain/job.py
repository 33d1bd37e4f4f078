"""A job: a request with an owner, a place to answer and a status."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Self

from core.domain.likeness import Resemblance
from core.domain.names import BlobId, CardId, CharacterId, JobId, PersonId, Place
from core.domain.request import Request


class Status(Enum):
    """Where a job is in its life."""

    QUEUED = "queued"  # accepted and stored; nobody works on it
    RUNNING = "running"  # leased to an engine
    DONE = "done"  # has a result
    FAILED = "failed"  # has a sentence that says why
    CANCELLED = "cancelled"  # ended by its owner or a moderator

    @property
    def is_final(self) -> bool:
        return not MOVES[self]


# running -> queued: its engine or the whole program died, and it will be leased again
MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.CANCELLED, Status.FAILED}),
    Status.RUNNING: frozenset({Status.QUEUED, Status.DONE, Status.FAILED, Status.CANCELLED}),
    Status.DONE: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why a job failed: a sentence's key and values (see core.errors), so that it can be said in any language."""

    key: str
    values: dict[str, str | int | float | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a finished generation left behind. Sizes in pixels, `seconds` of engine time.

    `remembered`: an equal request had left it before, and nothing was run for this one. `likeness`: how much it is the
    character it was made with, where the request asked for that and something could measure it.
    """

    result: BlobId
    width: int
    height: int
    steps_run: int
    seconds: float
    note: str = ""  # what was done to the size, for example "512x384 from 4032x3024"
    unread: str = ""  # words of the prompt that the model had no room for
    remembered: bool = False
    likeness: Resemblance | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` is the way back. Newer fields only where they are used."""
        plain = asdict(self)
        if not self.likeness:
            del plain["likeness"]
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        likeness = plain.get("likeness")
        return cls(**plain | {"likeness": Resemblance(**likeness) if likeness else None})


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One row. Times are seconds since the epoch from the injected clock; `cost` in engine seconds (estimated).

    What has not ended at `deadline` is given up.

    Jobs that share one card (a sweep, `count`) share `card` and differ in `index` (0, 1, ...). `command` is the name
    of the command that made it ("restyle", "sweep"); `words` what the person typed, for Edit. `character` is the one it
    was made with, and may be deleted since; `label` tells it apart on a sheet of variations. `identity` is how the
    platform knows who asked, where that is not the owner: a person may be linked on several.
    """

    id: JobId
    card: CardId
    index: int
    owner: PersonId
    owner_name: str
    place: Place
    command: str
    words: str
    request: Request
    status: Status
    cost: float
    created_at: float
    original_width: int
    original_height: int
    started_at: float | None = None
    finished_at: float | None = None
    deaths: int = 0
    outcome: Outcome | None = None
    problem: Problem | None = None
    private: bool = False
    deadline: float | None = None
    character: CharacterId | None = None
    label: str = ""
    identity: PersonId | None = None

    @property
    def asker(self) -> PersonId:
        """Who is told of it."""
        return self.identity or self.owner

    @property
    def is_finished(self) -> bool:
        return self.status.is_final


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a queued job stands: 1-based position, how many wait in all, and seconds until it should start."""

    position: int
    waiting: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right to work on a job until `expires_at`; a result under a lease that was lost is thrown away.

    A job that has ended already needs no work: an equal one was done while it waited.
    """

    job: Job
    token: str
    expires_at: float
