"""What comes out of commands and buttons: replies, which every adapter draws its own way."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import Action, Asked
from bot.character_cards import CharacterCard
from bot.commands import CommandSpec
from core.domain.job import Job
from core.domain.names import CardId, CharacterId
from core.service.asking import Asker
from core.service.states import CardState


@dataclass(frozen=True, kw_only=True, slots=True)
class Carded:
    """A job card: of a new job, or of one that a button changed. `besides` is to be shown to the person alone."""

    state: CardState
    besides: Filed | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A sentence, private to the person."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A sentence, and cards under it: the queue, the history."""

    text: str
    cards: tuple[CardState, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Informed:
    """The settings of one picture, and a line that makes it again."""

    job: Job
    lines: tuple[tuple[str, str], ...]
    line: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Helped:
    """What there is to say, to be explained in `language`."""

    commands: tuple[CommandSpec, ...]
    language: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Drafted:
    """Edit: the line goes back to where the person types, bound to the original of `job`."""

    job: Job
    line: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """A picture to hand over: the original, or the full file of a result."""

    job: Job
    action: Action


@dataclass(frozen=True, kw_only=True, slots=True)
class Archived:
    """An archive of all that is the asker's, to be packed (`service.belongings.archive`) and handed to them alone."""

    asker: Asker


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """The card is gone."""

    card: CardId
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """A line that the person goes on with where they type, and what to write; of a result, bound to its `job`.

    `old` is what of the line's end is there to be changed.
    """

    line: str
    text: str
    job: Job | None = None
    old: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Portrayed:
    """A character, with what was done to it as a sentence."""

    text: str
    card: CharacterCard


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """A list of characters: a text that says all, and the cards for where there is room for pictures."""

    text: str
    cards: tuple[CharacterCard, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filed:
    """A picture to hand over (PNG): a character as /character import takes it, or, `to_look_at`, where its face is."""

    name: str
    data: bytes
    text: str
    character: CharacterId
    to_look_at: bool = False


OfJobs = Carded | Listed | Informed | Drafted | Handed | Removed
OfCharacters = Begun | Portrayed | Gathered | Filed
Reply = OfJobs | OfCharacters | Said | Helped | Asked | Archived
