"""A session's gallery: read-only, under a link that nobody can guess, and without knowing who looks."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.languages.choice import accepted, choose
from bot.replies import say
from bot.sessions import board_lines, counts, header_lines, sheet_label, time_left, winner_lines
from bot.web.context import WEB
from bot.web.operating import TEMPLATES
from core.domain.names import CardId
from core.domain.session import Entry, SessionId
from core.errors import NotFoundError, RefusedError, SessionError
from core.service.session_views import SessionView

_KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}
_ASKED_AGAIN = {"Cache-Control": "private, no-cache"}
_HIDDEN = {"X-Robots-Tag": "noindex, nofollow"}
_THUMB_SIDE = 480  # pixels
_ZIP_LIMIT = 500_000_000  # bytes


async def page(request: web.Request) -> web.Response:
    """As it stands: the page asks again by itself while the session goes on."""
    view = await view_of(request)
    return draw(request, view, choose(accepted(request.headers.get("Accept-Language"))))


async def picture(request: web.Request) -> web.Response:
    """A variation or the base; it never changes under its address."""
    view, number = await view_of(request), request.match_info["number"]
    service = request.app[WEB].service
    blob = service.sessions.records.picture(view, None if number == "base" else int(number))
    headers = _KEPT | _HIDDEN
    if request.match_info["size"] == "thumb":
        body = await service.thumbnail(blob, _THUMB_SIDE)
        return web.Response(body=body, content_type="image/jpeg", headers=headers)
    return web.Response(body=await service.picture(blob), content_type="image/png", headers=headers)


async def sheet(request: web.Request) -> web.Response:
    """All on one picture, with numbers, names and votes."""
    view = _told(await view_of(request))
    language = choose(accepted(request.headers.get("Accept-Language")))
    body = await request.app[WEB].service.sessions.records.sheet(view, lambda one: sheet_label(one, language))
    return web.Response(body=body, content_type="image/png", headers=_file(view, "png"))


async def archive(request: web.Request) -> web.Response:
    view = _told(await view_of(request))
    body = await request.app[WEB].service.sessions.records.archive(view, _ZIP_LIMIT)
    if body is None:
        raise RefusedError("busy")
    return web.Response(body=body, content_type="application/zip", headers=_file(view, "zip"))


def _told(view: SessionView) -> SessionView:
    """Its files say who leads. Raises SessionError("not-ended") where the host does not want that yet."""
    if not view.tells_votes:
        raise SessionError("not-ended")
    return view


async def view_of(request: web.Request) -> SessionView:
    """By the gallery's link, or, for those who may come in, by the session's code."""
    sessions = request.app[WEB].service.sessions
    if link := request.match_info.get("link"):
        return await sessions.gallery(link)
    return await sessions.view(SessionId(request.match_info["code"].lower()))


def draw(request: web.Request, view: SessionView, language: str, room: dict[str, Any] | None = None) -> web.Response:
    """One template for the gallery and the room; `room` is what a person of the room may do."""
    now, session = request.app[WEB].service.sessions.now(), view.session
    if request.path.rstrip("/") != request.path:
        raise NotFoundError("page")
    text = (
        request.app[TEMPLATES]
        .get_template("gallery.html")
        .render(
            say=lambda key, **values: say(key, language, **values),
            language=language,
            here=request.path,
            title=header_lines(view, now, language)[0],
            session=session,
            tells_votes=view.tells_votes,
            is_over=session.is_over(now),
            counts=counts(view, language),
            time=time_left(view, now, language),
            lines=winner_lines(view, language) if session.is_ended else board_lines(view, language),
            tiles=[_tile(entry, view, language) for entry in view.entries],
            winners={entry.id for entry in view.winners} if session.is_ended else set(),
            room=room or {},
            voted=room.get("voted", set()) if room else set[CardId](),
        )
    )
    headers = {"Cache-Control": "no-store"} | _HIDDEN
    return web.Response(text=text, content_type="text/html", headers=headers)


def _tile(entry: Entry, view: SessionView, language: str) -> dict[str, Any]:
    name = view.session.subject.name
    return {
        "entry": entry,
        "who": entry.author_name or say("room.somebody", language),
        "alt": say("room.alt", language, name=name, number=entry.number, idea=entry.words),
    }


def _file(view: SessionView, ending: str) -> dict[str, str]:
    name = f'attachment; filename="restyle-session-{view.session.id}.{ending}"'
    return {"Content-Disposition": name} | _ASKED_AGAIN | _HIDDEN
