"""A request: everything that decides one picture, and nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any, Self

from core.domain.likeness import Likeness
from core.domain.names import BlobId
from core.domain.strength import StepCounting, StepPlan, plan_steps
from core.errors import OptionError

MAX_SEED = 2**32 - 1
LORA_LIMIT = 2  # a weight further from 0 leaves nothing of the picture
MAX_SCALE = 2  # of a control
MAPS = ("map", "map2", "map3")  # what people call the maps of a job's controls
MAX_CONTROLS = len(MAPS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """A ControlNet at work: `net` is its name in the model's catalogue entry, `hint` the stored map it follows.

    Where `hint` is None the map is made from the picture. `scale` is in [0, 2]; it works on the steps from `start` to
    `end`, both shares in [0, 1] of the steps that run.
    """

    net: str
    hint: BlobId | None = None
    scale: float = 1.0
    start: float = 0.0
    end: float = 1.0

    @property
    def words(self) -> str:
        """As people write it: edges, edges:0.8, edges:0.8@0-0.6. Its map is named beside it."""
        scale = "" if self.scale == 1 else f":{self.scale:g}"
        span = "" if (self.start, self.end) == (0, 1) else f"@{self.start:g}-{self.end:g}"
        return f"{self.net}{scale}{span}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lora:
    """A LoRA by its name in the model's catalogue entry, with a weight in [-2, 2]."""

    name: str
    weight: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """From "name" or "name:0.7". Raises OptionError."""
        name, colon, weight = text.strip().partition(":")
        if not name.strip() or (colon and not weight.strip()):
            raise OptionError("missing-value", option="lora", example="name:0.7")
        return cls(name=name.strip().lower(), weight=_weight(weight) if colon else 1.0)

    @property
    def text(self) -> str:
        """What `parse` reads."""
        return self.name if self.weight == 1 else f"{self.name}:{self.weight:.15g}"


def _weight(text: str) -> float:
    try:
        weight = float(text.replace(",", "."))
    except ValueError:
        raise OptionError("not-a-number", option="lora", given=text[:40]) from None
    if not -LORA_LIMIT <= weight <= LORA_LIMIT:
        raise OptionError("range", option="lora", low=-LORA_LIMIT, high=LORA_LIMIT, given=text[:40])
    return weight


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A stored picture that is shown to the network beside the words (IP-Adapter), with a scale in [0, 1]."""

    picture: BlobId
    scale: float = 0.6


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A validated, complete description of one generation; equal requests give equal pictures.

    `prompt` and `negative` are final (style and recipe applied). `width` and `height` are those of the result, in
    pixels, multiples of the model's latent factor. `picture` and `mask` name originals in the blob store (after
    intake: upright RGB PNG, and grey PNG of the same size); they are brought to `width` x `height` by the engine.
    `clip_skip` last layers of the text encoder are left out.
    """

    picture: BlobId
    prompt: str
    width: int
    height: int
    strength: Decimal
    steps: int
    guidance: float
    scheduler: str
    seed: int
    model: str
    negative: str = ""
    mask: BlobId | None = None
    counting: StepCounting = StepCounting.SCHEDULED
    clip_skip: int = 0
    loras: tuple[Lora, ...] = ()
    controls: tuple[Control, ...] = ()
    reference: Reference | None = None
    likeness: Likeness | None = None

    @property
    def others(self) -> tuple[BlobId, ...]:
        """The stored pictures it needs besides its picture and its mask."""
        hints = [control.hint for control in self.controls if control.hint]
        shown = [self.reference.picture] if self.reference else []
        base = [self.likeness.base] if self.likeness and self.likeness.base != self.picture else []
        return tuple(dict.fromkeys([*hints, *shown, *base]))

    @property
    def plan(self) -> StepPlan:
        return plan_steps(self.steps, self.strength, self.counting)

    @property
    def fingerprint(self) -> str:
        """sha256 over the canonical form: the name of this exact request."""
        canonical = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def varied(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON and msgpack; `from_dict` is the way back. Newer fields only where they are used."""
        plain = asdict(self)
        for name in ("clip_skip", "loras", "controls", "reference", "likeness"):
            if not plain[name]:
                del plain[name]
        return plain | {"strength": str(self.strength.normalize()), "counting": self.counting.value}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        reference, likeness = plain.get("reference"), plain.get("likeness")
        read = {
            "strength": Decimal(plain["strength"]),
            "counting": StepCounting(plain["counting"]),
            "loras": tuple(Lora(**lora) for lora in plain.get("loras", ())),
            "controls": tuple(Control(**control) for control in plain.get("controls", ())),
            "reference": Reference(**reference) if reference else None,
            "likeness": Likeness(**likeness) if likeness else None,
        }
        return cls(**(plain | read))
