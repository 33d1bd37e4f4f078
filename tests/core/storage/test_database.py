"""Opening, locking and surviving."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from core.domain.job import Status
from core.errors import RefusedError, StartError
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.people import PeopleStore
from tests.core.storage.making import NO_LIMITS, FakeClock, Jobs, store_blob_rows

CHILD = """
import asyncio, sys
from core.storage.database import Database
from core.storage.jobs import JobStore
from tests.core.storage.making import NO_LIMITS, FakeClock, Jobs
from itertools import count

async def main(url, first, amount):
    new = Jobs(count(first))
    async with Database(url) as database:
        store = JobStore(database, FakeClock())
        for _ in range(amount):
            job = new(f"web:{first}")
            await store.submit([job], NO_LIMITS)
            print(job.id, flush=True)
    print("end", flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "restyle.db"


def sqlite(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def submitting_process(url: str, first: int, amount: int) -> subprocess.Popen[str]:
    """A process of its own that submits jobs and prints each id after submit() returned."""
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(first), str(amount)], stdout=subprocess.PIPE, text=True
    )


async def test_what_a_killed_process_said_was_accepted_is_there(url: str) -> None:
    async with Database(url) as database:
        await store_blob_rows(database)
    with submitting_process(url, 1, 10**6) as child:
        assert child.stdout is not None
        told = [child.stdout.readline().strip() for _ in range(7)]
        child.send_signal(signal.SIGKILL)
        told += [line.strip() for line in child.stdout if line.endswith("\n")]
    async with Database(url) as database:
        found = await JobStore(database, FakeClock()).unfinished()
    assert {job.id for job in found} >= set(told)
    assert all(job.status is Status.QUEUED for job in found)


async def test_two_processes_write_at_once_without_an_error(url: str) -> None:
    async with Database(url) as database:
        await store_blob_rows(database)
    children = [submitting_process(url, 10**6 * number, 60) for number in (1, 2)]
    ends = [await asyncio.to_thread(child.communicate) for child in children]
    assert [out.split()[-1] for out, _ in ends] == ["end", "end"]
    async with Database(url) as database:
        found = await JobStore(database, FakeClock()).unfinished()
    assert len({job.id for job in found}) == 120


async def test_many_tasks_write_and_read_at_once(database: Database) -> None:
    await store_blob_rows(database)
    store, people, new = JobStore(database, FakeClock()), PeopleStore(database), Jobs()
    submissions = [store.submit([new()], NO_LIMITS) for _ in range(100)]
    preferences = [people.prefer(new().owner, **{f"key{number}": number}) for number in range(50)]
    await asyncio.gather(*submissions, *preferences, *(store.load() for _ in range(100)))
    assert (await store.load()).waiting == 100
    assert len(await people.preferences(new().owner)) == 50


async def test_a_lock_that_another_process_holds_for_a_while_is_waited_for(file: Path) -> None:
    async with Database(sqlite(file)) as database:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.7, other.execute, "COMMIT")
        await PeopleStore(database).prefer(Jobs()().owner, style="ink")
        other.close()
        assert await PeopleStore(database).preferences(Jobs()().owner) == {"style": "ink"}


async def test_a_lock_that_is_never_given_back_is_a_refusal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.storage.database._BUSY_SECONDS", 0.1)
    async with Database(sqlite(file)) as database:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RefusedError) as refusal:
            await PeopleStore(database).prefer(Jobs()().owner, style="ink")
        assert refusal.value.key == "refused.busy"
        other.close()
        await PeopleStore(database).prefer(Jobs()().owner, style="ink")


async def test_a_full_disk_is_a_refusal_and_leaves_what_was_there(file: Path) -> None:
    async with Database(sqlite(file)) as database:
        await store_blob_rows(database)
        store, new = JobStore(database, FakeClock()), Jobs()
        await store.submit([new()], NO_LIMITS)
        async with database.read() as session:  # the pool has one connection yet: the next writer gets this one
            pages = await session.scalar(text("PRAGMA page_count"))
            await session.execute(text(f"PRAGMA max_page_count={pages}"))
        with pytest.raises(RefusedError) as refusal:
            await store.submit([new() for _ in range(100)], NO_LIMITS)
        assert refusal.value.key == "refused.disk-full"
        assert (await store.load()).waiting == 1


async def test_nothing_of_a_block_that_fails_is_kept(database: Database) -> None:
    async def write_and_fail() -> None:
        async with database.write() as session:
            await session.execute(text("INSERT INTO people (id, preferences) VALUES ('web:ann', '{}')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM people")) == 0


async def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    async with Database(url) as database, database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StartError) as trouble:
        await Database(url).migrate()
    assert trouble.value.key == "start.newer-database"


async def test_two_starts_at_once_migrate_once(url: str) -> None:
    await asyncio.gather(*(Database(url).migrate() for _ in range(4)))
    async with Database(url) as database, database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM queue_clock")) == 1


def test_a_file_that_is_not_a_database_is_named(file: Path) -> None:
    file.write_bytes(b"holiday pictures" * 1000)
    with pytest.raises(StartError) as trouble:
        asyncio.run(Database(sqlite(file)).migrate())
    assert trouble.value.key == "start.database"


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    for path in (tmp_path / "data" / "restyle.db", tmp_path / "data" / "deeper" / "restyle.db"):
        with pytest.raises(StartError) as trouble:
            await Database(sqlite(path)).migrate()
        assert trouble.value.key == "start.folder"


def test_a_folder_in_the_databases_place_is_named(file: Path) -> None:
    file.mkdir()
    with pytest.raises(StartError) as trouble:
        asyncio.run(Database(sqlite(file)).migrate())
    assert trouble.value.key == "start.folder"


async def test_a_server_that_does_not_answer_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: a connection is refused
        url = f"postgresql+asyncpg://nobody@127.0.0.1:{taken.getsockname()[1]}/restyle"
        with pytest.raises(StartError) as trouble:
            await Database(url).migrate()
    assert trouble.value.key == "start.database"


@pytest.mark.postgres
async def test_a_server_without_such_a_database_is_named(postgres: str) -> None:
    with pytest.raises(StartError) as trouble:
        await Database(postgres.rpartition("/")[0] + "/nothing").migrate()
    assert trouble.value.key == "start.database"


async def test_sqlite_is_set_up_to_lose_nothing(file: Path) -> None:
    async with Database(sqlite(file)) as database, database.read() as session:
        told = [
            await session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert told == ["wal", 2, 1]
