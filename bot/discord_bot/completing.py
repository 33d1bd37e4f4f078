"""What is offered while somebody types: styles, recipes, models, their characters, their own jobs."""

from __future__ import annotations

from collections.abc import Iterable

from discord import app_commands

from bot.administering import kinds
from bot.cards import job_card
from bot.discord_bot.commands import TARGET
from core.domain.names import PersonId
from core.domain.nearest import nearest
from core.service.requests import Rules
from core.service.service import Asker, Service

_MOST = 25  # choices Discord takes
_LONGEST = 100  # characters of each
_JOBS = 25
_OF_JOBS = {"reference", "hint"}  # options that name a picture of a job
Offer = tuple[str, str]  # what is shown, and what is sent


async def complete(
    service: Service, asker: Asker, name: str, typed: str, model: str | None = None
) -> list[app_commands.Choice[str]]:
    """At most 25: what begins with what was typed, then what has it inside, then what is spelt alike.

    `model` is what was chosen in the same command, if anything: not every model has every LoRA.
    """
    offers = await _offers(service, asker, name, model)
    low = typed.strip().lower()
    starts = [offer for offer in offers if offer[0].lower().startswith(low) or offer[1].startswith(low)]
    holds = [offer for offer in offers if low in offer[0].lower()]
    found = list(dict.fromkeys([*starts, *holds]))
    if not found and (near := nearest(low, [value for _, value in offers])):
        found = [offer for offer in offers if offer[1] == near]
    return [app_commands.Choice(name=shown[:_LONGEST], value=value[:_LONGEST]) for shown, value in found[:_MOST]]


async def _offers(service: Service, asker: Asker, name: str, model: str | None) -> list[Offer]:
    if name in {TARGET, *_OF_JOBS}:
        return await _jobs(service, asker.person, name)
    if name in {"character", "shared"}:
        return await (_characters(service, asker.person) if name == "character" else _shared(service, asker))
    if name in {"style", "recipe"}:
        catalogue = service.rules.catalogue
        entries = catalogue.styles if name == "style" else catalogue.recipes
        return [(_explained(entry.name, entry.summary), entry.name) for entry in entries.values()]
    return [(each, each) for each in (kinds() if name == "kind" else _of_models(service.rules, name, model))]


def _of_models(rules: Rules, name: str, model: str | None) -> Iterable[str]:
    """The models that are offered here; or what they can do, of one of them where it is chosen already."""
    if name == "model":
        return rules.models
    chosen = [rules.of(model)] if model in rules.models else [rules.of(each) for each in rules.models]
    if name == "scheduler":
        return dict.fromkeys(scheduler for each in chosen for scheduler in each.schedulers)
    nets = {"lora": [each.spec.lora_choices for each in chosen], "control": [each.spec.controlnets for each in chosen]}
    return dict.fromkeys(net for several in nets[name] for net in several)


async def _jobs(service: Service, person: PersonId, name: str) -> list[Offer]:
    """A person's newest cards; for a reference or a hint, those that have a picture."""
    cards = await service.history(person, _JOBS)
    if name in _OF_JOBS:
        return [(job_card(card).headline, job.job.id) for card in cards for job in card.jobs if job.job.outcome]
    return [(job_card(card).headline, card.id) for card in cards]


async def _characters(service: Service, person: PersonId) -> list[Offer]:
    return [(character.name, character.name) for character in await service.characters.listed(person)]


async def _shared(service: Service, asker: Asker) -> list[Offer]:
    """Characters that others share here."""
    offered = [one for _, one in await service.characters.sharing.here(asker)]
    return [(f"{one.name} · {one.owner_name}" if one.owner_name else one.name, one.name) for one in offered]


def _explained(name: str, summary: str) -> str:
    return f"{name} · {summary}" if summary else name
