"""Buttons: what they do, what they say, and the questions they answer; adapters only draw them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Action(Enum):
    """What a button does; its value is part of the button's id, so it never changes."""

    CANCEL = "cancel"
    SUBTLE = "subtle"
    STRONG = "strong"
    REROLL = "reroll"
    STRENGTH = "strength"
    AT = "at"  # one of the strengths that the former offers
    EDIT = "edit"
    INFO = "info"
    ORIGINAL = "original"
    FULL = "full"
    DELETE = "delete"
    RETRY = "retry"
    USE = "use"
    JOIN = "join"
    SAVE = "save"  # a result as a character
    BASE = "base"  # a result as its character's new base
    DRESS = "dress"  # from here on, what a button is about is a character
    PREFER = "prefer"
    ALTER = "alter"
    EXPORT = "export"
    FACE = "face"  # where it is on a character's picture
    DROP = "drop"
    FORGET = "forget"
    ENTER = "enter"  # a session
    VOTE = "vote"
    UNVOTE = "unvote"
    CROWN = "crown"  # a session's winner becomes its character's base
    ERASE = "erase"


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """One button. `target` is a job's or card's id; the button works after a restart, because the row is there."""

    action: Action
    label: str
    target: str

    @property
    def id(self) -> str:
        """At most 64 bytes, for every platform: "v1:<action>:<target>"."""
        return f"v1:{self.action.value}:{self.target}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question to the person alone, and the buttons that say yes; without any, a sentence."""

    text: str
    buttons: tuple[Button, ...] = ()
    link: str = ""  # of a gallery, of the page itself where it has no host
    code: str = ""  # of the session it is about


def parse_button(custom_id: str) -> tuple[Action, str] | None:
    """The action and target of a button's id, or None for what is not (or no longer) one."""
    version, _, rest = custom_id.partition(":")
    action, _, target = rest.partition(":")
    if version != "v1" or not target or len(custom_id) > 64:
        return None
    try:
        return Action(action), target
    except ValueError:
        return None
