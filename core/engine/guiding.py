"""What jobs show the network beside their words, made once for each picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from PIL import Image

from core.domain.names import BlobId
from core.domain.request import Control
from core.engine.caches import Cache
from core.engine.families.family import Family, Guides, Hint, Shown
from core.engine.hints import evaluations_of, hint_of
from core.engine.pixels import open_picture
from core.engine.running import Task

_REFERENCES_BYTES = 64 * 2**20
_MAPS_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class ControlMap:
    """(3, height, width), 0 to 255, on the host."""

    pixels: torch.Tensor

    @property
    def bytes(self) -> int:
        return self.pixels.nbytes


class Guiding:
    """Makes guides, and remembers what their pictures came to."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self.references: Cache[BlobId, Shown] = Cache(_REFERENCES_BYTES)
        self.maps: Cache[tuple[Any, ...], ControlMap] = Cache(_MAPS_BYTES)

    @property
    def caches(self) -> dict[str, Cache[Any, Any]]:
        return {"references": self.references, "maps": self.maps}

    def accepts(self, task: Task) -> bool:
        """Whether the family can show the network all that the job asks for."""
        if task.request.controls and self._family.controlnets is None:
            return False
        return task.request.reference is None or self._family.takes_references

    def guides(self, task: Task, channels: torch.Tensor | None, fitted: Image.Image, evaluations: int) -> Guides:
        """Those of a job of so many network evaluations. Raises ModelError, and whatever the libraries raise."""
        hints = tuple(
            Hint(
                net=control.net,
                map=self._family.hinted(control.net, self._map(task, control, fitted).pixels),
                scale=control.scale,
                evaluations=evaluations_of(control, evaluations),
            )
            for control in task.request.controls
        )
        return Guides(channels=channels, hints=hints, reference=self._shown(task), loras=task.request.loras)

    def _map(self, task: Task, control: Control, fitted: Image.Image) -> ControlMap:
        controlnets = self._family.controlnets
        assert controlnets, "others are left to the pipeline"

        def make() -> ControlMap:
            made = hint_of(control, fitted, task.others, controlnets)
            return ControlMap(pixels=torch.from_numpy(np.array(made)).permute(2, 0, 1).contiguous())

        source = (control.hint,) if control.hint else (task.request.picture, control.net)
        return self.maps.get((*source, *fitted.size), make)

    def _shown(self, task: Task) -> Shown | None:
        reference = task.request.reference
        if reference is None:
            return None
        name = reference.picture
        shown = self.references.get(name, lambda: self._family.look(open_picture(task.others[name])))
        return replace(shown, scale=reference.scale)
