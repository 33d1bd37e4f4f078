"""Questions about pictures, answered by an engine between two steps: no jobs, for whoever asks can ask again."""

from __future__ import annotations

import asyncio

from core.domain.job import Problem
from core.engine.contract import Look, Looked
from core.errors import EngineError, ModelError


class Looks:
    """What one engine was asked and has not answered yet; what it cannot be told now waits until it is ready."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Look, asyncio.Future[bytes]]] = {}

    @property
    def waiting(self) -> list[Look]:
        return [look for look, _ in self._open.values()]

    def add(self, look: Look) -> asyncio.Future[bytes]:
        """Its answer. Whoever waits no longer cancels it. Raises EngineError, ModelError."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._open[look.id] = (look, future)
        future.add_done_callback(lambda _: self._open.pop(look.id, None))
        return future

    def answered(self, event: Looked) -> None:
        _, future = self._open.get(event.id, (None, None))
        if future is None or future.done():
            return
        if event.problem:
            future.set_exception(_error_of(event.problem))
        else:
            future.set_result(event.area)

    def fail(self) -> None:
        """The engine has gone, and what it was asked with it."""
        for _, future in list(self._open.values()):
            if not future.done():
                future.set_exception(EngineError("away"))


def _error_of(problem: Problem) -> EngineError:
    family, _, reason = problem.key.partition(".")
    kind = ModelError if family == ModelError.family else EngineError
    return kind(reason, **problem.values)
