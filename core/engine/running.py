"""What running a request means: who runs, what it tells and asks, what comes out. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from PIL import Image

from core.domain.likeness import Resemblance
from core.domain.names import BlobId, JobId
from core.domain.request import Request
from core.engine.contract import ModelState
from core.errors import EngineError

NOTHING: Mapping[BlobId, bytes] = MappingProxyType({})


class StoppedError(Exception):
    """Raised between two steps of a job that was cancelled."""


def interruption(hooks: Hooks) -> StoppedError | EngineError | None:
    """Why a job has to leave before its next step, if it has to."""
    if hooks.cancelled:
        return StoppedError()
    return EngineError("late") if hooks.overdue else None


class Hooks:
    """This one says nothing and lets the run go on to its end."""

    @property
    def watched(self) -> bool:
        """Whether somebody wants previews now."""
        return False

    @property
    def cancelled(self) -> bool:
        """Whether to stop before the next step."""
        return False

    @property
    def overdue(self) -> bool:
        """Whether its deadline has passed: then it is given up before the next step."""
        return False

    def started(self, steps: int) -> None:
        """The first of `steps` steps is about to run."""

    def stepped(self, step: int, steps: int) -> None:
        """`step` of `steps` are done."""

    def previewed(self, step: int, jpeg: bytes) -> None:
        """What it looks like so far."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A result: RGB, of the request's size. `unread` are the words of the prompt that the model has no room for."""

    image: Image.Image
    steps_run: int
    unread: str = ""
    likeness: Resemblance | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A job as it came in; `picture`, `mask` and `others` (those of `request.others`) are PNG of any size.

    Owners who have more in the engine than it steps at once share it evenly.
    """

    job: JobId
    request: Request
    picture: bytes
    mask: bytes | None
    hooks: Hooks
    others: Mapping[BlobId, bytes] = field(default_factory=dict, hash=False)
    owner: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A job that left: with a result, or with the error that says why not. `seconds` of the device were its own."""

    job: JobId
    rendered: Rendered | None = None
    error: EngineError | StoppedError | None = None
    seconds: float = 0.0


class Loaded(Protocol):
    """A loaded model."""

    @property
    def device(self) -> str: ...

    @property
    def dtype(self) -> str: ...

    @property
    def schedulers(self) -> list[str]:
        """The names it can use."""
        ...

    @property
    def notes(self) -> list[str]:
        """For the operator's log."""
        ...


class Runner(Loaded, Protocol):
    """Runs one request from its start to its end; core.engine.runner.PipelineRunner does."""

    def run(
        self,
        request: Request,
        picture: bytes,
        mask: bytes | None,
        hooks: Hooks,
        others: Mapping[BlobId, bytes] = NOTHING,
    ) -> Rendered:
        """Raises EngineError and StoppedError, nothing else."""
        ...


class Stepper(Loaded, Protocol):
    """Works on several tasks a bit at a time. Not thread-safe."""

    @property
    def capacity(self) -> int:
        """How many tasks it can use at once."""
        ...

    @property
    def is_busy(self) -> bool: ...

    @property
    def figures(self) -> dict[str, float]:
        """Running counts for the operator, by name. Read by another thread."""
        ...

    @property
    def models(self) -> list[ModelState]:
        """What it has loaded, and what else it offers. Read by another thread."""
        ...

    def start(self, task: Task) -> None: ...

    def tick(self) -> list[Ended]:
        """A bit of work; those it ended. Raises nothing that a task could cause."""
        ...
