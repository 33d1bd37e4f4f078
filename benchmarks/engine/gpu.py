"""The targets for a GPU, with networks of the sizes of Stable Diffusion 1.5 and XL, in less than eight minutes.

    python -m benchmarks.engine.gpu [--device cuda]

Everybody asks for the same: 18 of 30 guided steps. First as they are, with CUDA graphs, then compiled, as far as the
time goes. Goals on an H200: SD 1.5 at 512 pixels 12 pictures/s and 3 times the lock, XL at 1024 pixels 1.5 pictures/s,
the host's own work under 5 % of a tick.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass

import torch

from benchmarks.engine.device import Static, best_flops, finish
from benchmarks.engine.models import open_model
from benchmarks.engine.people import Mix
from benchmarks.engine.ways import Ways, seconds
from benchmarks.reporting import report
from core.engine.contract import Compile

_SECONDS = 450.0  # for all parts together: eight minutes is the promise


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One model, and how many people ask it at a time; each has two rows in a tick."""

    model: str
    side: int
    people: int
    jobs: int
    alone: int  # pictures for the lock
    compile: Compile

    @property
    def name(self) -> str:
        return f"{self.model}-compiled" if self.compile == "on" else self.model

    def measure(self, device: str) -> dict[str, float]:
        ways, mix = Ways(open_model(self.model, device, self.compile)), Mix(side=self.side, uniform=True)
        ways.batched(mix.tasks(self.people), self.people)  # records the graphs
        lock = self.alone / seconds(ways.lock, mix.tasks(self.alone))
        began = time.perf_counter()
        batcher = ways.batched(mix.tasks(self.jobs), self.people)
        whole = time.perf_counter() - began
        static = Static(ways, mix, 2 * self.people)
        asked = seconds(lambda: static.ask())  # what the host needs to start a tick, the device having nothing to do
        finish(ways.family.device)
        each, figures = static.seconds_a_row(), batcher.figures
        flops = static.flops_a_row()
        return {
            f"{self.name}_pictures_a_second": self.jobs / whole,
            f"{self.name}_over_lock": self.jobs / whole / lock,
            f"{self.name}_rows_a_tick": figures["rows"] / figures["ticks"],
            f"{self.name}_network_over_static_batch": each * figures["rows"] / figures["tick_seconds"],
            f"{self.name}_host_share_of_a_tick": asked / (each * 2 * self.people),
            f"{self.name}_share_of_best_matrix_product": flops / each / best_flops(ways.family.device),
        }


PARTS = tuple(
    Part(model=model, side=side, people=people, jobs=jobs, alone=alone, compile=compile)
    for compile in ("off", "on")
    for model, side, people, jobs, alone in (("sd15-sized", 512, 16, 96, 8), ("sdxl-sized", 1024, 8, 24, 3))
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--part", choices=[part.name for part in PARTS], help="measure this one alone, and print it")
    options = parser.parse_args()
    if options.part:
        torch.set_float32_matmul_precision("high")
        part = next(part for part in PARTS if part.name == options.part)
        print(json.dumps(part.measure(options.device)))
        return
    until, figures = time.monotonic() + _SECONDS, dict[str, float]()
    for part in PARTS:
        figures |= measured(part, options.device, until - time.monotonic())
    report("engine-gpu", figures)


def measured(part: Part, device: str, seconds: float) -> dict[str, float]:
    """In a process of its own, which is ended where the time does; a part that has none left is named and left out."""
    command = [sys.executable, "-m", "benchmarks.engine.gpu", "--device", device, "--part", part.name]
    try:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=max(1.0, seconds))
    except subprocess.TimeoutExpired:
        print(f"no time for {part.name}", flush=True)
        return {}
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"{part.name}: {figures[part.name + '_pictures_a_second']:.3g} pictures/s", flush=True)
    return figures


if __name__ == "__main__":
    main()
