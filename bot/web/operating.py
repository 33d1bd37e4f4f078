"""For whoever runs it: the operator page, health and metrics. Read-only."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape
from prometheus_client import CONTENT_TYPE_LATEST

from bot.replies import say_problem, wait
from bot.web.context import WEB
from bot.web.gate import is_at_home
from core.domain.names import PersonId
from core.errors import NotAllowedError
from core.service.service import Service
from core.service.states import QueueView

_OPERATOR = PersonId("web:operator")  # owns nothing: the load alone is asked for
_PATIENCE = 3.0  # seconds for the database to answer a health check


def make_templates() -> Environment:
    """Escapes by default; templates are small files read once each."""
    environment = Environment(loader=PackageLoader("bot.web"), autoescape=select_autoescape(default=True))
    environment.filters["wait"] = wait
    environment.filters["problem"] = say_problem
    environment.filters["clock"] = lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return environment


TEMPLATES = web.AppKey("templates", Environment)


async def operator(request: web.Request) -> web.Response:
    _check_home(request)
    here = request.app[WEB]
    page = (
        request.app[TEMPLATES]
        .get_template("operator.html")
        .render(
            load=(await _view(here.service)).load,
            engines=here.service.engines(),
            failures=list(here.metrics.failures),
            now=here.clock.now(),
            limits=here.service.limits,
        )
    )
    return web.Response(text=page, content_type="text/html", headers={"Cache-Control": "no-store"})


async def metrics(request: web.Request) -> web.Response:
    _check_home(request)
    here = request.app[WEB]
    body = here.metrics.text(await _view(here.service), here.service.engines())
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def health(request: web.Request) -> web.Response:
    """200 while the database answers; 503 otherwise. An engine that loads or is restarted is no reason to kill us."""
    service = request.app[WEB].service
    engines = [engine.state.value for engine in service.engines()]
    try:
        async with asyncio.timeout(_PATIENCE):
            await _view(service)
    except Exception:  # whatever it is, the answer is that it is not well
        return web.json_response({"status": "no database", "engines": engines}, status=503)
    return web.json_response({"status": "ok", "engines": engines})


async def _view(service: Service) -> QueueView:
    return await service.queue_view(_OPERATOR)


def _check_home(request: web.Request) -> None:
    if not is_at_home(request):
        raise NotAllowedError("token")
