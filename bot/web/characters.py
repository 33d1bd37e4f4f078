"""Characters on the page: their list, their pictures, their files."""

from __future__ import annotations

from aiohttp import web

from bot.character_cards import character_card
from bot.replies import say
from bot.web.context import WEB, language_on, person_of
from bot.web.portraits import character_json
from core.domain.likeness import Keep
from core.domain.names import CharacterId
from core.errors import NotFoundError

_WORDS = ("title", "vary", "outfits", "new", "close", "best", "open", "paint", "painting", "undo", "done", "keep")
_THUMB_SIDE = 480
_ASKED_AGAIN = {"Cache-Control": "private, no-cache"}  # the base picture may change


async def listed(request: web.Request) -> web.Response:
    """The panel: every character of this person, and what is written on it."""
    here, person, language = request.app[WEB], person_of(request), await language_on(request)
    characters = await here.service.characters.listed(person)
    key = "character.list" if characters else "character.list-empty"
    return web.json_response(
        {
            "text": say(key, language, count=len(characters), limit=here.service.characters.limit),
            "characters": [character_json(character_card(one, language), language) for one in characters],
            "words": {word: say(f"characters.{word}", language) for word in _WORDS},
            "keeps": {keep.value: say(f"characters.keep.{keep.value}", language) for keep in Keep},
        }
    )


async def picture(request: web.Request) -> web.Response:
    """The base picture, of a size to look at."""
    service = request.app[WEB].service
    blob = await service.characters.picture(person_of(request), _character(request))
    data = await service.thumbnail(blob, _THUMB_SIDE)
    return web.Response(body=data, content_type="image/jpeg", headers=_ASKED_AGAIN)


async def face(request: web.Request) -> web.Response:
    """The base picture with a tint over what may change."""
    service = request.app[WEB].service
    data = await service.characters.keeping.shown(await service.characters.get(person_of(request), _character(request)))
    if data is None:
        raise NotFoundError("picture")
    return web.Response(body=data, content_type="image/png", headers=_ASKED_AGAIN)


async def file(request: web.Request) -> web.Response:
    """The character as /character import takes it."""
    service, person = request.app[WEB].service, person_of(request)
    name = (await service.characters.get(person, _character(request))).name
    character, data = await service.characters.export(person, name)
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in character.name).strip("-")
    headers = {"Content-Disposition": f'attachment; filename="character-{safe or "file"}.png"'}
    return web.Response(body=data, content_type="image/png", headers=_ASKED_AGAIN | headers)


def _character(request: web.Request) -> CharacterId:
    return CharacterId(request.match_info["character"])
