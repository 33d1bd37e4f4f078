"""That a session changed, told to whoever shows it: at most one word for each session waits for a watcher."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from core.domain.session import SessionId


class Listener:
    """One subscriber: it hears that something changed, however often it did meanwhile."""

    def __init__(self) -> None:
        self._pending: dict[SessionId, None] = {}
        self._wake = asyncio.Event()

    def offer(self, session: SessionId) -> None:
        self._pending[session] = None
        self._wake.set()

    def __aiter__(self) -> AsyncIterator[SessionId]:
        return self

    async def __anext__(self) -> SessionId:
        while not self._pending:
            self._wake.clear()
            await self._wake.wait()
        session = next(iter(self._pending))
        del self._pending[session]
        return session


class SessionNews:
    """Fan-out inside the chat process. The rows are the truth: this only says that it is worth looking."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def tell(self, session: SessionId) -> None:
        """Never blocks."""
        for listener in self._listeners:
            listener.offer(session)

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
