"""Z-Image: a transformer that takes words of any length beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from diffusers import ZImageImg2ImgPipeline

from core.domain.request import Request
from core.engine.families.family import Condition, Row, Words
from core.engine.families.flow import FlowFamily
from core.engine.texts import texts


class ZImage(FlowFamily):
    """See `Family`. The network pads words itself and looks away from the padding, so neighbours change nothing."""

    stock = ZImageImg2ImgPipeline

    def weight(self, guidance: float) -> float | None:
        """Its stock pipelines add the scale to what is there: cond + g (cond - uncond). 0 guides by nothing."""
        return guidance + 1 if guidance > 0 else None

    @torch.inference_mode()
    def read(self, request: Request) -> Words:
        guided = self.weight(request.guidance) is not None
        told = texts(self._pipeline, request)
        positive, negative = self._pipeline.encode_prompt(
            prompt=told.prompt,
            device=self.device,
            do_classifier_free_guidance=guided,
            negative_prompt=told.negative or None,
        )
        return Words(
            positive=Condition(states=positive[0], any_length=True),
            negative=Condition(states=negative[0], any_length=True) if guided else None,
            unread=told.unread,
        )

    @torch.inference_mode()
    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        dtype = self._transformer.dtype
        made: list[torch.Tensor] = self._transformer(
            list(samples.to(dtype).unsqueeze(2)),  # each a film of one frame
            (1000 - timesteps) / 1000,  # it counts from noise to picture, and points the other way
            [row.condition.states.to(dtype) for row in rows],
            return_dict=False,
        )[0]
        return -torch.stack(made).float().squeeze(2)
