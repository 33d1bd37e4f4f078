"""The page's calls: commands, buttons, cards. Thin: what they do is in `bot.conversation`."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.conversation import handle, original_of, press
from bot.parsing import parse
from bot.web.bodies import read_json, read_picture
from bot.web.context import PAYER, WEB, asker_of, language_on, person_of
from bot.web.present import card_json, catalogue_json, reply_json
from core.domain.names import CardId, JobId
from core.errors import InputError

PAGE = 20  # cards of one look into the history


async def upload(request: web.Request) -> web.Response:
    """Take a picture; the answer's id lets this person use it."""
    here, person = request.app[WEB], person_of(request)
    here.pictures.take(request[PAYER])
    limit = int(here.settings.max_file_megabytes * 1e6)
    async with here.uploads:
        picture = await here.service.take_picture(await read_picture(request, limit))
    ticket = here.keys.sign_picture(person, picture)
    return web.json_response(
        {
            "id": ticket,
            "width": picture.width,
            "height": picture.height,
            "notes": picture.notes,
            "thumb": f"/api/pictures/{ticket}/thumb",
            "transparency": here.keys.sign_mask(person, picture.transparency) if picture.transparency else None,
        }
    )


async def upload_mask(request: web.Request) -> web.Response:
    """Take a mask for an uploaded `picture`, or for the original of a `job`."""
    here, person = request.app[WEB], person_of(request)
    here.pictures.take(request[PAYER])
    ticket, job = request.query.get("picture"), request.query.get("job")
    if ticket:
        picture = here.keys.read_picture(person, ticket)
    else:
        picture = original_of(await here.service.job(person, JobId(job or "")))
    limit = int(here.settings.max_file_megabytes * 1e6)
    async with here.uploads:
        mask = await here.service.take_mask(await read_picture(request, limit), picture)
    return web.json_response({"id": here.keys.sign_mask(person, mask)})


async def command(request: web.Request) -> web.Response:
    """A typed line, with an uploaded picture's id or the job whose original is edited, and perhaps a mask's id."""
    here, asker = request.app[WEB], asker_of(request)
    here.commands.take(request[PAYER])
    body = await read_json(request)
    with here.metrics.submitting():
        parsed = parse(_text(body, "line") or "")
        ticket, edits = _text(body, "picture"), _text(body, "job")
        picture = here.keys.read_picture(asker.person, ticket) if ticket else None
        mask = here.keys.read_mask(asker.person, masked) if (masked := _text(body, "mask")) else None
        reply = await handle(here.service, asker, parsed, picture, JobId(edits) if edits else None, mask)
    return web.json_response(reply_json(reply, await language_on(request)))


async def button(request: web.Request) -> web.Response:
    here = request.app[WEB]
    here.commands.take(request[PAYER])
    body = await read_json(request)
    reply = await press(here.service, asker_of(request), _text(body, "id") or "")
    return web.json_response(reply_json(reply, await language_on(request)))


async def history(request: web.Request) -> web.Response:
    """Older cards, newest first, before the card named `before`."""
    before = request.query.get("before")
    cards = await request.app[WEB].service.history(person_of(request), PAGE, CardId(before) if before else None)
    language = await language_on(request)
    return web.json_response({"cards": [card_json(card, language) for card in cards], "more": len(cards) == PAGE})


async def card(request: web.Request) -> web.Response:
    state = await request.app[WEB].service.card(person_of(request), CardId(request.match_info["card"]))
    return web.json_response(card_json(state, await language_on(request)))


async def catalogue(request: web.Request) -> web.Response:
    here = request.app[WEB]
    most = int(here.settings.max_file_megabytes * 1e6)
    return web.json_response(catalogue_json(here.service.rules, most, await language_on(request)))


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError("malformed")
    return value
