"""Every sentence a person reads, by key and language; errors bring their own English (core.errors)."""

from __future__ import annotations

from core.domain.job import Problem
from core.errors import (
    EngineError,
    InputError,
    ModelError,
    NotAllowedError,
    NotFoundError,
    OptionError,
    PictureError,
    RefusedError,
    RestyleError,
    StartError,
    UnknownNameError,
)

ENGLISH: dict[str, str] = {
    "queued": "Restyling for {name} · {position} of {waiting} · about {wait}",
    "queued.next": "Restyling for {name} · next in line",
    "engine.starting": "The model is being loaded; it starts right after that.",
    "engine.down": "The engine is being started again; nothing is lost.",
    "engine.broken": "The model cannot be loaded at the moment; it is tried again soon, and this stays in line.",
    "done": "{words} · {strength} · seed {seed} · {size} · {seconds} s",
    "done.sheet": "{words} · {count} pictures · seed {seed} · {size}",
    "done.unchanged": "Strength 0 returns the picture as it is.",
    "done.unread": "The model had no room for the last words: {words}",
    "done.one-step": "So little strength is less than one step, so one step was run.",
    "cancelled.queued": "Cancelled before it started.",
    "cancelled.running": "Cancelled while it was being made.",
    "cancelled.final": "That had already ended.",
    "cancelled": "Cancelled.",
    "cancelled.none": "Nothing of yours is waiting or running.",
    "cancelled.many": "Cancelled {count}: {waiting} waiting, {running} running.",
    "deleted": "Deleted.",
    "history": "Your newest pictures:",
    "history.empty": "Nothing yet. Send a picture and type, for example, /restyle watercolour 0.6",
    "queue.empty": "Nothing waits. Your picture would start right away.",
    "queue.load": "{running} running, {waiting} waiting from {people} people, about {wait} of work.",
    "settings": "Your defaults: strength {strength}, style {style}, previews {previews}, format {format}.",
    "settings.saved": "Saved. {settings}",
    "none": "none",
    "style's own": "the style's own",
    "on": "on",
    "off": "off",
    "alt": "{words}, restyled at strength {strength}",
    "alt.sheet": "Contact sheet: {words} at several strengths",
    "words.none": "restyled",
    "button.cancel": "Cancel",
    "button.subtle": "Subtle",
    "button.strong": "Strong",
    "button.reroll": "Re-roll",
    "button.edit": "Edit",
    "button.info": "Info",
    "button.original": "Original",
    "button.full": "Full file",
    "button.delete": "Delete",
    "button.retry": "Try again",
    "button.use": "Use {strength}",
}
LANGUAGES: dict[str, dict[str, str]] = {"en": ENGLISH}

_FAMILIES: dict[str, type[RestyleError]] = {
    kind.family: kind
    for kind in (
        RestyleError,
        InputError,
        PictureError,
        OptionError,
        UnknownNameError,
        RefusedError,
        NotFoundError,
        NotAllowedError,
        EngineError,
        ModelError,
        StartError,
    )
}


def say(key: str, language: str = "en", **values: str | int | float | None) -> str:
    """The sentence of a key, with its places filled; a language without it falls back to English."""
    return LANGUAGES.get(language, ENGLISH).get(key, ENGLISH.get(key, key)).format(**values)


def say_problem(problem: Problem, language: str = "en") -> str:
    """Why a job failed, from what its row holds. A key nobody knows (an older row) becomes the general sentence."""
    family, _, reason = problem.key.partition(".")
    kind = _FAMILIES.get(family, RestyleError)
    template = LANGUAGES.get(language, ENGLISH).get(problem.key) or kind.sentences.get(reason)
    try:
        return template.format(**problem.values) if template else RestyleError("unexpected").sentence
    except KeyError:
        return RestyleError("unexpected").sentence


def say_error(error: RestyleError, language: str = "en") -> str:
    return say_problem(Problem(key=error.key, values=error.values), language)


def wait(seconds: float) -> str:
    """A duration as people say it: "5 s", "2 min", "1 h 5 min"."""
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
