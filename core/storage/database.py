"""The database: SQLite in a file, or PostgreSQL by its URL. One writer at a time, any number of readers."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from core.errors import RefusedError
from core.storage.migrating import upgrade
from core.storage.troubles import refusal_for, sqlite_refusal, start_error_for

_BUSY_SECONDS = 5  # how long a lock that another process holds is waited for
_WAITS = (0.1, 0.2, 0.4, 0.8, 1.6)  # seconds; SQLite does not wait by itself when two starts turn WAL on at once
_WRITERS_LOCK = 73_747_961  # PostgreSQL's advisory lock of this program; any number that stays the same
_TAKE_WRITERS_LOCK = text("SELECT pg_advisory_xact_lock(:lock)").bindparams(lock=_WRITERS_LOCK)


class Database:
    """Sessions over one engine, opened with `async with`.

    Writers take turns: in this process by a lock, between processes by BEGIN IMMEDIATE (SQLite) or an advisory lock
    (PostgreSQL). A writer may so read, decide and write, and nothing fails half-way with "database is locked". The
    price is that write transactions do not overlap; each takes milliseconds, a job takes seconds.
    """

    def __init__(self, url: str) -> None:
        """`url`: "sqlite+aiosqlite:///path/to/file" or "postgresql+asyncpg://user:password@host/name"."""
        self._url = make_url(url)
        self._engine = _make_engine(self._url)
        self._readers = async_sessionmaker(self._engine, expire_on_commit=False)
        self._writers = async_sessionmaker(self._engine.execution_options(writes=True), expire_on_commit=False)
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Open it and bring its tables up to date. Raises StartError."""
        try:
            await self.migrate()
        except BaseException:
            await self._engine.dispose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._engine.dispose()

    async def migrate(self) -> None:
        """Apply the migrations that are missing. Raises StartError: newer-database, database, folder, disk-full."""
        # An engine of its own: SQLite rebuilds tables to alter them, which foreign keys must not watch.
        engine = _make_engine(self._url, foreign_keys=False, poolclass=NullPool, execution_options={"writes": True})
        try:
            if engine.dialect.name == "sqlite" and self._url.database:
                await asyncio.to_thread(_prepare_file, Path(self._url.database))
            async with engine.begin() as connection:
                await _lock_writers(connection)
                await connection.run_sync(upgrade)
        except (DBAPIError, sqlite3.Error, OSError) as error:
            raise start_error_for(error) from error
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session on one consistent state (SQLite) that must not write."""
        async with self._readers() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """The one writing transaction: committed at the end of the block, rolled back by any error. Never nested.

        Raises RefusedError("busy") where another process holds the lock too long, and RefusedError("disk-full").
        """
        try:
            async with self._turn, self._writers.begin() as session:
                await _lock_writers(await session.connection())
                yield session
        except DBAPIError as error:
            if reason := refusal_for(error):
                raise RefusedError(reason) from error
            raise


async def _lock_writers(connection: AsyncConnection) -> None:
    """PostgreSQL only: SQLite took its lock with BEGIN IMMEDIATE."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_TAKE_WRITERS_LOCK)


def _prepare_file(file: Path) -> None:
    """Make the file and turn on WAL, which it remembers.

    By the plain driver: aiosqlite leaves a thread that dies noisily where a file cannot be opened.
    """
    file.absolute().parent.mkdir(parents=True, exist_ok=True)
    for wait in (*_WAITS, None):
        try:
            with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if wait is None or sqlite_refusal(error) != "busy":
                raise
            time.sleep(wait)


def _make_engine(url: URL, *, foreign_keys: bool = True, **options: Any) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True, **options)
    engine = create_async_engine(url, connect_args={"timeout": _BUSY_SECONDS}, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guess
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")  # a commit survives a power cut, not only a killed process
        cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later cannot wait for its lock; one that takes it at once can.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
