"""Places with rules of their own: a Discord server, a Telegram group, and everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.names import CommunityId, PersonId

EVERYWHERE = CommunityId("*")  # the rules of the whole installation, beside those of the place
ALL_KINDS = "all"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceSettings:
    """What moderators and operators have set for a place. Empty means: no rule.

    `channels` and `roles` are the platform's ids; one of them is needed. `models` gives, for a model's short name,
    the roles that may use it. `waiting` is how much one person may have in line. `paused` are commands, or "all".
    `banned` gives the reason for each person.
    """

    channels: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    models: dict[str, tuple[str, ...]] = field(default_factory=dict)
    waiting: int | None = None
    language: str | None = None
    style: str | None = None
    paused: tuple[str, ...] = ()
    banned: dict[PersonId, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """One entry of the audit trail: who did what to which place, and when (seconds since the epoch)."""

    at: float
    actor: PersonId
    actor_name: str
    place: CommunityId
    action: str
    detail: str
