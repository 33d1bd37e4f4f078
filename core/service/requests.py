"""From a command to complete requests: style, recipe, preferences and the model's defaults applied. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Self

from core.domain.catalogue import Catalogue, ModelSpec, Recipe, Style, short_name
from core.domain.command import Command, Preferences, StoredPicture
from core.domain.names import BlobId
from core.domain.nearest import nearest
from core.domain.request import MAX_SEED, Lora, Request
from core.domain.schedulers import MODEL_OWN, SCHEDULERS
from core.domain.strength import parse_strength
from core.errors import InputError, ModelError, UnknownNameError
from core.imaging.sizing import SizePlan, plan_size
from core.service.controls import controls_of
from core.service.loras import loras_of
from core.service.references import reference_of

SWEEP = (Decimal("0.3"), Decimal("0.45"), Decimal("0.6"), Decimal("0.75"))
GENTLER = Decimal("-0.15")
STRONGER = Decimal("0.15")
DEFAULT_STRENGTH = Decimal("0.6")
MAX_JOBS = 16  # of one command
_REPEATS = {"retry", "use"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What this installation allows and assumes. `schedulers` are the names the engine can use with `model`.

    `model` is taken where nobody names one; `further` are those that people may choose besides, and what is known of
    them. `usable` are the schedulers of models that were loaded once: which they are shows only then.
    """

    catalogue: Catalogue
    model: str
    spec: ModelSpec
    schedulers: tuple[str, ...]
    max_prompt: int = 2000
    further: Mapping[str, ModelSpec] = field(default_factory=dict)
    usable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def models(self) -> dict[str, str]:
        """Folder or hub id by the short name that people type, the default first."""
        return {short_name(model): model for model in (self.model, *self.further)}

    def of(self, name: str | None) -> Self:
        """The same with the model that a person named as the one to take. Raises UnknownNameError."""
        model = self._named(name) if name else self.model
        spec = self.spec if model == self.model else self.further[model]
        return replace(self, model=model, spec=spec, schedulers=self.usable.get(model, self.schedulers))

    def _named(self, name: str) -> str:
        known = self.models
        if found := known.get(short_name(name)):
            return found
        if near := nearest(name, known):
            raise UnknownNameError("near", what="model", given=name[:40], nearest=near)
        raise UnknownNameError("alone", what="model", given=name[:40], known=", ".join(known))


def build_requests(
    command: Command,
    picture: StoredPicture,
    preferences: Preferences,
    rules: Rules,
    seed: int,
    mask: BlobId | None = None,
    reference: BlobId | None = None,
    maps: Sequence[BlobId | None] = (),
) -> tuple[list[Request], SizePlan]:
    """The requests of a command, in order, and what happens to the size.

    `seed` is used where the command names none; `count` uses seed, seed + 1, ... `maps` are those of its controls, in
    their order. Raises InputError and its kinds.
    """
    rules = rules.of(command.model)
    look = _look(command, preferences, rules)
    size = plan_size(
        picture.width,
        picture.height,
        native_area=rules.spec.native_area,
        multiple=rules.spec.multiple,
        max_pixels=rules.spec.max_pixels,
        asked=command.size,
    )
    first_seed = command.seed if command.seed is not None else seed
    strengths = command.strengths or look.strengths
    if len(strengths) * command.count > MAX_JOBS:
        raise InputError("too-many-pictures", count=len(strengths) * command.count, limit=MAX_JOBS)
    shown = reference_of(command, reference, rules.spec, short_name(rules.model))
    controls = controls_of(command, maps, rules.spec, short_name(rules.model))
    requests = [
        Request(
            picture=picture.blob,
            mask=mask,
            prompt=look.prompt,
            negative=look.negative,
            width=size.width,
            height=size.height,
            strength=strength,
            steps=command.steps or rules.spec.steps,
            guidance=command.guidance if command.guidance is not None else rules.spec.guidance,
            scheduler=_scheduler(command, rules),
            seed=(first_seed + offset) % (MAX_SEED + 1),
            model=rules.model,
            counting=command.counting or rules.spec.counting,
            clip_skip=command.clip_skip or 0,
            loras=look.loras,
            reference=shown,
            controls=controls,
        )
        for strength in strengths
        for offset in range(command.count)
    ]
    return requests, size


@dataclass(frozen=True, kw_only=True, slots=True)
class _Look:
    prompt: str
    negative: str
    strengths: tuple[Decimal, ...]
    loras: tuple[Lora, ...]


def _look(command: Command, preferences: Preferences, rules: Rules) -> _Look:
    """Words, style and recipe as one prompt. Words that name a style, and nothing else, are that style."""
    words = " ".join(command.prompt.split())
    if len(words) > rules.max_prompt:
        raise InputError("prompt-too-long", length=len(words), limit=rules.max_prompt)
    recipe = rules.catalogue.recipe(command.recipe) if command.recipe else None
    style, words = _style(command, words, preferences, recipe, rules.catalogue)
    if not words and not style and not recipe:
        raise InputError("no-prompt")
    dressed = [entry for entry in (recipe, style) if entry]
    prompt = words
    for entry in dressed:
        prompt = entry.apply(prompt)
    negative = command.negative
    if negative is None:
        negative = ", ".join(entry.negative for entry in dressed if entry.negative)
    return _Look(
        prompt=prompt,
        negative=negative,
        strengths=_strengths(command, preferences, style, recipe),
        loras=loras_of(command, dressed, rules.spec, short_name(rules.model)),
    )


def _style(
    command: Command, words: str, preferences: Preferences, recipe: Recipe | None, catalogue: Catalogue
) -> tuple[Style | None, str]:
    """The style to use, and the words that are left for the prompt."""
    if command.style:
        return catalogue.style(command.style), words
    if named := catalogue.style_named_by(words):
        return named, ""
    if preferences.style and not recipe:
        return catalogue.style(preferences.style), words
    return None, words


def _strengths(
    command: Command, preferences: Preferences, style: Style | None, recipe: Recipe | None
) -> tuple[Decimal, ...]:
    """Where the command names none: the recipe's, the person's own, the style's, or a middle one."""
    if command.name == "sweep":
        return SWEEP
    if recipe:
        return (recipe.strength,)
    if preferences.strength is not None:
        return (preferences.strength,)
    return (style.strength if style else DEFAULT_STRENGTH,)


def _scheduler(command: Command, rules: Rules) -> str:
    name = command.scheduler or rules.spec.scheduler
    if name in rules.schedulers:
        return name
    if not command.scheduler:  # the catalogue guessed wrong about a model it does not know
        return MODEL_OWN
    if name in SCHEDULERS:
        raise ModelError("no-scheduler", scheduler=name, model=short_name(rules.model))
    if near := nearest(name, rules.schedulers):
        raise UnknownNameError("near", what="scheduler", given=name[:40], nearest=near)
    raise UnknownNameError("alone", what="scheduler", given=name[:40], known=", ".join(rules.schedulers))


def shifted(strength: Decimal, by: Decimal) -> Decimal:
    """A strength for "Subtle" and "Strong": moved by `by`, kept in [0.1, 0.95]."""
    return min(Decimal("0.95"), max(Decimal("0.1"), strength + by))


def changed(request: Request, change: str) -> Request:
    """What the buttons "subtle", "strong", "reroll" and a strength ("0.45") make of a request; the others repeat it.

    Raises OptionError for what is no strength either.
    """
    if change == "subtle":
        return request.varied(strength=shifted(request.strength, GENTLER))
    if change == "strong":
        return request.varied(strength=shifted(request.strength, STRONGER))
    if change == "reroll":
        return request.varied(seed=secrets.randbelow(MAX_SEED + 1))
    return request if change in _REPEATS else request.varied(strength=parse_strength(change))
