"""Characters, and replies about them, as plain values for the page."""

from __future__ import annotations

import hashlib

from bot.answers import Begun, Filed, Gathered, OfCharacters, Portrayed
from bot.character_cards import CharacterCard
from bot.replies import say
from bot.web.plain import Plain, button_json
from core.domain.job import Job


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
        case Filed(to_look_at=True, text=text, character=character, name=name):
            where = f"/api/characters/{character}/face?{hashlib.sha256(reply.data).hexdigest()[:8]}"
            return {"kind": "face", "text": text, "alt": name, "src": where, "character": character}
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
        "keep": card.character.keep.value,
        "best": [_variation(job) for job in card.best],
        "best_label": say("characters.best", language),
        "rows": [[button_json(button) for button in row] for row in card.rows],
    }


def _variation(job: Job) -> Plain:
    return {"job": job.id, "card": job.card, "src": f"/api/jobs/{job.id}/result", "label": job.label}


def _result_of(job: Job) -> Plain:
    size = {"width": job.request.width, "height": job.request.height}
    return {"job": job.id, "thumb": f"/api/jobs/{job.id}/result", **size}
