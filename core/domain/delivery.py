"""A delivery: which message of a chat shows a card, and how that message can still be changed."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.names import CardId, PersonId, Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One card in one chat. `owner` is who asked, as the chat knows them.

    Open until its last state was shown (`closed_at`, seconds since the epoch).

    `message` is the platform's own id, or None where there is none (any more). `token` changes that message until
    `token_until` without any permission; `reachable` says whether the bot may write there by itself. `file_limit` is
    the bytes of one file there. `told`: the owner was pinged, which happens once. `answers` is the message that it
    answers. Cards with the same `album` (the first one's id) share one message, and `picture` is the message
    that holds the picture of one of them. `file` is the platform's own name of the picture that is shown.
    """

    card: CardId
    owner: PersonId
    place: Place
    message: str | None = None
    token: str | None = None
    token_until: float = 0.0
    reachable: bool = True
    file_limit: int = 0
    language: str = "en"
    told: bool = False
    closed_at: float | None = None
    answers: str | None = None
    album: str | None = None
    picture: str | None = None
    file: str | None = None

    def has_token(self, now: float) -> bool:
        return self.token is not None and now < self.token_until
