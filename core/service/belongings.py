"""All that is held about a person: taken along as one file, or gone for good. Rooms register in `LinkStore.rooms`."""

from __future__ import annotations

import asyncio
import shutil
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from core.domain.clock import Clock
from core.domain.job import Job
from core.domain.names import PersonId
from core.errors import NotFoundError, RefusedError
from core.queue.ports import JobQueue
from core.service.asking import Asker
from core.service.linking import check_privacy
from core.storage.blobs import BlobStore
from core.storage.links import LinkStore
from core.storage.rooms import Kept
from core.storage.troubles import is_disk_full
from core.worker.events import Events, Happening, JobEvent
from core.worker.worker import Worker

MOST_BYTES = 4_000_000_000  # of one archive; what does not fit is listed in it
_SPARE = 500_000_000  # bytes that an archive leaves free on the disk, for the work of others
_AT_ONCE = 2  # archives written at a time
_TOLD = 200  # cards whose end is told to open pages, the newest

_README = "What Restyle holds about you. settings.json and jobs.json list it; pictures/ holds the pictures they name.\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A finished archive: a zip file that is there for as long as it is handed over."""

    path: Path
    name: str
    size: int


@dataclass(slots=True)
class _Writing:
    """One archive on its way: what was left out, and the bytes so far."""

    archive: zipfile.ZipFile
    left_out: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, kept: Kept, data: bytes) -> None:
        """Pictures are compressed already."""
        is_picture = kept.blob is not None
        method = zipfile.ZIP_STORED if is_picture else zipfile.ZIP_DEFLATED
        if is_picture and self.size + len(data) > MOST_BYTES:
            self.left_out.append(f"{kept.name}: the archive was full")
            return
        self.archive.writestr(kept.name, data, method)
        self.size += len(data)

    def close(self) -> None:
        if self.left_out:
            self.archive.writestr("left-out.txt", "\n".join(self.left_out))
        self.archive.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Holders:
    """Who holds what people own, and who works on it."""

    links: LinkStore
    blobs: BlobStore
    queue: JobQueue
    worker: Worker
    events: Events
    clock: Clock
    folder: Path  # where archives are written; its content is nobody's after a start


class Belongings:
    """Export and erasure of one person, with every place they are linked on."""

    def __init__(self, holders: Holders) -> None:
        self._holders = holders
        self._busy: set[PersonId] = set()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def archive(self, asker: Asker) -> AsyncIterator[Archive]:
        """Everything of the asker's in one file, while inside the block.

        Raises RefusedError: "in-public", "exporting" (one at a time for each person), "disk-full".
        """
        check_privacy(asker)
        holders = self._holders
        person = holders.links.owner(asker.person)
        if person in self._busy:
            raise RefusedError("exporting")
        self._busy.add(person)
        path = holders.folder / f"{uuid4().hex}.zip"
        try:
            async with self._turns:
                await self._write(person, path)
            day = f"{datetime.fromtimestamp(holders.clock.now(), UTC):%Y-%m-%d}"
            yield Archive(path=path, name=f"restyle-{day}.zip", size=path.stat().st_size)
        finally:
            self._busy.discard(person)
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def now(self) -> float:
        """Of the injected clock, for questions that grow old."""
        return self._holders.clock.now()

    async def erase(self, asker: Asker) -> int:
        """Everything is gone when this returns, and what runs is stopped; returns how many jobs that were, about.

        After a kill in the middle the pictures are gone with the next sweep.
        """
        holders = self._holders
        person = holders.links.owner(asker.person)
        unfinished = await holders.queue.unfinished(person)
        newest = [job for card in await holders.queue.history(person, _TOLD) for job in card]
        blobs = await holders.links.erase(asker.person)
        for job in unfinished:
            await holders.worker.cancel(job.id)
        jobs = {job.id: job for job in (*newest, *unfinished)}
        for job in jobs.values():
            holders.events.publish(_deleted(job))
        await holders.blobs.delete_all(blobs)
        return len(jobs)

    async def _write(self, person: PersonId, path: Path) -> None:
        """One picture in memory at a time; packing and writing off the loop."""
        try:
            writing = await asyncio.to_thread(_begin, path)
            try:
                await self._fill(writing, person)
            finally:
                await asyncio.to_thread(writing.close)
        except OSError as error:
            if is_disk_full(error):
                raise RefusedError("disk-full") from error
            raise

    async def _fill(self, writing: _Writing, person: PersonId) -> None:
        await asyncio.to_thread(writing.add, Kept(name="read-me.txt"), _README.encode())
        identities = self._holders.links.identities(person)
        for room in self._holders.links.rooms:
            async for kept in room.export(person, identities):
                await self._pack(writing, kept)

    async def _pack(self, writing: _Writing, kept: Kept) -> None:
        try:
            data = await self._holders.blobs.get(kept.blob) if kept.blob else kept.text.encode()
        except NotFoundError:
            writing.left_out.append(f"{kept.name}: deleted meanwhile")
            return
        await asyncio.to_thread(self._check_disk, len(data))
        await asyncio.to_thread(writing.add, kept, data)

    def _check_disk(self, size: int) -> None:
        if shutil.disk_usage(self._holders.folder).free < size + _SPARE:
            raise RefusedError("disk-full")


def _begin(path: Path) -> _Writing:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return _Writing(archive=zipfile.ZipFile(path, "w"))


def _deleted(job: Job) -> JobEvent:
    return JobEvent(job=job.id, card=job.card, owner=job.asker, happening=Happening.DELETED)


def empty(folder: Path) -> None:
    """Forget archives that a kill left behind; for a start."""
    for file in folder.glob("*.zip"):
        file.unlink(missing_ok=True)
