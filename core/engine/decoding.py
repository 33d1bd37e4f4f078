"""From denoised latents to pictures, a chunk between two ticks, so that nobody's steps wait long for it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import torch

from core.domain.names import JobId
from core.engine.admission import CHUNK
from core.engine.failures import is_out_of_memory, reported
from core.engine.families.family import Family
from core.engine.pixels import to_image
from core.engine.running import Ended, Rendered
from core.engine.slots import Slot
from core.engine.transfers import Fetch
from core.imaging.masks import composite, shown


@dataclass(frozen=True, kw_only=True, slots=True)
class _Chunk:
    slots: list[Slot]
    pixels: Fetch
    began: float


class Decoding:
    """Slots that are denoised, until they are pictures."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._waiting: deque[Slot] = deque()
        self._coming: deque[_Chunk] = deque()  # decoded, on their way to the host
        self._dropped: set[JobId] = set()
        self._together = CHUNK

    @property
    def slots(self) -> list[Slot]:
        """Those in it, in order."""
        inside = [*(slot for chunk in self._coming for slot in chunk.slots), *self._waiting]
        return [slot for slot in inside if slot.task.job not in self._dropped]

    def add(self, slots: Iterable[Slot]) -> None:
        self._waiting.extend(slots)

    def drop(self, jobs: Collection[JobId]) -> None:
        """Nobody wants these any more."""
        self._waiting = deque(slot for slot in self._waiting if slot.task.job not in jobs)
        coming = {slot.task.job for chunk in self._coming for slot in chunk.slots}
        self._dropped |= coming.intersection(jobs)

    def tick(self, *, idle: bool) -> list[Ended]:
        """Start a chunk, of one shape, and hand out what has arrived; where all else is `idle`, wait for it."""
        ended = self._start(self._next()) if self._waiting else []
        while self._coming and (idle or self._coming[0].pixels.is_ready):
            ended += self._arrived(self._coming.popleft())
        return ended

    def _next(self) -> list[Slot]:
        shape = self._waiting[0].sample.shape
        chunk = [slot for slot in self._waiting if slot.sample.shape == shape][: self._together]
        self._waiting = deque(slot for slot in self._waiting if slot not in chunk)
        return chunk

    def _start(self, slots: list[Slot], *, again: bool = False) -> list[Ended]:
        """Decode them together, or in halves where that fails; a picture that memory has no room for is tried twice."""
        began = time.perf_counter()
        try:
            pixels = Fetch(self._family.decode(torch.stack([slot.sample for slot in slots])))
        except Exception as error:
            half, is_full = len(slots) // 2, is_out_of_memory(error)
            if half:
                self._together = half if is_full else self._together
                return [*self._start(slots[:half]), *self._start(slots[half:])]
            if is_full and not again:  # what could be freed was
                return self._start(slots, again=True)
            return [Ended(job=slots[0].task.job, error=reported(error, slots[0].task.request))]
        self._coming.append(_Chunk(slots=slots, pixels=pixels, began=began))
        return []

    def _arrived(self, chunk: _Chunk) -> list[Ended]:
        pictures = chunk.pixels.wait().numpy()
        seconds = (time.perf_counter() - chunk.began) / len(chunk.slots)
        wanted = [pair for pair in zip(chunk.slots, pictures, strict=True) if pair[0].task.job not in self._dropped]
        self._dropped -= {slot.task.job for slot in chunk.slots}
        return [_rendered(slot, picture, slot.seconds + seconds) for slot, picture in wanted]


def _rendered(slot: Slot, picture: Any, seconds: float) -> Ended:
    try:
        image = to_image(picture)
    except ValueError as error:
        return Ended(job=slot.task.job, error=reported(error, slot.task.request))
    if slot.frame:
        image = composite(slot.frame.picture, image, shown(slot.frame.mask, slot.steps))
    rendered = Rendered(image=image, steps_run=slot.steps, unread=slot.words.unread)
    return Ended(job=slot.task.job, rendered=rendered, seconds=seconds)
