"""From a task to a slot: its solver, its words, its first sample. In small chunks, so that the steppers go on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image

from core.domain.request import Request
from core.engine.caches import Cache
from core.engine.failures import is_out_of_memory
from core.engine.families.family import Encoded, Family, Words
from core.engine.guiding import Guiding
from core.engine.pixels import cells, open_picture
from core.engine.running import Task
from core.engine.slots import Frame, Region, Slot
from core.engine.solver import SolverTable, measure
from core.engine.transfers import onto
from core.imaging.masks import first_steps, has_greys, read_mask, touched
from core.imaging.sizing import fit

log = logging.getLogger(__name__)

CHUNK = 4  # pictures that are taken in, encoded or decoded between two ticks
_TABLES = 256  # kept; each takes some kilobytes
_WORDS_BYTES = 64 * 2**20
_PICTURES_BYTES = 64 * 2**20


class Admission:
    """Prepares slots, and remembers what they have in common."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._tables: dict[tuple[Any, ...], SolverTable] = {}
        self._together = CHUNK
        self._ahead: dict[tuple[Any, ...], Encoded] = {}  # those that come in now
        self.guiding = Guiding(family)
        self.words: Cache[tuple[Any, ...], Words] = Cache(_WORDS_BYTES)
        self.pictures: Cache[tuple[Any, ...], Encoded] = Cache(_PICTURES_BYTES)

    @property
    def caches(self) -> dict[str, Cache[Any, Any]]:
        return {"words": self.words, "pictures": self.pictures, **self.guiding.caches}

    def slot(self, task: Task) -> Slot:
        """A job ready for its first step. Raises EngineError, and whatever the libraries raise."""
        request = task.request
        fitted = _fitted(task)
        table = self.table(request)
        generator = torch.Generator("cpu").manual_seed(request.seed)
        frame = self._frame(task, fitted)
        puts_back = frame and (not self._family.sees_masks or has_greys(frame.mask))
        region = self._region(request, frame, generator) if frame and puts_back else None
        sample = self._first_sample(request, fitted, table, generator, region)
        if region and frame and self._draws_as_inpainting(frame):
            self._draw(request, generator)  # stock inpainting encodes the masked picture, too, and draws for that
        channels = self._channels(request, fitted, frame, generator) if self._family.sees_masks else None
        return Slot(
            task=task,
            table=table,
            words=self._words(request),
            weight=self._family.weight(request.guidance) or 1.0,
            sample=sample,
            carry=torch.zeros_like(sample),
            generator=generator,
            frame=frame,
            region=region,
            guides=self.guiding.guides(task, channels, fitted, table.evaluations),
        )

    def encode_ahead(self, tasks: Sequence[Task]) -> None:
        """Encode pictures of one size together, as many as memory has room for; `slot` then finds them."""
        self._ahead.clear()
        named = {self._name(t.request): t for t in tasks if t.request.plan.run and t.request.strength < 1}
        fresh = [name for name in named if name not in self.pictures][: self._together]
        if len(fresh) < 2 or len({name[1:] for name in fresh}) > 1:
            return
        try:
            made = self._family.encode([_fitted(named[name]) for name in fresh])
            self._ahead = dict(zip(fresh, made, strict=True))
        except Exception as error:  # one of them is at fault, and will say so by itself
            log.info("admission.encode-apart count=%d", len(fresh))
            if is_out_of_memory(error):
                self._together = len(fresh) // 2

    def table(self, request: Request) -> SolverTable:
        """The solver of a request. Raises NotLinearError and ModelError."""
        plan = request.plan
        key = (request.scheduler, plan, self._family.latent_shape(request.width, request.height))
        if key not in self._tables:
            if len(self._tables) >= _TABLES:
                self._tables.clear()
            scheduler = self._family.scheduler(request)
            self._tables[key] = measure(scheduler, self._family.first_evaluation(scheduler, plan))
        return self._tables[key]

    def _words(self, request: Request) -> Words:
        sizes = (request.width, request.height, request.strength == 1)
        changed = (request.clip_skip, request.loras)  # LoRAs may change the text encoder, too
        key = (request.prompt, request.negative, self._family.weight(request.guidance) is None, sizes, changed)

        def read() -> Words:
            self._family.wear(request.loras)
            return self._family.read(request)

        return self.words.get(key, read)

    def _name(self, request: Request) -> tuple[Any, ...]:
        return (request.picture, request.width, request.height)

    def _encoded(self, request: Request, fitted: Image.Image) -> Encoded:
        name = self._name(request)
        return self.pictures.get(name, lambda: self._ahead.pop(name, None) or self._family.encode([fitted])[0])

    def _first_sample(
        self,
        request: Request,
        fitted: Image.Image,
        table: SolverTable,
        generator: torch.Generator,
        region: Region | None,
    ) -> torch.Tensor:
        """Drawn in the order in which the stock pipelines draw: the picture's own noise, then that of the start."""
        if request.strength == 1:
            return table.from_noise * (region.noise if region else self._draw(request, generator))
        if region:
            original, noise = region.original, region.noise
        else:
            original = self._family.scale(self._encoded(request, fitted).sample(generator))
            noise = self._draw(request, generator)
        picture_weight, noise_weight = table.levels[0].tolist()
        mixed: torch.Tensor = picture_weight * original + noise_weight * noise
        return mixed

    def _frame(self, task: Task, fitted: Image.Image) -> Frame | None:
        return Frame(picture=fitted, mask=mask_of(task)) if task.mask else None

    def _region(self, request: Request, frame: Frame, generator: torch.Generator) -> Region:
        encoded = self._encoded(request, frame.picture)
        draws = request.strength < 1 or self._draws_as_inpainting(frame)
        original = self._family.scale(encoded.sample(generator) if draws else encoded.mean)
        noise = self._draw(request, generator)
        return Region(
            first_steps=cells(first_steps(frame.mask, request.plan.run), original), original=original, noise=noise
        )

    def _draws_as_inpainting(self, frame: Frame) -> bool:
        """Greys have no stock inpainting; they draw as image to image does."""
        return self._family.keeps_original_by_mask and not has_greys(frame.mask)

    def _channels(
        self, request: Request, fitted: Image.Image, frame: Frame | None, generator: torch.Generator
    ) -> torch.Tensor:
        """The mask and the latents of the picture around it, (1 + channels, rows, columns). No mask: all may change.

        Drawn after the start, as the stock inpainting pipelines draw it.
        """
        white = touched(frame.mask) if frame else Image.new("L", fitted.size, 255)
        name = (request.mask, request.picture if frame else "", *fitted.size)
        around = self.pictures.get(name, lambda: self._family.encode_around(fitted, white))
        latents = self._family.scale(around.sample(generator))
        return torch.cat([cells(np.asarray(white) > 127, latents), latents])

    def _draw(self, request: Request, generator: torch.Generator) -> torch.Tensor:
        shape = self._family.latent_shape(request.width, request.height)
        return onto(self._family.device, torch.randn((1, *shape), generator=generator)[0])


def _fitted(task: Task) -> Image.Image:
    return fit(open_picture(task.picture), task.request.width, task.request.height)


def mask_of(task: Task) -> Image.Image:
    """The mask of a task that has one, at the size of its result."""
    assert task.mask is not None
    return read_mask(task.mask, task.request.width, task.request.height)
