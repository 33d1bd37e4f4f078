"""One TLS server on loopback that plays all of Discord's hosts, told apart by their names."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from aiohttp import web
from yarl import URL

from bot.discord_bot.connecting import API, FILE_HOSTS, GATEWAY, HOSTS
from tests.discord.fake.files import FileHost
from tests.discord.fake.gateway import Gateway
from tests.discord.fake.rest.api import Api

LARGEST_BODY = 200 * 1024 * 1024
PIECE = 64 * 1024


@functools.cache
def authority() -> trustme.CA:
    """Who signs the certificate; made once in a process, for it takes a while."""
    return trustme.CA()


@functools.cache
def server_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority().issue_cert(*HOSTS).configure_cert(context)
    return context


@dataclass(kw_only=True, slots=True, eq=False)
class Downloads:
    """How the file host behaves: by attachment id where to redirect and after how many bytes to hang up."""

    redirects: dict[int, str] = field(default_factory=dict)
    cuts: dict[int, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    open: asyncio.Event = field(default_factory=asyncio.Event)  # while it is cleared, downloads wait
    count: int = 0
    bytes_sent: int = 0


@dataclass(kw_only=True, slots=True, eq=False)
class Server:
    """Listens between `start` and `stop` on `port`."""

    api: Api
    gateway: Gateway
    files: FileHost
    downloads: Downloads = field(default_factory=Downloads)
    port: int = 0
    _runner: web.AppRunner | None = None
    _delivery: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.downloads.open.set()
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=server_context())
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._delivery = asyncio.create_task(self.gateway.deliver(), name="gateway-delivery")

    async def stop(self) -> None:
        await self.gateway.drop(1001)
        assert self._runner is not None, "stop follows start"
        assert self._delivery is not None, "stop follows start"
        self._delivery.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._delivery
        await self._runner.cleanup()

    def write_ca(self, path: Path) -> Path:
        authority().cert_pem.write_to_path(str(path))
        return path

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        if host == API:
            return await self.api.handle(request)
        if host == GATEWAY:
            return await self.gateway.handle(request)
        if host in FILE_HOSTS:
            return await self._serve_file(request)
        return web.Response(status=421, text="misdirected request")

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        self.downloads.count += 1
        await self.downloads.open.wait()
        attachment = self.files.find(URL(str(request.url)))
        if attachment is None:
            return web.Response(status=404, text="This content is no longer available.")
        if attachment.id in self.downloads.statuses:
            return web.Response(status=self.downloads.statuses[attachment.id])
        if attachment.id in self.downloads.redirects:
            raise web.HTTPFound(self.downloads.redirects[attachment.id])
        response = web.StreamResponse(headers={"Content-Type": attachment.content_type})
        response.content_length = len(attachment.content)
        await response.prepare(request)
        cut = self.downloads.cuts.get(attachment.id, len(attachment.content))
        for start in range(0, cut, PIECE):
            piece = attachment.content[start : min(start + PIECE, cut)]
            await response.write(piece)
            self.downloads.bytes_sent += len(piece)
        if cut < len(attachment.content) and request.transport is not None:
            request.transport.close()
        return response
