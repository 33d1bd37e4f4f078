"""A session as a room on the page: the gallery, with an idea box and buttons to vote."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from bot.web.bodies import read_json
from bot.web.context import PAYER, WEB, asker_of, language_on
from bot.web.gallery import draw, view_of
from core.domain.session import SessionId
from core.errors import InputError

_NAME = 32  # characters


async def room(request: web.Request) -> web.Response:
    """What everybody sees, and what this person may do."""
    view, asker = await view_of(request), asker_of(request)
    sessions = request.app[WEB].service.sessions
    mine = request.app[WEB].service.owner_of(asker.person)
    may = {
        "inside": bool(await sessions.name_in(asker, view.session.id)),  # whoever votes has a name
        "me": mine,
        "leads": sessions.leads(asker, view),
        "voted": await sessions.voted(asker, view.session.id),
        "gallery": sessions.address(view),
    }
    return draw(request, view, await language_on(request), may)


async def join(request: web.Request) -> web.Response:
    """Under a name, which the others see."""
    here = request.app[WEB]
    here.commands.take(request[PAYER])
    name = " ".join(_text(await read_json(request), "name").split())[:_NAME]
    asker = replace(asker_of(request), name=name)
    await here.service.sessions.join(asker, SessionId(request.match_info["code"].lower()))
    return web.json_response({"kind": "joined"})


async def send_idea(request: web.Request) -> web.Response:
    here = request.app[WEB]
    here.commands.take(request[PAYER])
    words = _text(await read_json(request), "words")
    session = SessionId(request.match_info["code"].lower())
    entry, _ = await here.service.sessions.idea(asker_of(request), session, words)
    return web.json_response({"kind": "idea", "number": entry.number})


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise InputError("malformed")
    return value
