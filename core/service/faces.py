"""Keeping the face: where it is on a picture, as a strength map that `Request.mask` takes."""

from __future__ import annotations

import asyncio

from core.domain.names import BlobId
from core.errors import InputError
from core.imaging.faces import keeping_map, shown_map
from core.imaging.painted import painted_area
from core.storage.blobs import BlobStore
from core.worker.worker import Worker


class Faces:
    """The map is low on the face and high on the rest; it is kept with a character and shown once."""

    def __init__(self, blobs: BlobStore, worker: Worker) -> None:
        self._blobs = blobs
        self._worker = worker

    async def find(self, picture: BlobId, model: str, words: str = "") -> BlobId:
        """The map of the face, or of what the words name; `model` is the one whose pictures will use it.

        Raises EngineError("no-face", "away"), ModelError where nothing finds faces here, NotFoundError.
        """
        area = await self._worker.look(model, await self._blobs.get(picture), words)
        return await self._keep(area)

    async def painted(self, picture: BlobId, sent: BlobId) -> BlobId:
        """The map of a face that somebody painted on a copy of the picture, or white on a black one.

        Raises InputError("not-painted").
        """
        base, copy = await asyncio.gather(self._blobs.get(picture), self._blobs.get(sent))
        area = await asyncio.to_thread(painted_area, base, copy)
        if area is None:
            raise InputError("not-painted")
        return await self._keep(area)

    async def shown(self, picture: BlobId, face_map: BlobId) -> bytes:
        """The picture with a tint over what may change (PNG), for the person to see whether the face was found."""
        data, grey = await asyncio.gather(self._blobs.get(picture), self._blobs.get(face_map))
        return await asyncio.to_thread(shown_map, data, grey)

    async def _keep(self, area: bytes) -> BlobId:
        return await self._blobs.put(await asyncio.to_thread(keeping_map, area), "image/png")
