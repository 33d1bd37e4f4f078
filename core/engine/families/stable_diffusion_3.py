"""Stable Diffusion 3 and 3.5: a transformer that is told the words as tokens and as one pooled vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import StableDiffusion3Img2ImgPipeline

from core.domain.request import Request
from core.engine.families.family import Condition, Row, Words, stacked
from core.engine.families.flow import FlowFamily
from core.engine.texts import texts


class StableDiffusion3(FlowFamily):
    """See `Family`. Text is encoded by the pipeline itself, so that its three text encoders are its business."""

    stock = StableDiffusion3Img2ImgPipeline
    max_shift = 1.16

    @property
    def batches_masks(self) -> bool:
        return False  # the stock inpainting pipeline decodes without the autoencoder's shift, which no other one does

    @torch.inference_mode()
    def read(self, request: Request) -> Words:
        guided = self.weight(request.guidance) is not None
        told = texts(self._pipeline, request)
        positive, negative, pooled, negative_pooled = self._pipeline.encode_prompt(
            prompt=told.prompt,
            prompt_2=None,
            prompt_3=None,
            device=self.device,
            do_classifier_free_guidance=guided,
            negative_prompt=told.negative or None,
            clip_skip=told.clip_skip,
        )
        return Words(
            positive=Condition(states=positive[0], pooled=pooled[0]),
            negative=Condition(states=negative[0], pooled=negative_pooled[0]) if guided else None,
            unread=told.unread,
        )

    @torch.inference_mode()
    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        dtype = self._precision
        inputs = {
            "hidden_states": samples.to(dtype),
            "timestep": timesteps,
            "encoder_hidden_states": stacked(row.condition.states for row in rows).to(dtype),
            "pooled_projections": stacked(row.condition.pooled for row in rows).to(dtype),
        }
        return self._network(len(rows), inputs, rows[0].guides.loras).float()

    def _layout(self, steps: int) -> dict[str, Any]:
        return {"num_inference_steps": steps}

    @property
    def _patch(self) -> int:
        return int(self._transformer.config.patch_size)
