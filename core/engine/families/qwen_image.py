"""Qwen-Image: a transformer over packed latents, told the words by a vision-language model, at any length.

Its autoencoder is one for films, of which a picture is the only frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from inspect import unwrap
from typing import Any

import torch
from diffusers import QwenImageImg2ImgPipeline
from diffusers.models.transformers.transformer_qwenimage import QwenDoubleStreamAttnProcessor2_0
from PIL import Image
from torch.nn.functional import interpolate, pad, pixel_shuffle, pixel_unshuffle
from torch.nn.utils.rnn import pad_sequence

from core.domain.request import Lora, Request
from core.engine.families.family import Condition, Encoded, Row, Words
from core.engine.families.flow import FlowFamily
from core.engine.families.latent import unscaled
from core.engine.loading import Model
from core.engine.texts import texts
from core.engine.transfers import onto

_MOST_TOKENS = 512  # of a prompt; what the stock pipelines take where nobody says otherwise
_TOKENS_TOGETHER = 64  # lengths of prompts differ by this where a network wants few shapes


class QwenImage(FlowFamily):
    """See `Family`. Samples are latents as pictures are laid out; they are packed for the network alone."""

    stock = QwenImageImg2ImgPipeline
    packing = 2

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        places = self._transformer.pos_embed
        # compiled, it would fetch its tables from the host each time
        places.pos_freqs, places.neg_freqs = onto(self.device, places.pos_freqs), onto(self.device, places.neg_freqs)
        # uncompiled, it would drop from a cache what recorded graphs still read
        places._compute_video_freqs = partial(unwrap(type(places)._compute_video_freqs), places)
        self._transformer.set_attn_processor(_Attention())

    @classmethod
    def fits(cls, model: Model) -> bool:
        """Not for models distilled from guidance, of which there is none yet."""
        return super().fits(model) and not model.image2image.transformer.config.guidance_embeds

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
    def encode(self, pictures: Sequence[Image.Image]) -> list[Encoded]:
        pixels = torch.cat([self._pipeline.image_processor.preprocess(picture) for picture in pictures])
        posterior = self._vae.encode(onto(self.device, pixels.unsqueeze(2).to(self._vae.dtype))).latent_dist
        means, stds = posterior.mean.float().squeeze(2), posterior.std.float().squeeze(2)
        return [Encoded(mean=mean, std=std) for mean, std in zip(means, stds, strict=True)]

    @torch.inference_mode()
    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        dtype = self._precision
        patches = pixel_unshuffle(samples, self.packing)
        loras = rows[0].guides.loras
        states, mask = self._side_by_side([row.condition.states for row in rows], loras)
        inputs = {
            "hidden_states": patches.flatten(2).transpose(1, 2).to(dtype),
            "timestep": timesteps / 1000,
            "encoder_hidden_states": states.to(dtype),
            "attention_kwargs": {"words": mask},
            "grid": tuple(patches.shape[-2:]),
        }
        made = self._network(len(rows), inputs, loras).float()
        return pixel_shuffle(made.transpose(1, 2).reshape(patches.shape), self.packing)

    def _forward(self, **inputs: Any) -> torch.Tensor:
        shape = (1, *inputs.pop("grid"))
        return super()._forward(**inputs, img_shapes=[[shape]])  # that of the first row is taken for all

    def _side_by_side(
        self, words: Sequence[torch.Tensor], loras: tuple[Lora, ...]
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(rows, tokens, width), and which tokens are words; None where all are, which attention computes faster."""
        lengths = torch.tensor([len(states) for states in words])
        states = pad_sequence(list(words), batch_first=True)
        if self._network.prefers_few_shapes(loras):
            states = pad(states, (0, 0, 0, -states.shape[1] % _TOKENS_TOGETHER))
        elif bool((lengths == states.shape[1]).all()):
            return states, None
        return states, onto(states.device, torch.arange(states.shape[1]) < lengths[:, None])

    def combine(self, told: torch.Tensor, without: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Its stock pipelines bring each patch of the guided output back to the length it has without guidance."""
        mixed = super().combine(told, without, weights)
        return mixed * (self._lengths(told) / self._lengths(mixed))

    @torch.inference_mode()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        raw = unscaled(self._vae.config, latents).to(self._vae.dtype)
        pixels: torch.Tensor = self._vae.decode(raw.unsqueeze(2), return_dict=False)[0].squeeze(2)
        return (pixels.float() / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1)

    def _lengths(self, outputs: torch.Tensor) -> torch.Tensor:
        """(pictures, 1, rows, columns): in every cell the Euclidean length of the patch it belongs to."""
        lengths = torch.linalg.vector_norm(pixel_unshuffle(outputs, self.packing), dim=1, keepdim=True)
        return interpolate(lengths, scale_factor=self.packing)

    def _condition(self, words: str) -> Condition:
        states, _ = self._pipeline.encode_prompt(prompt=words, device=self.device, max_sequence_length=_MOST_TOKENS)
        return Condition(states=states[0], any_length=True)


class _Attention(QwenDoubleStreamAttnProcessor2_0):  # type: ignore[misc]  # diffusers has no types
    """Knows which tokens are `words` without the network, which beside a mask makes a number of the host's."""

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        encoder_hidden_states_mask: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        image_rotary_emb: Any = None,
        words: torch.Tensor | None = None,
    ) -> Any:
        mask = encoder_hidden_states_mask if words is None else words  # the stock pipelines go on as before
        return super().__call__(attn, hidden_states, encoder_hidden_states, mask, attention_mask, image_rotary_emb)
