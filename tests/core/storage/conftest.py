"""Databases for the contract suite: a fresh SQLite file, or an emptied PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from core.storage.blobs import BlobStore, open_folder
from core.storage.database import Database
from core.storage.jobs import JobStore
from tests.core.storage.making import FakeClock
from tests.postgres import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database can be made."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/data/restyle.db"
    address: str = request.getfixturevalue("postgres")
    await empty_postgres(address)
    return address


async def empty_postgres(address: str) -> None:
    engine = create_async_engine(address)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with Database(url) as database:
        yield database


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def blobs(database: Database, clock: FakeClock, tmp_path: Path) -> BlobStore:
    return BlobStore(database, open_folder(tmp_path / "blobs"), clock)


@pytest.fixture
def jobs(database: Database, clock: FakeClock) -> JobStore:
    return JobStore(database, clock)
