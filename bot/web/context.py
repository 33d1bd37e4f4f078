"""What every handler of the page needs, and how it gets it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from bot.languages.choice import accepted, choose, language_of
from bot.settings import Settings
from bot.web.identity import Keys
from bot.web.live import Hub
from bot.web.metrics import Metrics
from bot.web.pace import COMMANDS, PICTURES, Pace
from core.domain.clock import Clock
from core.domain.names import PersonId, Place, Platform
from core.service.service import Asker, Service

_UPLOADS = 6  # bodies read at once: each may be as large as the largest file allowed


@dataclass(frozen=True, kw_only=True, slots=True)
class Web:
    """The parts of the page; one for each application."""

    service: Service
    settings: Settings
    clock: Clock
    keys: Keys
    hub: Hub
    metrics: Metrics
    commands: Pace
    pictures: Pace
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_UPLOADS))


WEB = web.AppKey("web", Web)
PERSON = web.RequestKey("person", PersonId)
PAYER = web.RequestKey("payer", str)  # whose turns a request takes: the person's, or a stranger's address's
AT_HOME = web.RequestKey("at_home", bool)  # with the token, or without a proxy on this very machine
IS_NEW = web.RequestKey("is_new", bool)  # the answer hands out the cookie


def make_web(service: Service, settings: Settings, clock: Clock, secret: bytes) -> Web:
    token = settings.web_token.get_secret_value() if settings.web_token else None
    metrics = Metrics()
    return Web(
        service=service,
        settings=settings,
        clock=clock,
        keys=Keys(secret=secret, token=token),
        hub=Hub(service, clock, metrics),
        metrics=metrics,
        commands=Pace(COMMANDS, clock),
        pictures=Pace(PICTURES, clock),
    )


def person_of(request: web.Request) -> PersonId:
    """The person of this request: the gate has put it there."""
    return request[PERSON]


def asker_of(request: web.Request) -> Asker:
    """Whoever may see the operator's pages is the operator; a page of one's own has no age to ask for."""
    person, at_home = person_of(request), request[AT_HOME]
    return Asker(
        person=person,
        name="",
        place=Place(platform=Platform.WEB, conversation=person),
        language=accepted(request.headers.get("Accept-Language")),
        is_age_gated=at_home,
        is_operator=at_home,
    )


async def language_on(request: web.Request) -> str:
    """What this page is written in. Works for requests that were turned away, too: those have no person."""
    if PERSON not in request:
        return choose(accepted(request.headers.get("Accept-Language")))
    return await language_of(request.app[WEB].service, asker_of(request))
