"""Downloads of what people attached: from Discord's own file hosts only, and never more than the limit."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from bot.discord_bot.attached import Attached
from bot.discord_bot.connecting import FILE_HOSTS
from core.errors import InputError, NotFoundError, PictureError, RefusedError

_SECONDS = 60.0  # for one file
_CHUNK = 64 * 1024
_AT_ONCE = 8  # each may hold as much memory as the largest file


class Fetcher:
    """`limit` in bytes. Uses the client's own connections; `Attachment.read` would go wherever a link points."""

    def __init__(self, connector: aiohttp.BaseConnector, limit: int) -> None:
        self._session = aiohttp.ClientSession(
            connector=connector, connector_owner=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )
        self._limit = limit
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        await self._session.close()

    def check(self, attachment: Attached) -> None:
        """Before anything is downloaded. Raises PictureError for the declared size, InputError for another host."""
        if attachment.size > self._limit:
            raise self._too_many(attachment.size)
        url = URL(attachment.url)
        if url.scheme != "https" or url.host not in FILE_HOSTS or url.explicit_port not in {None, 443} or url.user:
            raise InputError("no-picture")

    async def fetch(self, attachment: Attached) -> bytes:
        """The bytes. Raises PictureError, NotFoundError("picture") for a dead link, RefusedError("busy")."""
        self.check(attachment)
        try:
            async with self._turns, asyncio.timeout(_SECONDS):
                return await self._read(attachment.url)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RefusedError("busy") from error

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
                if len(body) > self._limit:
                    raise self._too_many(len(body))
            return bytes(body)

    def _too_many(self, size: int) -> PictureError:
        return PictureError("too-many-bytes", megabytes=f"{size / 1e6:.1f}", limit=f"{self._limit / 1e6:g}")
