"""Changing one region with a model whose family has an inpainting pipeline that cannot take it.

diffusers' Stable Diffusion inpainting wants exactly 4 (or 9) input channels. The method for 4 works for any number:
after each step, whatever lies outside the mask is put back to the original at that step's noise level.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image

from core.domain.request import Request

_FITTING = (4, 9)  # what StableDiffusionInpaintPipeline accepts


def stock_inpainting_fits(pipeline: Any) -> bool:
    unet = getattr(pipeline, "unet", None)
    return unet is None or unet.config.in_channels in _FITTING


class KeptRegion:
    """Keeps latents outside of `mask` (white changes) at those of `fitted`.

    The noise is drawn as the image-to-image and text-to-image pipelines draw theirs from the request's seed, so that
    kept and changed latents carry the same noise.
    """

    @torch.no_grad()
    def __init__(self, pipeline: Any, request: Request, fitted: Image.Image, mask: Image.Image) -> None:
        vae = pipeline.vae
        generator = torch.Generator("cpu").manual_seed(request.seed)
        pixels = pipeline.image_processor.preprocess(fitted).to(vae.device, vae.dtype)
        encoded = vae.encode(pixels).latent_dist
        from_noise = request.strength == 1  # then the pipeline does not encode, and draws only noise
        original = encoded.mode() if from_noise else encoded.sample(generator)
        self._original = original * vae.config.scaling_factor
        self._noise = randn_tensor(original.shape, generator=generator, device=vae.device, dtype=original.dtype)
        white = torch.from_numpy(np.asarray(mask) > 127).to(vae.device, original.dtype)
        self._mask = torch.nn.functional.interpolate(white[None, None], size=original.shape[-2:])

    def put_back(self, scheduler: Any, remaining: int, latents: torch.Tensor) -> torch.Tensor:
        """`latents` as they should be when `remaining` network evaluations are still to come."""
        kept = self._original
        if remaining:
            kept = scheduler.add_noise(kept, self._noise, scheduler.timesteps[-remaining].reshape(1))
        blended: torch.Tensor = (1 - self._mask) * kept + self._mask * latents
        return blended
