"""What the device could do at best, and what of that is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.engine.people import Mix
from benchmarks.engine.ways import Ways, seconds
from core.engine.families.family import Family, Row

_REPEATS = 5
STATIC_ROWS = 16


class Watched:
    """A family that counts what its network does."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self.rows = self.ticks = 0
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._family, name)

    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        made: list[torch.Tensor] = []
        self.seconds += seconds(lambda: made.append(self._family.predict(samples, timesteps, rows)))
        self.rows += len(samples)
        self.ticks += 1
        return made[0]


class Static:
    """Rows that are run again and again as one batch: what batching step by step could reach at best."""

    def __init__(self, ways: Ways, mix: Mix, rows: int = STATIC_ROWS) -> None:
        family = self._family = ways.family
        task = mix.task(0)
        shape = family.latent_shape(mix.side, mix.side)
        self._samples = torch.randn(rows, *shape).to(family.device)
        self._timesteps = torch.full((rows,), 500.0).to(family.device)
        self._rows = [Row(condition=family.read(task.request).positive)] * rows

    def ask(self) -> None:
        """Without waiting for the device."""
        self._family.predict(self._samples, self._timesteps, self._rows)

    def run(self) -> None:
        self.ask()
        finish(self._family.device)

    def seconds_a_row(self) -> float:
        self.run()
        return min(seconds(self.run) for _ in range(_REPEATS)) / len(self._rows)

    def flops_a_row(self) -> float:
        with FlopCounterMode(display=False) as counter:
            self.run()
        return float(counter.get_total_flops()) / len(self._rows)


def best_flops(device: torch.device) -> float:
    """FLOP a second of a large matrix product in the precision that is fastest: the most a network could get."""
    return max(_product_flops(device, dtype) for dtype in (torch.float32, torch.bfloat16))


def _product_flops(device: torch.device, dtype: torch.dtype) -> float:
    side = 8192 if device.type == "cuda" else 2048
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))

    def multiply() -> None:
        torch.mm(left, right)
        finish(device)

    multiply()
    fastest = min(seconds(multiply) for _ in range(_REPEATS))
    return 2.0 * side * side * side / fastest


def finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
