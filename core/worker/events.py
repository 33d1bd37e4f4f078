"""What happens to jobs, told to whoever watches.

Watchers get the latest state of each job, not a log: a slow watcher misses steps in the middle and never the end.
The rows are the truth; events only say that it is worth looking, and carry what rows do not hold (steps, previews).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum

from core.domain.names import CardId, JobId, PersonId


class Happening(Enum):
    """What happened to a job."""

    QUEUED = "queued"  # accepted, or back in the queue after its engine died
    STARTED = "started"  # leased; the first step comes soon
    STEPPED = "stepped"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobEvent:
    """The state of one job just after something happened. `step` of `steps` are done; `preview` is a small JPEG.

    `owner` is the identity that asked: whoever it belongs to at this moment is told.
    """

    job: JobId
    card: CardId
    owner: PersonId
    happening: Happening
    step: int = 0
    steps: int = 0
    preview: bytes | None = None

    @property
    def is_last(self) -> bool:
        return self.happening in {Happening.DONE, Happening.FAILED, Happening.CANCELLED, Happening.DELETED}


class Watcher:
    """One subscriber's view: at most one pending event per job, the newest."""

    def __init__(self, owner: PersonId | None, who: Callable[[PersonId], PersonId]) -> None:
        self.owner = owner
        self._who = who
        self._pending: dict[JobId, JobEvent] = {}
        self._wake = asyncio.Event()
        self._closed = False

    def offer(self, event: JobEvent) -> None:
        if self.owner is None or self._who(self.owner) == self._who(event.owner):
            self._pending.pop(event.job, None)
            self._pending[event.job] = event
            self._wake.set()

    def close(self) -> None:
        self._closed = True
        self._wake.set()

    def __aiter__(self) -> AsyncIterator[JobEvent]:
        return self

    async def __anext__(self) -> JobEvent:
        while not self._pending:
            if self._closed:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._pending.pop(next(iter(self._pending)))


class Events:
    """Fan-out inside the chat process; remembers the newest event of every unfinished job.

    `who` tells which person an identity belongs to now: people link and part while jobs run.
    """

    def __init__(self, who: Callable[[PersonId], PersonId] = lambda identity: identity) -> None:
        self._who = who
        self._watchers: set[Watcher] = set()
        self._latest: dict[JobId, JobEvent] = {}

    def publish(self, event: JobEvent) -> None:
        """Never blocks: a watcher holds one event per job."""
        if event.is_last:
            self._latest.pop(event.job, None)
        else:
            known = self._latest.get(event.job)
            if event.happening is Happening.STEPPED and event.preview is None and known and known.preview:
                event = replace(event, preview=known.preview)
            self._latest[event.job] = event
        for watcher in self._watchers:
            watcher.offer(event)

    def latest(self, job: JobId) -> JobEvent | None:
        """The newest event of an unfinished job, or None: nothing happened to it since this process started."""
        return self._latest.get(job)

    @contextmanager
    def watch(self, owner: PersonId | None = None) -> Iterator[Watcher]:
        """Events of one person's jobs, or of everybody's, while inside the block."""
        watcher = Watcher(owner, self._who)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def close(self) -> None:
        """End every watcher's iteration: the program stops."""
        for watcher in self._watchers:
            watcher.close()
