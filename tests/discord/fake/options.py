"""What a person types into a slash command, as Discord's own client checks and sends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.discord.fake.command_form import GROUP, SUBCOMMAND
from tests.discord.fake.files import File
from tests.discord.fake.refusals import Json
from tests.discord.fake.world import Attachment, Channel, User

STRING, INTEGER, BOOLEAN, USER, CHANNEL, NUMBER, ATTACHMENT = 3, 4, 5, 6, 7, 10, 11
Value = str | int | float | bool | bytes | File | User | Channel


class NotOffered(AssertionError):
    """Discord's client would not have let a person do this."""


@dataclass(kw_only=True, slots=True)
class Resolved:
    """Objects behind the ids in an interaction."""

    attachments: dict[str, Attachment] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)


def as_file(value: bytes | File) -> File:
    return value if isinstance(value, File) else File(filename="picture.png", content=value)


def descend(command: Json, words: list[str]) -> tuple[list[Json], list[str]]:
    """The options of the subcommand that `words` name; raises NotOffered when there is none."""
    options: list[Json] = command.get("options") or []
    for word in words:
        found = next((each for each in options if each["name"] == word and each["type"] in (SUBCOMMAND, GROUP)), None)
        if found is None:
            raise NotOffered(f"/{command['name']} has no {word}")
        options = found.get("options") or []
    if any(each["type"] in (SUBCOMMAND, GROUP) for each in options):
        raise NotOffered(f"/{command['name']} needs one of {[each['name'] for each in options]}")
    return options, words


def fill_in(
    options: list[Json], given: Mapping[str, Value], keep: Callable[[File], Attachment], *, focused: str | None = None
) -> tuple[list[Json], Resolved]:
    """The filled-in options; with `focused` one is still being typed, and required ones may be missing."""
    known = {each["name"]: each for each in options}
    unknown = given.keys() - known.keys()
    if unknown:
        raise NotOffered(f"there is no option {sorted(unknown)}; there are {sorted(known)}")
    missing = [name for name, each in known.items() if each.get("required") and name not in given]
    if missing and focused is None:
        raise NotOffered(f"the options {missing} are required")
    resolved = Resolved()
    filled = []
    for name, value in given.items():
        if name != focused:
            _check(known[name], value)
        one: Json = {"name": name, "type": known[name]["type"], "value": _sent(value, resolved, keep)}
        filled.append(one | {"focused": True} if name == focused else one)
    return filled, resolved


def nest(filled: list[Json], options: list[Json], words: list[str]) -> list[Json]:
    """Wrap the filled-in options into the subcommands that lead to them."""
    for depth in range(len(words), 0, -1):
        kind = SUBCOMMAND if depth == len(words) else GROUP
        filled = [{"name": words[depth - 1], "type": kind, "options": filled}]
    return filled


def _sent(value: Value, resolved: Resolved, keep: Callable[[File], Attachment]) -> Any:
    if isinstance(value, bytes | File):
        attachment = keep(as_file(value))
        resolved.attachments[str(attachment.id)] = attachment
        return str(attachment.id)
    if isinstance(value, User):
        resolved.users[str(value.id)] = value
        return str(value.id)
    if isinstance(value, Channel):
        resolved.channels[str(value.id)] = value
        return str(value.id)
    return value


KINDS: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    USER: (User,),
    CHANNEL: (Channel,),
    NUMBER: (int, float),
    ATTACHMENT: (bytes, File),
}


def _check(option: Json, value: Value) -> None:
    name, kind = option["name"], option["type"]
    if not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != BOOLEAN):
        raise NotOffered(f"{name} does not take {value!r}")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise NotOffered(f"{name} is one of {choices}")
    size = len(value) if isinstance(value, str) else value
    suffix = "length" if isinstance(value, str) else "value"
    if isinstance(size, int | float) and not isinstance(size, bool):
        low, high = option.get(f"min_{suffix}"), option.get(f"max_{suffix}")
        if (low is not None and size < low) or (high is not None and size > high):
            raise NotOffered(f"{name} is between {low} and {high}, not {value!r}")
