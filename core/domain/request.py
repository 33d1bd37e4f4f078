"""A request: everything that decides one picture, and nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, Self

from core.domain.names import BlobId
from core.domain.strength import StepCounting, StepPlan, plan_steps

MAX_SEED = 2**32 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A validated, complete description of one generation; equal requests give equal pictures.

    `prompt` and `negative` are final (style and recipe applied). `width` and `height` are those of the result, in
    pixels, multiples of the model's latent factor. `picture` and `mask` name originals in the blob store (after
    intake: upright RGB PNG, and grey PNG of the same size); they are brought to `width` x `height` by the engine.
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
        """Plain values for JSON and msgpack; `from_dict` is the way back."""
        plain: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        return plain | {"strength": str(self.strength.normalize()), "counting": self.counting.value}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        return cls(**(plain | {"strength": Decimal(plain["strength"]), "counting": StepCounting(plain["counting"])}))
