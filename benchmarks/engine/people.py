"""Who asks for what: the same number always gives the same job."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

import numpy as np
from PIL import Image

from core.domain.names import BlobId, JobId
from core.domain.request import Request
from core.engine.running import Hooks, Task

_SAMPLERS = ("ddim", "euler", "euler-ancestral", "dpm++2m", "dpm++2m-karras", "unipc")
_PROMPTS = ("a dragon", "a person in a red suit, watercolour", "pencil sketch of a cat", "oil painting")


@dataclass(kw_only=True)
class Clocked(Hooks):
    """When a job came, showed something for the first time, and ended; seconds. Somebody watches it."""

    came: float = field(default_factory=time.perf_counter)
    first: float = 0.0
    ended: float = 0.0

    @property
    def watched(self) -> bool:
        return True

    def previewed(self, step: int, jpeg: bytes) -> None:
        self.first = self.first or time.perf_counter()

    @property
    def wait(self) -> float:
        return self.ended - self.came

    @property
    def dark(self) -> float:
        """Until there was a preview, or else the result."""
        return (self.first or self.ended) - self.came


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """Pictures of `side`; `steps` from and to; `uniform` asks all for the same: 18 of 30 guided steps."""

    side: int
    steps: tuple[int, int] = (10, 40)
    uniform: bool = False

    def tasks(self, count: int) -> list[Task]:
        return [self.task(number) for number in range(count)]

    def task(self, number: int) -> Task:
        random = Random(number)
        request = Request(
            picture=BlobId(f"picture {number}"),
            prompt=random.choice(_PROMPTS),
            width=self.side,
            height=self.side,
            strength=Decimal(random.randint(4, 20)) / 20,
            steps=random.randint(*self.steps),
            guidance=random.choice([1.0, 3.0, 5.0, 7.5]),
            scheduler=random.choice(_SAMPLERS),
            seed=number,
            model="bench",
        )
        if self.uniform:
            request = request.varied(strength=Decimal("0.6"), steps=30, guidance=7.0, scheduler="dpm++2m")
        return Task(
            job=JobId(str(number)), request=request, picture=_picture(number, self.side), mask=None, hooks=Clocked()
        )


def arrivals(tasks: list[Task], a_second: float) -> Iterator[tuple[Task, float]]:
    """Each with the moment of its arrival, from now on; a Poisson process."""
    random, moment = Random(1), time.perf_counter()
    for task in tasks:
        moment += random.expovariate(a_second)
        yield task, moment


def ended(task: Task, came: float) -> Clocked:
    assert isinstance(task.hooks, Clocked)
    task.hooks.came, task.hooks.ended = came, time.perf_counter()
    return task.hooks


def _picture(seed: int, side: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()
