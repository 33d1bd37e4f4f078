"""Every error becomes a sentence, a key and a fitting status."""

from __future__ import annotations

import logging
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.languages.choice import DEFAULT
from bot.replies import say_error
from bot.web.context import language_on
from core.errors import InputError, NotAllowedError, NotFoundError, RefusedError, RestyleError

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[RestyleError], int], ...] = (
    (InputError, 400),
    (NotAllowedError, 403),
    (NotFoundError, 404),
    (RefusedError, 429),
    (RestyleError, 500),
)
_STATUS_OF_KEY = {
    "picture.too-many-bytes": 413,
    "input.too-large": 413,
    "refused.stopping": 503,
    "refused.disk-full": 503,
    "refused.busy": 503,
}
_OWN_ERRORS: dict[int, RestyleError] = {
    404: NotFoundError("page"),
    405: NotFoundError("page"),
    413: InputError("too-large"),
}


@web.middleware
async def troubles(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The one ladder for all handlers."""
    try:
        return await handler(request)
    except RestyleError as error:
        return await answer(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await answer(request, _OWN_ERRORS.get(error.status, InputError("malformed")), error.status)
    except ConnectionResetError:  # the person went away: nobody reads the answer
        raise
    except Exception:
        number = secrets.token_hex(4)
        log.exception("web.unexpected id=%s method=%s path=%s", number, request.method, request.path)
        return await answer(request, RestyleError("unexpected"), 500, number)


async def answer(request: web.Request, error: RestyleError, status: int = 0, number: str = "") -> web.Response:
    """JSON for the page's own calls, a plain sentence for a person who opened an address."""
    sentence = say_error(error, await _language(request)) + (f" ({number})" if number else "")
    status = status or _status(error)
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, RefusedError) and isinstance(seconds := error.values.get("seconds"), int):
        headers["Retry-After"] = str(seconds)
    if request.path.startswith("/api/"):
        body = {"error": {"key": error.key, "sentence": sentence}}
        return web.json_response(body, status=status, headers=headers)
    return web.Response(text=sentence + "\n", status=status, headers=headers)


async def _language(request: web.Request) -> str:
    """Whatever it is that went wrong, a sentence is said."""
    try:
        return await language_on(request)
    except Exception:
        log.exception("web.no-language")
        return DEFAULT


def _status(error: RestyleError) -> int:
    by_class = next(status for kind, status in _STATUS if isinstance(error, kind))
    return _STATUS_OF_KEY.get(error.key, by_class)
