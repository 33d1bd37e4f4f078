"""Downloads from a chat's own file host: no redirects, never more than the limit, and only a few at a time."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from core.errors import NotFoundError, PictureError, RefusedError

_SECONDS = 60.0  # for one file
_CHUNK = 64 * 1024
_AT_ONCE = 8  # each may hold as much memory as the largest file


class Downloads:
    """`limit` in bytes. Whoever calls has checked where the address leads."""

    def __init__(self, limit: int, connector: aiohttp.BaseConnector | None = None) -> None:
        self._session = aiohttp.ClientSession(
            connector=connector,
            connector_owner=connector is None,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        self._limit = limit
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        await self._session.close()

    def check(self, size: int) -> None:
        """What was declared, before anything is downloaded. Raises PictureError."""
        if size > self._limit:
            raise PictureError("too-many-bytes", megabytes=f"{size / 1e6:.1f}", limit=f"{self._limit / 1e6:g}")

    async def get(self, url: str) -> bytes:
        """The bytes. Raises PictureError, NotFoundError("picture") for a dead link, RefusedError("busy")."""
        try:
            async with self._turns, asyncio.timeout(_SECONDS):
                return await self._read(url)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise RefusedError("busy") from None  # its text may hold the address, which may hold a token

    async def _read(self, url: str) -> bytes:
        headers = {"Accept-Encoding": "identity"}  # what is counted is what was sent
        address = URL(url, encoded=True)
        async with self._session.get(address, allow_redirects=False, headers=headers) as response:
            if response.status >= 500 or response.status == 429:
                raise RefusedError("busy")
            if response.status != 200:
                raise NotFoundError("picture")
            body = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                self.check(len(body))
            return bytes(body)
