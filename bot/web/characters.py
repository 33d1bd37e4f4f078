"""Characters on the page: replies about them as plain values, their list, their pictures, their files."""

from __future__ import annotations

from aiohttp import web

from bot.answers import Begun, Filed, Gathered, OfCharacters, Portrayed
from bot.character_cards import CharacterCard, character_card
from bot.replies import say
from bot.web.context import WEB, language_on, person_of
from bot.web.plain import Plain, button_json
from core.domain.job import Job
from core.domain.names import CharacterId

_WORDS = ("title", "vary", "outfits", "new", "close", "best", "open")
_THUMB_SIDE = 480
_ASKED_AGAIN = {"Cache-Control": "private, no-cache"}  # the base picture may change


def character_reply(reply: OfCharacters, language: str) -> Plain:
    """A reply, its kind beside its values."""
    match reply:
        case Begun(line=line, text=text, job=job):
            return {"kind": "begun", "line": line, "text": text, **(_result_of(job) if job else {})}
        case Portrayed(text=text, card=card):
            return {"kind": "character", "text": text, "character": character_json(card, language)}
        case Gathered(text=text, cards=cards):
            heading = text.partition("\n")[0] if cards else text
            listed = {card.headline for card in cards}
            more = [line for line in text.split("\n")[1:] if not any(line.startswith(one) for one in listed)]
            plain = [character_json(card, language) for card in cards]
            return {"kind": "characters", "text": heading, "more": more if cards else [], "characters": plain}
        case Filed(name=name, text=text, character=character):
            return {"kind": "file", "text": text, "name": name, "url": f"/api/characters/{character}/file"}


def character_json(card: CharacterCard, language: str) -> Plain:
    """A character with all the page needs to draw it."""
    base, here = card.character.base, f"/api/characters/{card.character.id}"
    return {
        "id": card.character.id,
        "name": card.character.name,
        "headline": card.headline,
        "lines": card.lines,
        "alt": card.alt,
        "picture": f"{here}/picture?{base.number}" if card.has_picture else None,
        "width": base.width,
        "height": base.height,
        "best": [_variation(job) for job in card.best],
        "best_label": say("characters.best", language),
        "rows": [[button_json(button) for button in row] for row in card.rows],
    }


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
        }
    )


async def picture(request: web.Request) -> web.Response:
    """The base picture, of a size to look at."""
    service = request.app[WEB].service
    blob = await service.characters.picture(person_of(request), _character(request))
    data = await service.thumbnail(blob, _THUMB_SIDE)
    return web.Response(body=data, content_type="image/jpeg", headers=_ASKED_AGAIN)


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


def _variation(job: Job) -> Plain:
    return {"job": job.id, "card": job.card, "src": f"/api/jobs/{job.id}/result", "label": job.label}


def _result_of(job: Job) -> Plain:
    size = {"width": job.request.width, "height": job.request.height}
    return {"job": job.id, "thumb": f"/api/jobs/{job.id}/result", **size}
