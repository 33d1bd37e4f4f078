"""Who may have what made, and where: pure rules over what a place has set."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.catalogue import Catalogue
from core.domain.places import ALL_KINDS, PlaceSettings
from core.errors import RefusedError
from core.service.asking import Asker


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What is asked for. `model` is its short name; `gated_look` names a style or recipe that is age-gated."""

    command: str
    model: str
    is_gated_model: bool = False
    gated_look: str | None = None


def check_access(asker: Asker, rules: PlaceSettings, wish: Wish) -> None:
    """Raises RefusedError that names the rule and a way out.

    Operators pass every rule but that of age; moderators those about channels, roles, models and pauses of their
    own place, which they could change. What is age-gated stays in age-gated channels, whoever asks.
    """
    _check_age(asker, wish)
    if asker.is_operator:
        return
    banned = (rules.banned[one] for one in (asker.person, *asker.also) if one in rules.banned)
    if (reason := next(banned, None)) is not None:
        raise RefusedError("banned", why=reason)
    if asker.is_moderator:
        return
    if {ALL_KINDS, wish.command} & set(rules.paused):
        raise RefusedError("paused", command=f"/{wish.command}")
    if rules.channels and asker.channel not in rules.channels:
        raise RefusedError("channel", channels=", ".join(rules.channels))
    if rules.roles and not asker.roles & set(rules.roles):
        raise RefusedError("role", roles=", ".join(rules.roles))
    wanted = rules.models.get(wish.model, ())
    if wanted and not asker.roles & set(wanted):
        raise RefusedError("model", model=wish.model, roles=", ".join(wanted))


def gated_look(prompt: str, catalogue: Catalogue) -> str | None:
    """The age-gated style or recipe that this prompt was dressed in: all the words of its template are there.

    By the prompt, because that is what a button on an old card starts from.
    """
    for entry in (*catalogue.styles.values(), *catalogue.recipes.values()):
        if entry.age_gated and all(part in prompt for part in entry.apply("").split(", ")):
            return entry.name
    return None


def _check_age(asker: Asker, wish: Wish) -> None:
    if asker.is_age_gated:
        return
    if wish.is_gated_model:
        raise RefusedError("age-gated", what=wish.model)
    if wish.gated_look:
        raise RefusedError("age-gated", what=wish.gated_look)
