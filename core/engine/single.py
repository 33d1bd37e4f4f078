"""One task at a time, each from its start to its end. Imports no torch."""

from __future__ import annotations

import time
from collections import deque

from core.engine.contract import ModelState
from core.engine.running import Ended, Runner, StoppedError, Task, interruption
from core.errors import EngineError


class OverRunner:
    """What a stepper says of its model: what its runner does."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @property
    def device(self) -> str:
        return self._runner.device

    @property
    def dtype(self) -> str:
        return self._runner.dtype

    @property
    def schedulers(self) -> list[str]:
        return self._runner.schedulers

    @property
    def notes(self) -> list[str]:
        return self._runner.notes

    @property
    def models(self) -> list[ModelState]:
        return []


class OneAtATime(OverRunner):
    """A `Stepper` over a `Runner`: a tick is a whole run."""

    capacity = 1

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self._waiting: deque[Task] = deque()

    @property
    def figures(self) -> dict[str, float]:
        return {}

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting)

    def start(self, task: Task) -> None:
        self._waiting.append(task)

    def tick(self) -> list[Ended]:
        """The first of those that wait."""
        task = self._waiting.popleft()
        began = time.perf_counter()
        try:
            if reason := interruption(task.hooks):
                raise reason
            rendered = self._runner.run(task.request, task.picture, task.mask, task.hooks, task.others)
        except (StoppedError, EngineError) as error:
            return [Ended(job=task.job, error=error)]
        return [Ended(job=task.job, rendered=rendered, seconds=time.perf_counter() - began)]
