"""What running a request means: who runs, what it tells and asks, what comes out. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from core.domain.request import Request


class StoppedError(Exception):
    """Raised between two steps of a job that was cancelled."""


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

    def started(self, steps: int) -> None:
        """The first of `steps` steps is about to run."""

    def stepped(self, step: int, steps: int) -> None:
        """`step` of `steps` are done."""

    def previewed(self, step: int, jpeg: bytes) -> None:
        """What it looks like so far."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A result: RGB, of the request's size."""

    image: Image.Image
    steps_run: int


class Runner(Protocol):
    """A loaded model; core.engine.runner.PipelineRunner is one. One run at a time."""

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

    def run(self, request: Request, picture: bytes, mask: bytes | None, hooks: Hooks) -> Rendered:
        """Raises EngineError and StoppedError, nothing else."""
        ...
