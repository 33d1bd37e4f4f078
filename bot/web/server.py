"""The page's application and its server."""

from __future__ import annotations

import errno
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from yarl import URL

from bot.settings import Settings
from bot.web import api, characters, gallery, operating, pictures, rooms
from bot.web.context import WEB, asker_of, make_web
from bot.web.gate import finish_headers, gate
from bot.web.troubles import troubles
from core.domain.clock import Clock
from core.errors import StartError
from core.service.service import Service

_STATIC = Path(__file__).parent / "static"
_BACKLOG = 1024
_PATIENCE = 5.0  # seconds for requests that are under way when it stops


def build_web(
    service: Service, settings: Settings, clock: Clock, secret: bytes, more: Iterable[web.RouteDef] = ()
) -> web.Application:
    """Everything but the socket. `secret` signs cookies and picture tickets; `more` are doors of other adapters."""
    app = web.Application(middlewares=[troubles, gate], client_max_size=1024)  # bodies are read by bot.web.bodies
    here = app[WEB] = make_web(service, settings, clock, secret)
    app[operating.TEMPLATES] = operating.make_templates()
    app.on_response_prepare.append(finish_headers)
    app.cleanup_ctx.extend([here.hub.run, here.metrics.measure_lag])
    app.on_shutdown.append(here.hub.close)
    app.add_routes(
        [
            web.get("/", page),
            web.get("/api/catalogue", api.catalogue),
            web.get("/api/history", api.history),
            web.get("/api/cards/{card}", api.card),
            web.get("/api/cards/{card}/sheet", pictures.sheet),
            web.get("/api/jobs/{job}/original", pictures.original),
            web.get("/api/jobs/{job}/result", pictures.result),
            web.get("/api/jobs/{job}/thumb", pictures.thumb),
            web.get("/api/jobs/{job}/full", pictures.full),
            web.get("/api/characters", characters.listed),
            web.get("/api/characters/{character}/picture", characters.picture),
            web.get("/api/characters/{character}/face", characters.face),
            web.get("/api/characters/{character}/file", characters.file),
            web.get("/api/pictures/{ticket}/thumb", pictures.uploaded_thumb),
            web.get("/api/mydata", pictures.mydata),
            web.post("/api/pictures", api.upload),
            web.post("/api/masks", api.upload_mask),
            web.post("/api/commands", api.command),
            web.post("/api/buttons", api.button),
            web.get("/api/live", live),
            web.get("/session/{code}", rooms.room),
            web.post("/api/sessions/{code}/join", rooms.join),
            web.post("/api/sessions/{code}/ideas", rooms.send_idea),
            web.get("/gallery/{link}", gallery.page),
            web.get("/gallery/{link}/sheet.png", gallery.sheet),
            web.get("/gallery/{link}/pictures.zip", gallery.archive),
            web.get("/gallery/{link}/{size:thumb|full}/{number:base|\\d{1,9}}", gallery.picture),
            web.get("/session/{code}/sheet.png", gallery.sheet),
            web.get("/session/{code}/pictures.zip", gallery.archive),
            web.get("/session/{code}/{size:thumb|full}/{number:base|\\d{1,9}}", gallery.picture),
            web.get("/operator", operating.operator),
            web.get("/metrics", operating.metrics),
            web.get("/healthz", operating.health),
            web.static("/static", _STATIC),
            *more,
        ]
    )
    return app


@asynccontextmanager
async def serve(app: web.Application, settings: Settings) -> AsyncIterator[str]:
    """Listen, and yield the page's address. Raises StartError("port") or StartError("address")."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_PATIENCE)
    await runner.setup()
    try:
        await _listen(runner, settings)
        yield _address(runner, settings)
    finally:
        await runner.cleanup()


async def page(request: web.Request) -> web.FileResponse:
    return web.FileResponse(_STATIC / "page.html", headers={"Cache-Control": "no-cache"})


async def live(request: web.Request) -> web.WebSocketResponse:
    """The live connection of one open page."""
    hub, asker = request.app[WEB].hub, asker_of(request)
    hub.check_room(asker.person)
    connection = web.WebSocketResponse(heartbeat=20, timeout=2, max_msg_size=1024, compress=False)
    await connection.prepare(request)
    async with hub.tab(connection, asker) as tab:
        async for message in connection:
            await tab.hear(message)
    return connection


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    site = web.TCPSite(runner, settings.web_host, settings.web_port, backlog=_BACKLOG)
    try:
        await site.start()
    except (socket.gaierror, UnicodeError) as error:
        raise StartError("address", host=settings.web_host) from error
    except OSError as error:
        if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            raise StartError("address", host=settings.web_host) from error
        raise StartError("port", port=settings.web_port, host=settings.web_host) from error


def _address(runner: web.AppRunner, settings: Settings) -> str:
    """Where a person opens it; the port is the real one where 0 was asked for."""
    port = runner.addresses[0][1]
    host = "127.0.0.1" if settings.web_host in {"0.0.0.0", ""} else settings.web_host  # noqa: S104 - compared only
    host = "::1" if host == "::" else host
    return str(URL.build(scheme="http", host=host, port=port, path="/"))
