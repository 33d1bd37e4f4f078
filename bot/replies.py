"""Every sentence a person reads, by key and language; errors bring their own English (core.errors)."""

from __future__ import annotations

import re

from bot.commands import CommandSpec, Option
from bot.languages.english import ENGLISH
from bot.languages.german import GERMAN
from bot.languages.spanish import SPANISH
from core.domain.job import Problem
from core.errors import (
    EngineError,
    InputError,
    ModelError,
    NamingError,
    NotAllowedError,
    NotFoundError,
    OptionError,
    PictureError,
    RefusedError,
    RestyleError,
    SessionError,
    StartError,
    UnknownNameError,
)

LANGUAGES: dict[str, dict[str, str]] = {"en": ENGLISH, "de": GERMAN, "es": SPANISH}

_DAYS = 48  # hours from which on a wait is told in days
_NOTES = ("note.kept", "note.from", "note.jpeg", "note.jpeg-smaller", "note.video", "note.frame", "note.page")
_FAMILIES: dict[str, type[RestyleError]] = {
    kind.family: kind
    for kind in (
        RestyleError,
        InputError,
        PictureError,
        OptionError,
        UnknownNameError,
        NamingError,
        RefusedError,
        SessionError,
        NotFoundError,
        NotAllowedError,
        EngineError,
        ModelError,
        StartError,
    )
}


def say(key: str, language: str = "en", /, **values: str | int | float | None) -> str:
    """The sentence of a key, with its places filled; a language without it falls back to English."""
    return LANGUAGES.get(language, ENGLISH).get(key, ENGLISH.get(key, key)).format(**values)


def say_problem(problem: Problem, language: str = "en") -> str:
    """Why a job failed, from what its row holds. A key nobody knows (an older row) becomes the general sentence."""
    family, _, reason = problem.key.partition(".")
    kind = _FAMILIES.get(family, RestyleError)
    spoken = LANGUAGES.get(language, ENGLISH)
    unexpected = spoken.get("error.unexpected", RestyleError("unexpected").sentence)
    template = spoken.get(problem.key) or kind.sentences.get(reason)
    try:
        return template.format(**_said_values(problem, language)) if template else unexpected
    except KeyError:
        return unexpected


def _said_values(problem: Problem, language: str) -> dict[str, str | int | float | None]:
    """`what` names a kind of thing, which has a word in each language."""
    values = dict(problem.values)
    if (what := f"what.{values.get('what')}") in ENGLISH:
        word = say(what, language)
        values["what"] = word[0].upper() + word[1:] if language == "de" else word
    return values


def say_note(note: str, language: str = "en") -> str:
    """What a row or a file tells of what was done to a picture: the core writes it in English."""
    for key in _NOTES:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[\\w ]+?)", re.escape(ENGLISH[key]))
        if match := re.fullmatch(pattern, note):
            return say(key, language, **match.groupdict())
    return note


def say_error(error: RestyleError, language: str = "en") -> str:
    return say_problem(Problem(key=error.key, values=error.values), language)


def wait(seconds: float, language: str = "en") -> str:
    """As people say it: "5 s", "2 min", "1 h 5 min", "3 d 4 h"; the signs of the units are the same everywhere."""
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} s"
    hours, minutes = divmod(round(whole / 60), 60)
    parts = [(hours, "h"), (minutes, "min")] if hours < _DAYS else [(hours // 24, "d"), (hours % 24, "h")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def decimal(number: str, language: str = "en") -> str:
    """A number that is written with a point, as the language writes it."""
    return number if language == "en" else number.replace(".", ",")


def summary(what: CommandSpec | Option, language: str = "en") -> str:
    """What a command or an option is for."""
    key = f"command.{what.key}" if isinstance(what, CommandSpec) else f"option.{what.name}"
    return LANGUAGES.get(language, ENGLISH).get(f"about.{key}", what.summary)


def ordinal(number: int, language: str = "en") -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st; 1., 2. in German; 1.º, 2.º in Spanish."""
    if language != "en":
        return f"{number}{'.º' if language == 'es' else '.'}"
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def megabytes(size: int, language: str) -> str:
    """Bytes as people read them: "4.2"."""
    return decimal(f"{size / 1e6:.1f}", language)
