"""Forms: words, strength and files, filled in with what is known already.

A form's id says what it is for, so that one that was left open is understood after a restart, too. The library is
given a form only to show it; what comes back is read here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.discord_bot.attached import Attached
from bot.replies import say
from core.domain.names import JobId

CHARACTER = "character"  # the command that keeps one
_TITLE, _LABEL = 45, 45  # characters
_LONGEST = 4000  # characters of one field
_OPTIONS = 25  # of a select
_REMEMBERED = 500  # forms on messages, whose pictures are remembered while they are open
_PREFIX, _NEW, _EDIT, _MESSAGE = "v1:form", "new", "edit", "message"
_SAVE, _KEEP = "save", "keep"
_NAME = 100  # characters of a character's name; the core takes fewer and says so


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose:
    """What a form is for: a command with an upload, a change of `job`, the pictures of a message (`key`), or the name
    of the character that a result (`saves`) or one of those pictures (`command`) becomes."""

    command: str = "restyle"
    job: JobId | None = None
    key: str | None = None
    saves: JobId | None = None

    @property
    def id(self) -> str:
        if self.job is not None:
            return f"{_PREFIX}:{_EDIT}:{self.job}"
        if self.saves is not None:
            return f"{_PREFIX}:{_SAVE}:{self.saves}"
        if self.key is not None:
            return f"{_PREFIX}:{_KEEP if self.is_for_a_character else _MESSAGE}:{self.key}"
        return f"{_PREFIX}:{_NEW}:{self.command}"

    @property
    def title(self) -> str:
        """The key of what stands above it."""
        return "discord.form.edit" if self.job else f"discord.form{'.save' if self.is_for_a_character else ''}"

    @property
    def is_for_a_character(self) -> bool:
        return self.saves is not None or self.command == CHARACTER


def purpose_of(custom_id: str) -> Purpose | None:
    """None for what is no form of ours."""
    prefix, _, rest = custom_id.rpartition(":")
    if prefix == f"{_PREFIX}:{_EDIT}":
        return Purpose(job=JobId(rest))
    if prefix == f"{_PREFIX}:{_MESSAGE}":
        return Purpose(key=rest)
    if prefix == f"{_PREFIX}:{_KEEP}":
        return Purpose(key=rest, command=CHARACTER)
    if prefix == f"{_PREFIX}:{_SAVE}":
        return Purpose(saves=JobId(rest))
    return Purpose(command=rest) if prefix == f"{_PREFIX}:{_NEW}" else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """What a form holds: `words` with the options that stand among them, the files, and which of several was chosen.

    `name` is that of a character; `words` are what it shows, then.
    """

    name: str = ""
    words: str = ""
    strength: str = ""
    options: str = ""
    picture: Attached | None = None
    mask: Attached | None = None
    which: str = ""

    @property
    def line(self) -> str:
        """As it would be typed."""
        strength = f"strength={self.strength}" if self.strength else ""
        return " ".join(part for part in (self.words, strength, self.options) if part)

    @property
    def saving(self) -> str:
        """As it would be typed behind /character."""
        name = self.name.replace('"', "'")
        return f'save name="{name}" {self.words}'.rstrip()


class Pictures:
    """Of the messages that forms were opened on; a restart forgets them."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, dict[str, Attached]] = OrderedDict()

    def remember(self, key: str, pictures: Sequence[Attached]) -> None:
        self._open[key] = {each.id: each for each in pictures}
        while len(self._open) > _REMEMBERED:
            self._open.popitem(last=False)

    def find(self, key: str, which: str) -> Attached | None:
        """The chosen one; the first where there was no choice. None for a form nobody knows any more."""
        known = self._open.get(key, {})
        return known.get(which) or next(iter(known.values()), None)


def form(purpose: Purpose, filled: Filled, language: str, pictures: Sequence[Attached] = ()) -> ui.Modal:
    """It asks for an upload unless the picture is a job's or one of `pictures`; of several it asks which."""
    modal = ui.Modal(title=say(purpose.title, language)[:_TITLE], custom_id=purpose.id)
    for name, field in _fields(purpose, filled, pictures)[:5]:
        modal.add_item(ui.Label(text=say(f"discord.field.{name}", language)[:_LABEL], component=field))
    return modal


def read_form(data: dict[str, Any]) -> Filled:
    """What was sent: the data of a modal's interaction."""
    files = {key: Attached.told(told) for key, told in data.get("resolved", {}).get("attachments", {}).items()}
    given = {each["custom_id"]: each for each in _inputs(data["components"])}

    def text(name: str) -> str:
        return (given.get(name, {}).get("value") or "").strip()

    def first(name: str) -> str:
        return next(iter(given.get(name, {}).get("values") or ()), "")

    return Filled(
        name=text("name"),
        words=text("words"),
        strength=text("strength"),
        options=text("options"),
        picture=files.get(first("picture")),
        mask=files.get(first("mask")),
        which=first("which"),
    )


def _fields(purpose: Purpose, filled: Filled, pictures: Sequence[Attached]) -> list[tuple[str, ui.Item[Any]]]:
    asked: list[tuple[str, ui.Item[Any]]] = []
    if purpose.job is None and purpose.key is None and purpose.saves is None:
        asked.append(("picture", ui.FileUpload(custom_id="picture", required=True, min_values=1, max_values=1)))
    if len(pictures) > 1:
        asked.append(("which", ui.Select(custom_id="which", options=_choices(pictures))))
    return [*asked, *(_of_a_character() if purpose.is_for_a_character else _of_a_job(filled))]


def _of_a_character() -> list[tuple[str, ui.Item[Any]]]:
    shows = ui.TextInput[Any](custom_id="words", style=discord.TextStyle.paragraph, required=False, max_length=_LONGEST)
    return [("name", ui.TextInput(custom_id="name", required=True, max_length=_NAME)), ("shows", shows)]


def _of_a_job(filled: Filled) -> list[tuple[str, ui.Item[Any]]]:
    words = ui.TextInput[Any](
        custom_id="words",
        style=discord.TextStyle.paragraph,
        default=filled.words[:_LONGEST] or None,
        required=False,
        max_length=_LONGEST,
    )
    strength = ui.TextInput[Any](
        custom_id="strength", default=filled.strength or None, placeholder="0.6", required=False, max_length=100
    )
    options = ui.TextInput[Any](
        custom_id="options", default=filled.options[:_LONGEST] or None, required=False, max_length=_LONGEST
    )
    mask = ui.FileUpload[Any](custom_id="mask", required=False, min_values=0, max_values=1)
    return [("words", words), ("strength", strength), ("options", options), ("mask", mask)]


def _inputs(components: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The fields in their labels."""
    for each in components:
        inner = [*each.get("components", ()), *([each["component"]] if "component" in each else ())]
        if inner:
            yield from _inputs(inner)
        elif "custom_id" in each:
            yield each


def _choices(pictures: Sequence[Attached]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=f"{number}. {each.filename}"[:100], value=each.id, default=number == 1)
        for number, each in enumerate(pictures[:_OPTIONS], 1)
    ]
