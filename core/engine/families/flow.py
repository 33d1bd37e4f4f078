"""What flow models have in common: a transformer stepped by flow-match Euler, on a schedule that knows the size."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.flux.pipeline_flux_img2img import calculate_shift

from core.domain.request import Request
from core.engine.families.latent import LatentFamily, latent_channels
from core.engine.loading import Model
from core.engine.schedulers import build_scheduler


class FlowFamily(LatentFamily):
    """See `Family`."""

    stock: ClassVar[Any]  # its image-to-image pipeline
    packing: ClassVar[int] = 1  # the stock pipeline folds squares of this side into the channels
    max_shift: ClassVar[float] = 1.15  # the stock pipeline's own default, where the scheduler does not say

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._transformer = self._pipeline.transformer
        self._precision: torch.dtype = self._transformer.dtype  # which the library looks up in all weights, each time

    @classmethod
    def fits(cls, model: Model) -> bool:
        """Not for what needs more than samples and words (more channels), other solvers, or parts on the move."""
        pipeline = model.image2image
        if type(pipeline) is not cls.stock or model.offload:
            return False
        if type(model.own_scheduler) is not FlowMatchEulerDiscreteScheduler:
            return False
        return bool(pipeline.transformer.config.in_channels == latent_channels(pipeline.vae) * cls.packing**2)

    @property
    def keeps_original_by_mask(self) -> bool:
        return True

    def hasten(self) -> str | None:
        return None  # these networks are too large to hold a second time

    def scheduler(self, request: Request) -> Any:
        steps = request.plan.scheduled
        scheduler = build_scheduler(request.scheduler, self._model.own_scheduler, self._model.name, steps)
        get = scheduler.config.get
        lengths = get("base_image_seq_len", 256), get("max_image_seq_len", 4096)
        shifts = get("base_shift", 0.5), get("max_shift", self.max_shift)
        mu = calculate_shift(self._tokens(request), *lengths, *shifts)
        scheduler.set_timesteps(**self._layout(steps), mu=mu)  # those without dynamic shifting do not look at mu
        return scheduler

    def weight(self, guidance: float) -> float | None:
        return guidance if guidance > 1 else None

    def _forward(self, **inputs: Any) -> torch.Tensor:
        output: torch.Tensor = self._transformer(**inputs, return_dict=False)[0]
        return output

    @property
    def _patch(self) -> int:
        """Latent cells along a side of what the network takes as one token."""
        return 2

    def _layout(self, steps: int) -> dict[str, Any]:
        """How the stock pipeline asks a scheduler for this many steps."""
        return {"sigmas": np.linspace(1.0, 1 / steps, steps)}

    def _tokens(self, request: Request) -> int:
        """How long a sequence the network makes of a picture."""
        _, rows, columns = self.latent_shape(request.width, request.height)
        return (rows // self._patch) * (columns // self._patch)
