"""What of the answers in a group is for one person alone, and what of them everybody may read."""

from __future__ import annotations

from bot.answers import Archived, Filed, Gathered, Portrayed, Reply, Said
from bot.cards import Asked
from core.domain.command import Command

ALONE = {"link", "mydata", "settings", "history", "info"}  # commands about one person, and of no use to a group
_HERE = "here"  # whom a character is shared with: everybody who reads the answer


def is_for_one(command: Command, reply: Reply) -> bool:
    """Whether the answer belongs into the asker's private chat."""
    match reply:
        case Gathered() | Filed() | Archived():
            return True
        case Portrayed(text=text, card=card):
            return text == card.headline  # it was asked for, nothing was done
        case Asked(buttons=buttons, code=code):
            return bool(buttons) and not code  # a question; what is said of a session is for all
    return command.name in ALONE or (command.action == "share" and not _is_here(command))


def said_to_all(reply: Reply) -> Reply:
    """Of a portrait what was done: the rest is its owner's."""
    return Said(text=reply.text) if isinstance(reply, Portrayed) else reply


def _is_here(command: Command) -> bool:
    return command.changes.get("whom", "").lower() == _HERE or _HERE in (command.target or "").lower().split()
