"""Downloads of what people attached: from Discord's own file hosts only, and never more than the limit."""

from __future__ import annotations

import aiohttp
from yarl import URL

from bot.chats.download import Downloads
from bot.discord_bot.attached import Attached
from bot.discord_bot.connecting import FILE_HOSTS
from core.errors import InputError


class Fetcher:
    """`limit` in bytes. Uses the client's own connections; `Attachment.read` would go wherever a link points."""

    def __init__(self, connector: aiohttp.BaseConnector, limit: int) -> None:
        self._downloads = Downloads(limit, connector)

    async def close(self) -> None:
        await self._downloads.close()

    def check(self, attachment: Attached) -> None:
        """Before anything is downloaded. Raises PictureError for the declared size, InputError for another host."""
        self._downloads.check(attachment.size)
        url = URL(attachment.url)
        if url.scheme != "https" or url.host not in FILE_HOSTS or url.explicit_port not in {None, 443} or url.user:
            raise InputError("no-picture")

    async def fetch(self, attachment: Attached) -> bytes:
        """The bytes. Raises PictureError, NotFoundError("picture") for a dead link, RefusedError("busy")."""
        self.check(attachment)
        return await self._downloads.get(attachment.url)
