"""Jobs through a batcher, and families that are watched and fail where they are told to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import torch
from PIL import Image

from core.domain.names import BlobId, JobId
from core.domain.request import Request
from core.engine.batcher import StepBatcher
from core.engine.families.family import Encoded, Family, Row
from core.engine.running import Ended, Hooks, Task
from tests.core.engine.making import drawn, png


def task_of(request: Request, *, mask: bytes | None = None, hooks: Hooks | None = None) -> Task:
    """Named by its seed, which also draws its picture."""
    picture = png(drawn(request.seed, request.width, request.height))
    named = request.varied(picture=BlobId(f"picture {request.seed}"), mask=BlobId("mask") if mask else None)
    return Task(job=JobId(str(request.seed)), request=named, picture=picture, mask=mask, hooks=hooks or Hooks())


def through(batcher: StepBatcher, tasks: Sequence[Task], random: Random | None = None) -> dict[JobId, Ended]:
    """All tasks to their ends; with `random`, they join at moments it draws."""
    left, ended = list(tasks), {}
    while left or batcher.is_busy:
        joining = len(left) if random is None else random.choice([0, 0, 1, 2])
        for task in left[:joining]:
            assert batcher.accepts(task)
            batcher.start(task)
        left = left[joining:]
        for end in batcher.tick():
            assert end.job not in ended
            ended[end.job] = end
        batcher.check_integrity()
    return ended


def image_of(ended: dict[JobId, Ended], task: Task) -> Image.Image:
    rendered = ended[task.job].rendered
    assert rendered, ended[task.job].error
    return rendered.image


@dataclass(eq=False)
class Watched:
    """A family whose work is watched, and fails where it is told to."""

    family: Family
    rows: list[int] = field(default_factory=list)  # of each evaluation of the network
    pictures: list[int] = field(default_factory=list)  # of each call of the autoencoder
    most_rows: int = 10**6  # that memory has room for
    most_pictures: int = 10**6
    poison: float | None = None  # a guidance scale that raises

    def __getattr__(self, name: str) -> Any:
        return getattr(self.family, name)

    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        if len(samples) > self.most_rows:
            raise torch.OutOfMemoryError("pretended")
        if self.poison in [row.guidance for row in rows]:
            raise RuntimeError("pretended")
        self.rows.append(len(samples))
        return self.family.predict(samples, timesteps, rows)

    def encode(self, pictures: Sequence[Image.Image]) -> list[Encoded]:
        self._note(len(pictures))
        return self.family.encode(pictures)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        self._note(len(latents))
        return self.family.decode(latents)

    def _note(self, pictures: int) -> None:
        if pictures > self.most_pictures:
            raise torch.OutOfMemoryError("pretended")
        self.pictures.append(pictures)
