"""What a person asked, parsed, before rules are applied; and what they like by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from core.domain.likeness import Keep
from core.domain.names import BlobId
from core.domain.request import Control, Lora
from core.domain.strength import StepCounting


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One parsed command. None means "not said": the style, recipe, preferences or the model's defaults decide.

    `strengths` has several values for a sweep. `reference` names a picture of an earlier job,
    `hint` the control maps, one for each of `controls`, separated by commas. `target` names a job or
    card for commands about one. `changes` are the preferences that /settings was asked to change, as text by name.
    `character` is the name of one. `action` is what of a command is meant that does several things. `words` is what
    was typed after the name, `parts` its free words, in which what stood in quotes is one.
    """

    name: str
    action: str = ""
    words: str = ""
    prompt: str = ""
    negative: str | None = None
    strengths: tuple[Decimal, ...] = ()
    style: str | None = None
    recipe: str | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    scheduler: str | None = None
    model: str | None = None
    clip_skip: int | None = None
    loras: tuple[Lora, ...] | None = None
    reference: str | None = None
    reference_scale: float | None = None
    controls: tuple[Control, ...] = ()
    hint: str | None = None
    counting: StepCounting | None = None
    count: int = 1
    size: tuple[int, int] | None = None
    target: str | None = None
    private: bool = False
    spoiler: bool = False
    character: str | None = None
    keep: Keep | None = None
    parts: tuple[str, ...] = ()
    changes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPicture:
    """A picture after intake, in the blob store: upright RGB. `transparency` is a mask candidate, if it had any."""

    blob: BlobId
    width: int
    height: int
    transparency: BlobId | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """A person's defaults, set by /settings. `format` is that of the Full file, `language` None: the platform's."""

    strength: Decimal | None = None
    style: str | None = None
    previews: bool = True
    format: str = "png"
    language: str | None = None
