"""Cards and replies as plain values for the page."""

from __future__ import annotations

from base64 import b64encode

from bot import conversation as replies
from bot.answers import Begun, Filed, Gathered, Portrayed, Reply
from bot.cards import Asked, Card, job_card
from bot.commands import CATALOGUE, CommandSpec, Option
from bot.replies import decimal, say, summary
from bot.web.plain import Plain, button_json
from bot.web.portraits import character_reply
from core.domain.job import Job
from core.domain.strength import NAMED_STRENGTHS
from core.service.requests import Rules
from core.service.states import CardState, JobState

_ARCHIVE = "/api/mydata"


def card_json(state: CardState, language: str) -> Plain:
    """A card with all the page needs to draw it."""
    card, first = job_card(state, language), state.first
    return {
        "id": card.id,
        "status": card.status.value,
        "typed": replies.typed_line(first),
        "created": first.created_at,
        "headline": card.headline,
        "notes": card.notes,
        "bar": {"step": card.bar.step, "steps": card.bar.steps} if card.bar else None,
        "jobs": [_progress(job) for job in state.jobs],
        "preview": next((preview_url(job.preview) for job in state.jobs if job.preview), None),
        "alt": card.alt,
        "width": first.request.width,
        "height": first.request.height,
        "original": f"/api/jobs/{first.id}/original",
        "thumb": f"/api/jobs/{first.id}/thumb",
        "results": [_result(job, card, language) for job in card.results],
        "sheet": f"/api/cards/{card.id}/sheet" if len(state.jobs) > 1 and card.results else None,
        "rows": [[button_json(button) for button in row] for row in card.rows],
    }


def reply_json(reply: Reply, language: str) -> Plain:
    """A reply, its kind beside its values."""
    match reply:
        case replies.Carded(state=state, besides=besides):
            beside = {"besides": character_reply(besides, language)} if besides else {}
            return {"kind": "card", "card": card_json(state, language), **beside}
        case replies.Said(text=text):
            return {"kind": "text", "text": text}
        case Asked(text=text, buttons=buttons, link=link):
            plain: Plain = {"kind": "text", "text": text, "buttons": [button_json(button) for button in buttons]}
            return plain | ({"links": _links(reply, language)} if link or reply.code else {})
        case replies.Listed(text=text, cards=cards):
            return {"kind": "list", "text": text, "cards": [card_json(card, language) for card in cards]}
        case replies.Informed(job=job, lines=lines, line=line):
            return {"kind": "info", "job": job.id, "card": job.card, "lines": lines, "line": line}
        case replies.Helped(commands=commands, language=spoken):
            return {"kind": "help", "commands": [_command(spec, spoken) for spec in commands]}
        case replies.Drafted(job=job, line=line):
            size = {"width": job.original_width, "height": job.original_height}
            thumb = f"/api/jobs/{job.id}/thumb"
            masked = job.request.mask is not None
            return {"kind": "draft", "job": job.id, "line": line, "thumb": thumb, "masked": masked, **size}
        case replies.Handed(job=job, action=action):
            return {"kind": "picture", "url": f"/api/jobs/{job.id}/{action.value}"}
        case replies.Archived():
            download = {"id": "", "label": say("button.download", language), "action": "download", "href": _ARCHIVE}
            return {"kind": "text", "text": say("mydata.ready", language), "buttons": [download]}
        case replies.Removed(card=card, text=text):
            return {"kind": "gone", "card": card, "text": text}
        case Begun() | Portrayed() | Gathered() | Filed():
            return character_reply(reply, language)


def catalogue_json(rules: Rules, max_bytes: int, language: str) -> Plain:
    """What can be typed here, for completion, the strength slider and the style picker."""
    looks = {"style": rules.catalogue.styles, "recipe": rules.catalogue.recipes}
    loras = [name for spec in (rules.spec, *rules.further.values()) for name in spec.lora_choices]
    return {
        "commands": [_command(spec, language) for spec in CATALOGUE],
        "words": {
            "strength": [{"name": name, "summary": f"{value:f}"} for name, value in NAMED_STRENGTHS.items()],
            "lora": [{"name": name, "summary": ""} for name in dict.fromkeys(loras)],
            "scheduler": [{"name": name, "summary": ""} for name in rules.schedulers],
            "model": [{"name": name, "summary": ""} for name in rules.models],
            **{
                kind: [
                    {"name": entry.name, "summary": entry.summary or entry.apply(""), "strength": f"{entry.strength:f}"}
                    for entry in entries.values()
                ]
                for kind, entries in looks.items()
            },
        },
        "max_bytes": max_bytes,
        "max_prompt": rules.max_prompt,
    }


def preview_url(jpeg: bytes | None) -> str | None:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}" if jpeg else None


def _progress(state: JobState) -> Plain:
    run = state.job.request.plan.run
    step = run if state.job.outcome else state.step
    return {"id": state.job.id, "status": state.job.status.value, "step": step, "steps": run}


def _result(job: Job, card: Card, language: str) -> Plain:
    assert job.outcome is not None
    strengths = {result.request.strength for result in card.results}
    strength = decimal(f"{job.request.strength.normalize():f}", language)
    of_strength = job.label or say("label.strength", language, strength=strength)
    of_seed = say("label.seed", language, seed=job.request.seed)
    return {
        "job": job.id,
        "src": f"/api/jobs/{job.id}/result",
        "full": f"/api/jobs/{job.id}/full",
        "width": job.outcome.width,
        "height": job.outcome.height,
        "label": of_strength if job.label or len(strengths) > 1 else of_seed,
        "alt": f"{card.alt}, {of_strength}" if len(card.results) > 1 else card.alt,
    }


def _links(asked: Asked, language: str) -> list[Plain]:
    """On the page, a session is a room of its own."""
    room = [{"href": f"/session/{asked.code}", "label": say("button.enter", language)}] if asked.code else []
    return room + ([{"href": asked.link, "label": say("room.page", language)}] if asked.link else [])


def _command(spec: CommandSpec, language: str) -> Plain:
    return {
        "name": spec.name,
        "summary": summary(spec, language),
        "example": spec.example,
        "takes_picture": spec.takes_picture,
        "options": [_option(option, language) for option in spec.options],
        "actions": [_command(action, language) for action in spec.actions],
    }


def _option(option: Option, language: str) -> Plain:
    return {
        "name": option.name,
        "kind": option.kind.value,
        "summary": summary(option, language),
        "example": option.example,
        "choices": option.choices,
    }
