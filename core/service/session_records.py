"""What a session leaves behind: its pictures, one by one, on one sheet, and in one file."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

from core.domain.command import StoredPicture
from core.domain.names import BlobId
from core.domain.session import Entry, Ranked
from core.errors import SessionError
from core.imaging.encode import Encoded, ladder
from core.service.session_views import MOST_ON_SHEET, SessionView, archive, contact_sheet
from core.storage.blobs import BlobStore
from core.storage.sessions import SessionStore

_SIZE = slice(16, 24)  # of a PNG: width and height, four bytes each (its specification, 11.2.2)


class SessionRecords:
    """Reads only."""

    def __init__(self, store: SessionStore, blobs: BlobStore) -> None:
        self._store = store
        self._blobs = blobs

    async def sheet(self, view: SessionView, label: Callable[[Ranked], str]) -> bytes:
        """The best variations on one PNG, each under its label. Raises SessionError where there is none."""
        if not view.ranked:
            raise SessionError("no-winner")
        base, pictures = await self._pictures(view, MOST_ON_SHEET)
        labelled = [(label(one), png) for one, png in pictures]
        return await asyncio.to_thread(contact_sheet, base, labelled, view.session.subject.name)

    async def sheet_file(self, view: SessionView, label: Callable[[Ranked], str], limit: int) -> Encoded:
        """The same in at most `limit` bytes."""
        return await asyncio.to_thread(ladder, await self.sheet(view, label), limit)

    async def archive(self, view: SessionView, limit: int) -> bytes | None:
        """All pictures as one ZIP of at most `limit` bytes, smaller where need be; None where they do not fit."""
        base, pictures = await self._pictures(view)
        session = view.session
        facts: dict[str, object] = {"character": session.subject.name, "theme": session.theme, "rules": session.rules}
        try:
            return await asyncio.to_thread(archive, base, pictures, facts, limit)
        except ValueError:
            return None

    def picture(self, view: SessionView, number: int | None) -> BlobId:
        """Of a variation, or of the base where no number is given. Raises SessionError("no-number")."""
        if number is None:
            return view.session.subject.picture
        found = next((one.picture for one in view.entries if one.number == number), None)
        if found is None:
            raise SessionError("no-number", given=number)
        return found

    async def stored(self, entry: Entry) -> StoredPicture:
        """Its picture as something to work on. Raises SessionError("not-made")."""
        if entry.picture is None:
            raise SessionError("not-made")
        width, height = struct.unpack(">II", (await self._blobs.get(entry.picture))[_SIZE])
        return StoredPicture(blob=entry.picture, width=width, height=height)

    async def _pictures(self, view: SessionView, most: int | None = None) -> tuple[bytes, list[tuple[Ranked, bytes]]]:
        chosen = view.ranked[:most]
        base = await self._blobs.get(view.session.subject.picture)
        pictures = [(one, await self._blobs.get(one.entry.picture)) for one in chosen if one.entry.picture]
        return base, pictures
