"""The worker: the chat process's side of all engines."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from core.domain.names import JobId, new_id
from core.engine.contract import EngineConfig, Look
from core.errors import EngineError
from core.worker.desk import LEASE, Desk, Outside
from core.worker.engine_process import ENGINE
from core.worker.lane import Lane
from core.worker.status import EngineState, EngineStatus

__all__ = ["EngineState", "EngineStatus", "Outside", "Worker"]

log = logging.getLogger(__name__)

_HEARTBEAT = LEASE / 4
_POLL = 5.0  # seconds between looks at the queue when nobody calls wake
_LOOKING = 60.0  # seconds for an answer about a picture, which an engine gives between two steps
_PATIENCE = 20.0  # seconds for running jobs at a stop


class Worker:
    """`async with Worker(outside, configs)`: engines run, and jobs are leased, exactly as long as the block.

    One engine process for each of `configs`, all of the same model. Nothing blocks: methods only pass things on.
    """

    def __init__(
        self,
        outside: Outside,
        configs: Sequence[EngineConfig],
        *,
        poll: float = _POLL,
        patience: float = _PATIENCE,
        program: str = ENGINE,
    ) -> None:
        self.name = f"worker-{os.getpid()}-{secrets.token_hex(4)}"
        self._desk = Desk(outside, self.name)
        self._clock = outside.clock
        self._patience = patience
        self._lanes = [
            Lane(f"engine{number}", config, self._desk, outside.clock, poll, program)
            for number, config in enumerate(configs)
        ]

    async def __aenter__(self) -> Self:
        await self._desk.reclaim_all()
        for lane in self._lanes:
            lane.start()
        self._heart = asyncio.create_task(self._beat(), name=f"{self.name}-heartbeat")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(lane.stop(self._patience) for lane in self._lanes))
        self._heart.cancel()
        await asyncio.gather(self._heart, return_exceptions=True)
        with suppress(TimeoutError):  # a database that stays locked: the next start reclaims
            async with asyncio.timeout(self._patience):
                await self._desk.release_all()

    def wake(self) -> None:
        """Something was submitted."""
        for lane in self._lanes:
            lane.wake()

    async def cancel(self, job: JobId) -> None:
        """Stop working on a job that was ended in the queue; nothing more is told about it from here."""
        for lane in self._lanes:
            lane.cancel(job)

    async def watch(self, job: JobId, *, previews: bool) -> None:
        """Somebody began or stopped looking at a job: previews are made only while somebody does."""
        for lane in self._lanes:
            lane.watch(job, previews=previews)

    async def look(self, model: str, picture: bytes, words: str = "") -> bytes:
        """Where the face is on an upright PNG, or what the words name: a grey PNG of its size, white where it is.

        Raises EngineError("no-face", "away"), ModelError.
        """
        look = Look(id=new_id(self._clock.now()), model=model, picture=picture, words=words)
        lane = min(self._lanes, key=Lane.remaining_seconds)
        try:
            async with asyncio.timeout(_LOOKING):
                return await lane.look(look)
        except TimeoutError:
            raise EngineError("away") from None

    def status(self) -> list[EngineStatus]:
        """One for each engine."""
        return [lane.status for lane in self._lanes]

    def remaining_seconds(self) -> float:
        """Estimated seconds until an engine is free."""
        return min((lane.remaining_seconds() for lane in self._lanes), default=0.0)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT)
            try:
                await self._desk.give_up_late()
                lost = await self._desk.renew()
            except Exception:  # a lease outlives three missed beats
                log.warning("worker.heartbeat-missed", exc_info=True)
                continue
            for job in lost:
                log.warning("worker.lease-lost job=%s", job)
                self._desk.forget(job)
                await self.cancel(job)
