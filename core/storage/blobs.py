"""Bytes by their sha256: a folder today, an S3-compatible store by the same calls.

The row is written before the bytes, and the bytes are deleted before the row, under the writers' lock. So:
- what is being put has a fresh row, and no sweep touches it;
- a put that comes during a deletion waits, then finds the bytes gone and writes them again;
- a kill in between leaves a row without bytes (a later put repairs it, a sweep forgets it), never a blob in use lost.
The foreign keys of jobs and characters refuse to let a row go that one of them still names.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore
from sqlalchemy import delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.clock import Clock
from core.domain.names import BlobId
from core.errors import NotFoundError, RefusedError, StartError
from core.storage.database import Database
from core.storage.tables import BlobRow, CharacterBaseRow, JobBlobRow, JobRow, SessionEntryRow, SessionRow
from core.storage.troubles import is_disk_full

if TYPE_CHECKING:
    from obstore import ObjectMeta  # a type only: the module has no such name when it runs

_BATCH = 100  # blobs deleted in one transaction: writers wait for it
_UNKNOWN_TYPE = "application/octet-stream"
_is_used = or_(
    exists().where(or_(JobRow.picture == BlobRow.id, JobRow.mask == BlobRow.id, JobRow.result == BlobRow.id)),
    exists().where(JobBlobRow.blob == BlobRow.id),
    exists().where(or_(CharacterBaseRow.picture == BlobRow.id, CharacterBaseRow.face_map == BlobRow.id)),
    exists().where(or_(SessionRow.picture == BlobRow.id, SessionRow.mask == BlobRow.id)),
    exists().where(SessionEntryRow.picture == BlobRow.id),
)


def open_folder(folder: Path) -> LocalStore:
    """The object store over a local folder, made if need be. Raises StartError."""
    try:
        return LocalStore(folder, mkdir=True)
    except (OSError, BaseError) as error:
        raise StartError("disk-full" if is_disk_full(error) else "folder") from error


class BlobStore:
    """Originals, masks, results and previews."""

    def __init__(self, database: Database, store: ObjectStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    async def put(self, data: bytes, media_type: str) -> BlobId:
        """Store these bytes; the same bytes get the same id. On disk when it returns. Raises RefusedError."""
        blob = BlobId(await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest()))
        row = BlobRow(id=blob, size=len(data), media_type=media_type, created_at=self._clock.now())
        async with self._database.write() as session:
            await session.merge(row)
        if not await self.exists(blob):
            with _disk_full_is_a_refusal():
                await obstore.put_async(self._store, path_of(blob), data)  # renamed into place when complete
                await asyncio.to_thread(self._settle, blob)
        return blob

    async def get(self, blob: BlobId) -> bytes:
        """Raises NotFoundError("picture")."""
        try:
            answer = await obstore.get_async(self._store, path_of(blob))
        except FileNotFoundError as error:
            raise NotFoundError("picture") from error
        return bytes(await answer.bytes_async())

    async def exists(self, blob: BlobId) -> bool:
        try:
            await obstore.head_async(self._store, path_of(blob))
        except FileNotFoundError:
            return False
        return True

    async def delete(self, blob: BlobId) -> bool:
        """Delete it unless a job or a character uses it, however young it is; returns whether it is gone."""
        async with self._database.write() as session:
            if await session.scalar(select(BlobRow.id).where(BlobRow.id == blob, _is_used)):
                return False
            await self._delete(session, [blob])
            return True

    async def delete_all(self, blobs: Collection[BlobId]) -> int:
        """Delete those of them that nothing uses, however young they are; returns how many."""
        deleted, left = 0, list(blobs)
        while left:
            batch, left = left[:_BATCH], left[_BATCH:]
            async with self._database.write() as session:
                unused = select(BlobRow.id).where(BlobRow.id.in_(batch), ~_is_used)
                names = (await session.scalars(unused)).all()
                await self._delete(session, [BlobId(name) for name in names])
            deleted += len(names)
        return deleted

    async def delete_unused(self, before: float) -> int:
        """Delete what nothing uses and nobody has put since `before`; returns how many."""
        deleted = 0
        while batch := await self._delete_batch(before):
            deleted += batch
        return deleted

    async def adopt_strays(self) -> int:
        """Give a row to stored bytes that have none (a database from a backup), so that sweeps see them.

        What a killed put left half-written is deleted when it is older than an hour. Returns how many were adopted.
        """
        await asyncio.to_thread(self._delete_leftovers, self._clock.now() - 3600)
        adopted = 0
        async for chunk in obstore.list(self._store, chunk_size=_BATCH):
            found = {_name_in(meta["path"]): meta for meta in chunk}
            async with self._database.write() as session:
                known = set(await session.scalars(select(BlobRow.id).where(BlobRow.id.in_(found))))
                strays = [_stray(meta) for name, meta in found.items() if name not in known]
                session.add_all(strays)
            adopted += len(strays)
        return adopted

    async def _delete_batch(self, before: float) -> int:
        unused = select(BlobRow.id).where(BlobRow.created_at < before, ~_is_used).limit(_BATCH)
        async with self._database.write() as session:
            names = (await session.scalars(unused)).all()
            await self._delete(session, [BlobId(name) for name in names])
            return len(names)

    async def _delete(self, session: AsyncSession, blobs: Sequence[BlobId]) -> None:
        """Bytes before rows, and both under the writers' lock: see the top of this file."""
        for blob in blobs:
            with suppress(FileNotFoundError):
                await obstore.delete_async(self._store, path_of(blob))
        await session.execute(delete(BlobRow).where(BlobRow.id.in_(blobs)))

    def _settle(self, blob: BlobId) -> None:
        """Make a file and its name survive a power cut; other stores do that themselves."""
        if isinstance(self._store, LocalStore) and (root := self._store.prefix):
            file = Path(root, path_of(blob))
            for entry in (file, *file.parents[:3]):
                handle = os.open(entry, os.O_RDONLY)
                os.fsync(handle)
                os.close(handle)

    def _delete_leftovers(self, before: float) -> None:
        """A LocalStore writes to `NAME#NUMBER` first and hides such files from its lists."""
        if isinstance(self._store, LocalStore) and (root := self._store.prefix):
            for file in Path(root).glob("*/*/*#*"):
                if file.stat().st_mtime < before:
                    file.unlink()


def path_of(blob: BlobId) -> str:
    """Two levels of 256 folders each, so that none gets long."""
    return f"{blob[:2]}/{blob[2:4]}/{blob}"


def _name_in(path: str) -> str:
    return path.rpartition("/")[2]


def _stray(meta: ObjectMeta) -> BlobRow:
    created_at = meta["last_modified"].timestamp()
    return BlobRow(id=_name_in(meta["path"]), size=meta["size"], media_type=_UNKNOWN_TYPE, created_at=created_at)


@contextmanager
def _disk_full_is_a_refusal() -> Iterator[None]:
    try:
        yield
    except (OSError, BaseError) as error:
        if is_disk_full(error):
            raise RefusedError("disk-full") from error
        raise
