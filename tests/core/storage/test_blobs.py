"""Bytes by their sha256, and forgetting them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from core.domain.names import BlobId
from core.errors import NotFoundError, RefusedError, StartError
from core.storage.blobs import BlobStore, open_folder, path_of
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.tables import BlobRow
from tests.core.storage.making import LIMITS, FakeClock, Jobs

CHILD = """
import asyncio, os, sys
from pathlib import Path
from core.storage.blobs import BlobStore, open_folder
from core.storage.database import Database
from tests.core.storage.making import FakeClock

async def main(url, folder):
    async with Database(url) as database:
        blobs = BlobStore(database, open_folder(Path(folder)), FakeClock())
        while True:
            print(await blobs.put(os.urandom(4_000_000), "image/png"), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def rows(database: Database) -> set[str]:
    async with database.read() as session:
        return set(await session.scalars(select(BlobRow.id)))


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("data", [b"", b"a picture", os.urandom(3_000_000)], ids=["nothing", "small", "large"])
async def test_bytes_come_back_as_they_were_under_their_sha256(blobs: BlobStore, data: bytes) -> None:
    blob = await blobs.put(data, "image/png")
    assert blob == hashlib.sha256(data).hexdigest()
    assert await blobs.get(blob) == data
    assert await blobs.exists(blob)


async def test_the_same_bytes_are_stored_once(blobs: BlobStore, database: Database, tmp_path: Path) -> None:
    first, second = await asyncio.gather(blobs.put(b"same", "image/png"), blobs.put(b"same", "image/png"))
    assert first == second == await blobs.put(b"same", "image/png")
    assert await rows(database) == files(tmp_path / "blobs") == {first}


async def test_a_blob_that_is_not_there_has_its_sentence(blobs: BlobStore) -> None:
    nothing = BlobId("0" * 64)
    assert not await blobs.exists(nothing)
    with pytest.raises(NotFoundError) as missing:
        await blobs.get(nothing)
    assert missing.value.key == "missing.picture"


async def test_putting_again_repairs_what_lost_its_bytes(blobs: BlobStore, tmp_path: Path) -> None:
    blob = await blobs.put(b"a picture", "image/png")
    (tmp_path / "blobs" / path_of(blob)).unlink()
    await blobs.put(b"a picture", "image/png")
    assert await blobs.get(blob) == b"a picture"


async def test_a_deleted_blob_is_gone_and_deleting_twice_is_harmless(blobs: BlobStore, database: Database) -> None:
    blob = await blobs.put(b"a picture", "image/png")
    assert await blobs.delete(blob)
    assert await blobs.delete(blob)
    assert not await blobs.exists(blob)
    assert await rows(database) == set()


async def test_a_blob_that_a_job_uses_is_not_deleted(blobs: BlobStore, jobs: JobStore) -> None:
    blob = await blobs.put(b"a picture", "image/png")
    await jobs.submit([Jobs()(picture=blob)], LIMITS)
    assert not await blobs.delete(blob)
    assert await blobs.get(blob) == b"a picture"


def test_a_kill_leaves_no_half_blob_under_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    for delay in (0.0, 0.01, 0.03):
        _put_until_killed(f"sqlite+aiosqlite:///{tmp_path}/restyle.db", folder, delay)
    stored = [file for file in folder.rglob("*") if file.is_file() and "#" not in file.name]
    assert stored
    assert all(hashlib.sha256(file.read_bytes()).hexdigest() == file.name for file in stored)


def _put_until_killed(url: str, folder: Path, delay: float) -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD, url, str(folder)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            child.wait(delay)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)


async def test_what_a_killed_put_left_half_written_goes_after_an_hour(
    blobs: BlobStore, clock: FakeClock, tmp_path: Path
) -> None:
    blob = await blobs.put(b"a picture", "image/png")
    half = (tmp_path / "blobs" / path_of(blob)).with_name(f"{blob}#1")
    half.write_bytes(b"a pic")
    os.utime(half, (clock.time, clock.time))
    await blobs.adopt_strays()
    assert half.exists()
    clock.time += 3601
    await blobs.adopt_strays()
    assert not half.exists()
    assert await blobs.exists(blob)


async def test_bytes_without_a_row_are_found(blobs: BlobStore, database: Database, clock: FakeClock) -> None:
    kept, stray = await blobs.put(b"kept", "image/png"), await blobs.put(b"stray", "image/png")
    async with database.write() as session:
        await session.delete(await session.get_one(BlobRow, stray))
    assert await blobs.adopt_strays() == 1
    assert await blobs.adopt_strays() == 0
    assert await rows(database) == {kept, stray}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a small disk can be mounted by root only")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_a_full_disk_is_a_refusal_and_leaves_nothing_behind(
    database: Database, clock: FakeClock, small_disk: Path
) -> None:
    blobs = BlobStore(database, open_folder(small_disk / "blobs"), clock)
    with pytest.raises(RefusedError) as refusal:
        await blobs.put(os.urandom(400_000), "image/png")
    assert refusal.value.key == "refused.disk-full"
    assert files(small_disk) == set()
    small = await blobs.put(b"fits", "image/png")
    assert await blobs.get(small) == b"fits"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartError) as trouble:
        open_folder(tmp_path / "file" / "blobs")
    assert trouble.value.key == "start.folder"
