"""A session: people sit around one character, send ideas, and vote for the variations that come of them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import NewType

from core.domain.names import BlobId, CardId, CommunityId, PersonId, Place

SessionId = NewType("SessionId", str)  # 8 characters that people can type

MAX_ENTRIES = 400  # variations of one session: a gallery page still opens on a telephone
MAX_BUDGET = 50  # ideas of one person
DEFAULT_BUDGET = 5
MAX_TEXT = 300  # characters of a theme and of the rules
DEFAULT_SECONDS = 24 * 3600.0
_CODE = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letters that look alike


class SessionState(Enum):
    """Where a session is in its life."""

    OPEN = "open"  # takes ideas and votes
    PAUSED = "paused"  # takes neither; its time goes on
    ENDED = "ended"  # votes are counted, for good


class Vote(Enum):
    """What became of a vote that was allowed."""

    COUNTED = "counted"
    ALREADY = "already"  # it had been counted before
    TAKEN_BACK = "taken-back"
    NONE = "none"  # there was none to take back


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """The character as it was when the session began: what every variation is made from.

    `character` is its id, by which the owner may take the winner as a new base; None where it was none. `mask` is a
    map of what may change (its keep-the-face map), `picture` the base, `width` x `height` pixels. What drifts below
    `threshold` is made again where it `keeps_likeness`.
    """

    owner: PersonId
    name: str
    picture: BlobId
    width: int
    height: int
    character: str | None = None
    mask: BlobId | None = None
    prompt: str = ""
    negative: str | None = None
    seed: int | None = None
    strength: Decimal = Decimal("0.4")
    style: str | None = None
    steps: int | None = None
    keeps_likeness: bool = False
    threshold: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One session. Times in seconds since the epoch. `link` opens its gallery; None where it was closed."""

    id: SessionId
    host: PersonId
    host_name: str
    subject: Subject
    created_at: float
    ends_at: float
    theme: str = ""
    rules: str = ""
    budget: int = DEFAULT_BUDGET
    shows_board: bool = True
    state: SessionState = SessionState.OPEN
    ended_at: float | None = None
    link: str | None = None

    @property
    def is_ended(self) -> bool:
        return self.state is SessionState.ENDED

    def is_over(self, now: float) -> bool:
        """Ended, or its time has come and nobody has noticed yet."""
        return self.is_ended or now >= self.ends_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One variation. `id` is its job's card; `number` what people call it. `picture` is None until it is made."""

    id: CardId
    session: SessionId
    number: int
    author: PersonId
    author_name: str
    words: str
    created_at: float
    picture: BlobId | None = None
    votes: int = 0
    is_lost: bool = False  # its job failed or was cancelled: it has no picture and will have none


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """Where a session is held: a thread, a topic, a chat. `place` is what the platform calls it.

    `message` shows the header and `result` the winners, once they were posted; `gone`: the platform has it no more.
    """

    session: SessionId
    place: Place
    community: CommunityId | None = None
    language: str = "en"
    message: str | None = None
    result: str | None = None
    gone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """An entry and its place: 1 is the best; equal votes give equal places, and the next place is left out."""

    place: int
    entry: Entry


def ranked(entries: Sequence[Entry]) -> tuple[Ranked, ...]:
    """Those with a picture, most votes first, earlier ones first among equals."""
    ordered = sorted((one for one in entries if one.picture), key=lambda one: (-one.votes, one.number))
    better = [sum(other.votes > one.votes for other in ordered) for one in ordered]
    return tuple(Ranked(place=count + 1, entry=one) for count, one in zip(better, ordered, strict=True))


def winners(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The one with most votes, or the several of a tie; none where nobody voted."""
    return tuple(one.entry for one in ranked(entries) if one.place == 1 and one.entry.votes > 0)


def new_code() -> SessionId:
    """40 random bits."""
    return SessionId("".join(secrets.choice(_CODE) for _ in range(8)))


def new_link() -> str:
    """192 random bits, in letters that an address takes."""
    return secrets.token_urlsafe(24)
