"""From a character to complete requests: its preset under what a command says, always from the base picture. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from core.domain.character import FACE_STRENGTH, Character, Preset
from core.domain.command import Command, Preferences, StoredPicture
from core.domain.job import Job
from core.domain.likeness import SAME, Keep, Likeness
from core.domain.names import BlobId, CharacterId, JobId, PersonId
from core.domain.outfits import outfits
from core.domain.request import MAX_SEED, Request
from core.errors import InputError
from core.queue.ports import Cancellation, Limits
from core.service.asking import Asker
from core.service.requests import MAX_JOBS, Rules, build_requests
from core.service.states import CardState


class Desk(Protocol):
    """What rooms of the service ask of it."""

    @property
    def rules(self) -> Rules: ...

    @property
    def limits(self) -> Limits: ...

    def owner_of(self, person: PersonId) -> PersonId:
        """Who owns what this identity of a platform does."""

    async def job(self, person: PersonId, job_id: JobId, *, shown: bool = False) -> Job: ...

    async def cancel(self, person: PersonId, job_id: JobId) -> Cancellation: ...

    async def accept(
        self,
        asker: Asker,
        command: Command,
        requests: Sequence[Request],
        original: tuple[int, int],
        *,
        character: CharacterId | None = None,
        labels: Sequence[str] = (),
    ) -> CardState:
        """One card of jobs. `labels`: what each of them shows, where a sheet should say so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variation:
    """One outfit, and the request that puts it on."""

    outfit: str
    request: Request


def variations(character: Character, words: str, command: Command, rules: Rules, limits: Limits) -> list[Variation]:
    """One for each outfit in `words`, all with one seed, each from the base picture.

    Raises InputError("no-outfits", "too-many-outfits", "braces", "being-made").
    """
    picture = base_picture(character)
    wanted = outfits(words, min(MAX_JOBS, limits.waiting))
    if not wanted:
        raise InputError("no-outfits", name=character.name)
    seed = next(seed for seed in (command.seed, character.preset.seed, draw_seed()) if seed is not None)
    keep = command.keep or character.keep
    mask = character.base.face_map if keep.face else None
    preset = firmer(character.preset) if mask else character.preset
    likeness = compared(picture.blob, keep, character.threshold)
    shown = picture.blob if command.reference_scale is not None else None  # to an adapter, beside the words
    made = []
    for outfit in wanted:
        single = joined(replace(command, prompt=outfit, seed=seed, count=1), preset, rules)
        requests, _ = build_requests(single, picture, Preferences(), rules, seed, mask, shown)
        made.append(Variation(outfit=outfit, request=requests[0].varied(likeness=likeness)))
    return made


def firmer(preset: Preset) -> Preset:
    """As it is used where the face is kept: what is not the face may change more."""
    return replace(preset, strength=max(preset.strength, FACE_STRENGTH))


def compared(base: BlobId, keep: Keep, threshold: float | None) -> Likeness:
    """Every variation is measured; with "keep the likeness" it is made again below the threshold, or below "same"."""
    return Likeness(base=base, keep=keep.likeness, floor=SAME if threshold is None else threshold)


def joined(command: Command, preset: Preset, rules: Rules) -> Command:
    """The command with the preset's values where it has none; the preset's prompt comes first."""
    style, words = command.style, command.prompt
    if not style and not command.recipe and (named := rules.catalogue.style_named_by(words)):
        style, words = named.name, ""
    strengths = command.strengths
    if not strengths and command.name != "sweep" and not command.recipe:
        strengths = (preset.strength,)
    return replace(
        command,
        prompt=", ".join(part for part in (preset.prompt, words.strip(" ,")) if part),
        negative=command.negative if command.negative is not None else preset.negative,
        strengths=strengths,
        seed=command.seed if command.seed is not None else preset.seed,
        steps=command.steps or preset.steps,
        style=style or (None if command.recipe else preset.style),
    )


def base_picture(character: Character) -> StoredPicture:
    """Raises InputError("being-made")."""
    base = character.base
    if base.picture is None:
        raise InputError("being-made", name=character.name)
    return StoredPicture(blob=base.picture, width=base.width, height=base.height)


def draft_request(preset: Preset, command: Command, blank: StoredPicture, rules: Rules) -> Request:
    """The request that makes a base picture of words alone, at strength 1. Raises InputError("no-prompt")."""
    whole = joined(replace(command, prompt="", strengths=(Decimal(1),), count=1), preset, rules)
    requests, _ = build_requests(whole, blank, Preferences(), rules, draw_seed())
    return requests[0]


def draw_seed() -> int:
    return secrets.randbelow(MAX_SEED + 1)
