"""Up, down, up again, and equal to the tables of the code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.migrating import alembic_config
from core.storage.people import PeopleStore
from core.storage.tables import Base
from tests.core.storage.making import LIMITS, FakeClock, Jobs, store_blob_rows


async def on(url: str, work: Callable[[Connection], Any]) -> Any:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        answer = await connection.run_sync(work)
    await engine.dispose()
    return answer


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


async def test_the_migrations_make_the_tables_of_the_code(url: str) -> None:
    await Database(url).migrate()
    assert await on(url, differences) == []


async def test_down_takes_everything_away_and_up_brings_it_back(url: str) -> None:
    async with Database(url) as database:
        await store_blob_rows(database)
        await JobStore(database, FakeClock()).submit([Jobs()()], LIMITS)
    await on(url, lambda connection: command.downgrade(alembic_config(connection), "base"))
    assert await on(url, lambda connection: inspect(connection).get_table_names()) == ["alembic_version"]
    async with Database(url) as database:
        assert (await JobStore(database, FakeClock()).load()).waiting == 0
    assert await on(url, differences) == []


async def test_migrating_again_changes_nothing(url: str) -> None:
    new = Jobs()
    async with Database(url) as database:
        await PeopleStore(database).prefer(new().owner, style="ink")
        await store_blob_rows(database)
        await JobStore(database, FakeClock()).submit([new()], LIMITS)
    async with Database(url) as database:
        assert await PeopleStore(database).preferences(new().owner) == {"style": "ink"}
        assert (await JobStore(database, FakeClock()).load()).waiting == 1


async def test_a_folder_with_a_percent_sign_is_no_trouble(tmp_path: Path) -> None:
    async with Database(f"sqlite+aiosqlite:///{tmp_path}/50%25 off/restyle.db"):
        pass
