"""What a run tells and asks while it goes on. Imports no torch."""

from __future__ import annotations


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
