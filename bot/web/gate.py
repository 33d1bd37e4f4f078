"""What every request passes: host, origin, access token, identity; and what every answer carries."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from bot.web.context import AT_HOME, IS_NEW, PAYER, PERSON, WEB, Web
from bot.web.identity import YEAR
from core.errors import NotAllowedError

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), interest-cohort=()",
}
_READING: Final = {"GET", "HEAD"}
_OPEN: Final = {"/healthz", "/telegram"}  # a load balancer's question, which names nobody; a door with its own secret
_GALLERY: Final = "/gallery/"  # whoever was given a gallery's link may look, and is not followed
_OF_A_GALLERY: Final = {f"/static/{name}" for name in ("tokens.css", "gallery.css", "gallery.js", "icon.svg")}
_FORWARDED: Final = {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host"}


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who may come in, and know who it is."""
    here = request.app[WEB]
    if request.path in _OPEN or (request.method in _READING and _is_gallery(request.path)):
        return await handler(request)
    _check_host(request, here)
    _check_origin(request, here)
    if here.keys.token and (answer := _check_token(request, here)):
        return answer
    known = here.keys.read_person(request.cookies.get(here.keys.cookie))
    request[PERSON] = known or here.keys.new_person()
    request[PAYER] = known or request.remote or "nobody"
    request[AT_HOME] = is_at_home(request)
    request[IS_NEW] = known is None
    return await handler(request)


async def finish_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Runs before any answer's headers leave, WebSockets and errors included."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-cache")
    if request.get(IS_NEW):
        here = request.app[WEB]
        name = here.keys.cookie
        _set_cookie(request, response, name, here.keys.sign_person(request[PERSON]))
        response.headers.add("Set-Cookie", response.cookies[name].OutputString())  # too late for aiohttp to do it


def _is_gallery(path: str) -> bool:
    return path.startswith(_GALLERY) or path in _OF_A_GALLERY


def is_at_home(request: web.Request) -> bool:
    """Whether the operator's pages may be shown: with the token, or without a proxy on this very machine."""
    if request.app[WEB].keys.token:
        return True  # the gate has checked it
    return _is_loopback(_host_name(request.host)) and not any(name in request.headers for name in _FORWARDED)


def _check_host(request: web.Request, here: Web) -> None:
    """Without a token, only names of this machine: another site's name that resolves to it is an attack."""
    if here.keys.token or _is_loopback(_host_name(request.host)):
        return
    origin = here.settings.web_origin
    if not origin or urlsplit(origin).netloc != request.host:
        raise NotAllowedError("origin")


def _check_origin(request: web.Request, here: Web) -> None:
    """What changes state, or opens a WebSocket, must come from our own page."""
    if request.method in _READING and "Upgrade" not in request.headers:
        return
    origin = request.headers.get("Origin", "")
    ours = here.settings.web_origin and origin == here.settings.web_origin.rstrip("/")
    if not ours and (not origin or urlsplit(origin).netloc != request.host):
        raise NotAllowedError("origin")


def _check_token(request: web.Request, here: Web) -> web.StreamResponse | None:
    """An answer that hands out the access cookie, or None: go on. Raises NotAllowedError("token")."""
    keys = here.keys
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if keys.has_access(request.cookies.get(keys.access_cookie)) and "token" not in request.query:
        return None
    if scheme.lower() == "bearer" and keys.knows_token(bearer):
        return None
    if request.method not in _READING or not keys.knows_token(request.query.get("token")):
        raise NotAllowedError("token")
    target = URL(request.path).with_query([pair for pair in request.query.items() if pair[0] != "token"])
    answer = web.Response(status=303, headers={"Location": str(target), "Cache-Control": "no-store"})
    _set_cookie(request, answer, keys.access_cookie, keys.access_pass())
    return answer


def _set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str) -> None:
    """Lax, not Strict: a link from a chat to the page must not make a stranger of somebody."""
    secure = request.secure or (request.app[WEB].settings.web_origin or "").startswith("https:")
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=secure, path="/")


def _host_name(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
