"""Bytes to pictures, in processes that may die of it.

Pictures of strangers are decoded by C libraries; each decoding process has a bounded address space and a bounded time
a picture, and is replaced when it dies. Callers wait their turn in order: never more than `workers` are at work.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from core.errors import PictureError
from core.imaging.decode import IntakeLimits, Picture, confine, decode_marked, decode_mask, decode_picture

__all__ = ["Intake", "IntakeLimits", "Picture"]

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_GRACE = 15.0  # seconds beyond a picture's own for a process to start on a busy machine; then the pool is stuck
_FAREWELL = 5.0  # seconds for what is being decoded when the program ends; idle processes take hundredths of one
_DAMAGED = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGFPE, -signal.SIGILL} if hasattr(signal, "SIGKILL") else set()
_TOO_SLOW = {-signal.SIGXCPU} if hasattr(signal, "SIGXCPU") else set()


class Intake:
    """Opens pictures and masks. Owned by the application: `async with Intake(limits) as intake`."""

    def __init__(self, limits: IntakeLimits | None = None) -> None:
        self._limits = limits or IntakeLimits()
        self._turns = asyncio.Semaphore(self._limits.workers)

    async def __aenter__(self) -> Self:
        self._pool = self._new_pool()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(_leave, self._pool)

    async def open(self, data: bytes) -> Picture:
        """Raises PictureError, and nothing else, for bytes that cannot be taken."""
        return await self._ask(data, decode_picture, data, self._limits)

    async def open_marked(self, data: bytes) -> tuple[Picture, dict[str, Any] | None]:
        """A picture and the settings that it carries, if any: as anybody may have written them. Raises PictureError."""
        return await self._ask(data, decode_marked, data, self._limits)

    async def open_mask(self, data: bytes, width: int, height: int) -> bytes:
        """A grey PNG of `width` x `height` (those of the Picture it belongs to).

        White is what changes, grey by as much as it is light. Raises InputError ("mask-size", "mask-empty") and
        PictureError.
        """
        return await self._ask(data, decode_mask, data, width, height, self._limits)

    async def _ask(
        self, data: bytes, work: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Answer:
        if not data:
            raise PictureError("empty")
        if len(data) > self._limits.max_bytes:
            limit = self._limits.max_bytes
            raise PictureError("too-many-bytes", megabytes=f"{len(data) / 1e6:.1f}", limit=f"{limit / 1e6:g}")
        async with self._turns:
            try:
                return await self._attempt(work, *args, **kwargs)
            except BrokenProcessPool:  # a process died between two pictures: no fault of this one
                return await self._attempt(work, *args, **kwargs)

    async def _attempt(self, work: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        if not self._pool.active:
            self._replace(self._pool)
        pool = self._pool
        future = pool.schedule(work, args=args, kwargs=kwargs, timeout=self._limits.seconds)
        try:
            async with asyncio.timeout(self._limits.seconds + _GRACE) as patience:
                answer: Answer = await asyncio.wrap_future(future)
                return answer
        except ProcessExpired as death:
            raise PictureError(_reason(death.exitcode)) from None
        except TimeoutError:
            if patience.expired():
                self._replace(pool)
            raise PictureError("too-slow") from None

    def _replace(self, broken: ProcessPool) -> None:
        """Put a new pool in the place of a broken one, unless another caller did; the old one is cleared away aside."""
        if self._pool is broken:
            self._pool = self._new_pool()
            threading.Thread(target=_end, args=(broken,), name="intake-end", daemon=True).start()

    def _new_pool(self) -> ProcessPool:
        """Started at once, so that the first picture does not wait for imports. Spawned: nothing is inherited."""
        pool = ProcessPool(
            max_workers=self._limits.workers,
            initializer=confine,
            initargs=[self._limits.memory_bytes],
            context=multiprocessing.get_context("spawn"),
        )
        pool.schedule(int)
        return pool


def _leave(pool: ProcessPool) -> None:
    """Let processes that are still starting get up first: one that is stopped then leaves a traceback behind."""
    pool.close()
    try:
        pool.join(_FAREWELL)
    except TimeoutError:
        _end(pool)


def _end(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()


def _reason(exitcode: int) -> str:
    """Of a decoding process's death: its own time limit, a crash on damaged bytes, or somebody short of memory."""
    if exitcode in _TOO_SLOW:
        return "too-slow"
    return "truncated" if exitcode in _DAMAGED else "too-heavy"
