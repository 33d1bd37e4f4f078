"""Flux: a transformer over packed latents. The models that were distilled from guidance take its scale as an input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import FluxImg2ImgPipeline
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from core.domain.request import Request
from core.engine.families.family import Condition, Row, Words, stacked
from core.engine.families.flow import FlowFamily
from core.engine.texts import texts
from core.engine.transfers import onto


class Flux(FlowFamily):
    """See `Family`. Samples are latents as pictures are laid out; they are packed for the network alone."""

    stock = FluxImg2ImgPipeline
    packing = 2

    def weight(self, guidance: float) -> float | None:
        return None if self._takes_guidance else super().weight(guidance)

    @torch.inference_mode()
    def read(self, request: Request) -> Words:
        guided = self.weight(request.guidance) is not None
        told = texts(self._pipeline, request)
        return Words(
            positive=self._condition(told.prompt),
            negative=self._condition(told.negative or " ") if guided else None,
            unread=told.unread,
        )

    @torch.inference_mode()
    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        dtype = self._precision
        patches = pixel_unshuffle(samples, self.packing)
        inputs = {
            "hidden_states": patches.flatten(2).transpose(1, 2).to(dtype),
            "timestep": timesteps / 1000,
            "guidance": self._scales(rows) if self._takes_guidance else None,
            "encoder_hidden_states": stacked(row.condition.states for row in rows).to(dtype),
            "pooled_projections": stacked(row.condition.pooled for row in rows).to(dtype),
            "grid": tuple(patches.shape[-2:]),
        }
        made = self._network(len(rows), inputs, rows[0].guides.loras).float()
        return pixel_shuffle(made.transpose(1, 2).reshape(patches.shape), self.packing)

    def _forward(self, **inputs: Any) -> torch.Tensor:
        tokens, (rows, columns) = inputs["encoder_hidden_states"].shape[1], inputs.pop("grid")
        words = torch.zeros(tokens, 3, device=self.device)
        return super()._forward(**inputs, txt_ids=words, img_ids=_places(rows, columns, self.device))

    def _scales(self, rows: Sequence[Row]) -> torch.Tensor:
        return onto(self.device, torch.tensor([row.guidance for row in rows]))

    @property
    def _takes_guidance(self) -> bool:
        return bool(self._transformer.config.guidance_embeds)

    def _condition(self, words: str) -> Condition:
        states, pooled, _ = self._pipeline.encode_prompt(prompt=words, prompt_2=None, device=self.device)
        return Condition(states=states[0], pooled=pooled[0])


def _places(rows: int, columns: int, device: torch.device) -> torch.Tensor:
    """(0, row, column) of each patch, in their order."""
    return torch.cartesian_prod(
        torch.zeros(1, device=device),
        torch.arange(float(rows), device=device),
        torch.arange(float(columns), device=device),
    )
