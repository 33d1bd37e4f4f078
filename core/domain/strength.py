"""Strength: how much of a picture may change, and which steps that means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from core.errors import OptionError

NAMED_STRENGTHS: dict[str, Decimal] = {
    "touch-up": Decimal("0.25"),
    "subtle": Decimal("0.35"),
    "vary": Decimal("0.4"),
    "balanced": Decimal("0.5"),
    "illustrate": Decimal("0.6"),
    "bold": Decimal("0.75"),
    "reimagine": Decimal("1.0"),
}
TRAINED_STEPS = 1000  # noise levels a model was trained on; no schedule has more
_NUMBER = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{0,8})?|[.,][0-9]{1,8})\s*(%)?")  # no exponents, no megabytes of digits


class StepCounting(Enum):
    """How `steps` and strength become denoising steps."""

    SCHEDULED = "scheduled"  # diffusers' way: floor(steps * strength) of `steps` run
    EXACT = "exact"  # `steps` run, starting at the noise level of the strength: for few-step models


@dataclass(frozen=True, kw_only=True, slots=True)
class StepPlan:
    """`scheduled` steps are laid out by the scheduler, of which the last `run` are run."""

    scheduled: int
    run: int

    @property
    def first(self) -> int:
        """Index of the first step that runs."""
        return self.scheduled - self.run

    @property
    def library_strength(self) -> float:
        """A strength that makes diffusers' `int(steps * strength)` come out as `run`, whatever binary floats do."""
        return 1.0 if self.run == self.scheduled else (self.run + 0.5) / self.scheduled


def parse_strength(text: str) -> Decimal:
    """Read "0.6", "0,6", ".6", "60%", "60 %" or a name as a strength in [0, 1].

    Raises OptionError for anything else. Decimal, because 0.58 of 50 steps is 29 and binary floats say 28.
    """
    word = text.strip().lower()
    if word in NAMED_STRENGTHS:
        return NAMED_STRENGTHS[word]
    match = _NUMBER.fullmatch(word)
    value = Decimal(match[1].replace(",", ".")) / (100 if match[2] else 1) if match else Decimal("nan")
    if value.is_nan() or not 0 <= value <= 1:
        raise OptionError("strength", given=text.strip()[:40])
    return value


def plan_steps(steps: int, strength: Decimal, counting: StepCounting = StepCounting.SCHEDULED) -> StepPlan:
    """Which steps a strength means. `steps` >= 1; strength in [0, 1].

    0 runs nothing; 0 < strength < 1/steps runs one step, because a person who asked for a change should see one.
    Exact counting runs all of `steps`, or fewer where the strength spans fewer noise levels than that.
    """
    if strength == 0:
        return StepPlan(scheduled=steps, run=0)
    if counting is StepCounting.EXACT:
        wanted = int((Decimal(steps) / strength).to_integral_value(rounding="ROUND_CEILING"))
        scheduled = max(steps, min(wanted, TRAINED_STEPS))
        return StepPlan(scheduled=scheduled, run=steps if scheduled == wanted else max(1, int(scheduled * strength)))
    return StepPlan(scheduled=steps, run=max(1, int(steps * strength)))
