"""What is offered while somebody types: styles, recipes, schedulers, their own jobs."""

from __future__ import annotations

from collections.abc import Iterable

from discord import app_commands

from bot.cards import job_card
from bot.discord_bot.commands import TARGET
from core.domain.names import PersonId
from core.domain.nearest import nearest
from core.service.service import Service

_MOST = 25  # choices Discord takes
_LONGEST = 100  # characters of each
_JOBS = 25
Offer = tuple[str, str]  # what is shown, and what is sent


async def complete(service: Service, person: PersonId, name: str, typed: str) -> list[app_commands.Choice[str]]:
    """At most 25: what begins with what was typed, then what has it inside, then what is spelt alike."""
    if name in {TARGET, "reference"}:
        offers = await _jobs(service, person, name)
    else:
        offers = await _characters(service, person) if name == "character" else _names(service, name)
    low = typed.strip().lower()
    starts = [offer for offer in offers if offer[0].lower().startswith(low) or offer[1].startswith(low)]
    holds = [offer for offer in offers if low in offer[0].lower()]
    found = list(dict.fromkeys([*starts, *holds]))
    if not found and (near := nearest(low, [value for _, value in offers])):
        found = [offer for offer in offers if offer[1] == near]
    return [app_commands.Choice(name=shown[:_LONGEST], value=value[:_LONGEST]) for shown, value in found[:_MOST]]


def _names(service: Service, name: str) -> list[Offer]:
    catalogue = service.rules.catalogue
    if name in {"style", "recipe"}:
        entries = catalogue.styles if name == "style" else catalogue.recipes
        return [(_explained(entry.name, entry.summary), entry.name) for entry in entries.values()]
    if name == "scheduler":
        return [(each, each) for each in service.rules.schedulers]
    return _plain(getattr(catalogue, f"{name}s", ()))


def _plain(names: Iterable[str]) -> list[Offer]:
    return [(each, each) for each in names]


async def _jobs(service: Service, person: PersonId, name: str) -> list[Offer]:
    """A person's newest cards; for a reference, those that have a picture."""
    cards = await service.history(person, _JOBS)
    if name == "reference":
        return [(job_card(card).headline, job.job.id) for card in cards for job in card.jobs if job.job.outcome]
    return [(job_card(card).headline, card.id) for card in cards]


async def _characters(service: Service, person: PersonId) -> list[Offer]:
    return [(character.name, character.name) for character in await service.characters.listed(person)]


def _explained(name: str, summary: str) -> str:
    return f"{name} · {summary}" if summary else name
