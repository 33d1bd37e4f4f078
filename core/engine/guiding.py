"""What jobs show the network beside their words, made once for each picture."""

from __future__ import annotations

from dataclasses import replace

import torch

from core.domain.names import BlobId
from core.engine.caches import Cache
from core.engine.families.family import Family, Guides, Shown
from core.engine.pixels import open_picture
from core.engine.running import Task

_REFERENCES_BYTES = 64 * 2**20


class Guiding:
    """Makes guides, and remembers what their pictures came to."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self.references: Cache[BlobId, Shown] = Cache(_REFERENCES_BYTES)

    def accepts(self, task: Task) -> bool:
        """Whether the family can show the network all that the job asks for."""
        return task.request.reference is None or self._family.takes_references

    def guides(self, task: Task, channels: torch.Tensor | None) -> Guides:
        """Raises whatever the libraries raise."""
        return Guides(channels=channels, reference=self._shown(task))

    def _shown(self, task: Task) -> Shown | None:
        reference = task.request.reference
        if reference is None:
            return None
        name = reference.picture
        shown = self.references.get(name, lambda: self._family.look(open_picture(task.others[name])))
        return replace(shown, scale=reference.scale)
