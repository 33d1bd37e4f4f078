"""Who asks, and where."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.names import CardId, CommunityId, PersonId, Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Who asks, and where the answer goes; what their platform says about both. No name: only they will read it.

    `language` is what the platform is set to ("de", "es-419"). `community` is the server, group or chat whose
    settings apply ("discord:81384788765712384"), None in a direct message and on the page. `channel` is what its
    settings call the channel: of a thread, the channel it belongs to. `roles` are ids, as the settings name them.
    `card` is what the new card shall be called, where a message was promised to it before it is there.
    """

    person: PersonId
    name: str
    place: Place
    language: str | None = None
    community: CommunityId | None = None
    channel: str = ""
    is_age_gated: bool = False
    roles: frozenset[str] = frozenset()
    is_moderator: bool = False  # of the community
    also: frozenset[PersonId] = frozenset()  # the other identities of this person, as far as they count
    is_operator: bool = False  # of this installation
    card: CardId | None = None
