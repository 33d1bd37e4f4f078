"""Changing one region through a pipeline that makes whole pictures.

diffusers' inpainting knows black and white alone, and Stable Diffusion's wants exactly 4 (or 9) input channels. The
method for 4 works for any number, and for greys: after each step, whatever may not change yet is put back to the
original at that step's noise level.
"""

from __future__ import annotations

from typing import Any

import torch
from PIL import Image

from core.domain.request import Request
from core.engine.families import family_of
from core.engine.families.latent import LatentFamily
from core.engine.loading import Model
from core.engine.pixels import cells
from core.errors import ModelError
from core.imaging.masks import first_steps

_FITTING = (4, 9)  # what StableDiffusionInpaintPipeline accepts


def stock_inpainting_fits(pipeline: Any) -> bool:
    unet = getattr(pipeline, "unet", None)
    return unet is None or unet.config.in_channels in _FITTING


class KeptRegion:
    """Keeps latents at those of `fitted` as long as `mask` says.

    The noise is drawn as the image-to-image and text-to-image pipelines draw theirs from the request's seed, so that
    kept and changed latents carry the same noise. Raises ModelError for a model that has no latents of the usual kind.
    """

    def __init__(self, model: Model, request: Request, fitted: Image.Image, mask: Image.Image) -> None:
        generator = torch.Generator("cpu").manual_seed(request.seed)
        family = family_of(model) or _Codec(model)
        try:
            encoded = family.encode([fitted])[0]
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # another kind of autoencoder
            raise ModelError("no-greys", model=model.name) from error
        from_noise = request.strength == 1  # then the pipeline does not encode, and draws only noise
        original = family.scale(encoded.mean if from_noise else encoded.sample(generator))
        noise = torch.randn((1, *original.shape), generator=generator)[0].to(original)
        steps = cells(first_steps(mask, request.plan.run), original).expand_as(original)
        self._steps = request.plan.run
        self._original, self._noise, self._first_steps = (
            _packed(model.image2image, part) for part in (original, noise, steps)
        )

    def put_back(self, scheduler: Any, remaining: int, step: int, latents: torch.Tensor) -> torch.Tensor:
        """`latents` as they should be after step number `step`, with `remaining` network evaluations still to come."""
        kept = self._original
        if remaining:
            timestep = scheduler.timesteps[-remaining].reshape(1)
            if hasattr(scheduler, "add_noise"):
                kept = scheduler.add_noise(kept, self._noise, timestep)
            else:
                kept = scheduler.scale_noise(kept, timestep, self._noise)
        is_free = self._first_steps <= min(step, self._steps - 1)  # PNDM begins with one more evaluation
        return torch.where(is_free, latents, kept.to(latents))


class _Codec(LatentFamily):
    """Of a model that is not stepped in batches (offloaded, with a safety checker): only to latents and back."""

    def _forward(self, **inputs: Any) -> torch.Tensor:
        raise NotImplementedError


def _packed(pipeline: Any, latents: torch.Tensor) -> torch.Tensor:
    """A batch of one, laid out as the pipeline's network takes it."""
    if hasattr(pipeline, "_pack_latents"):
        packed: torch.Tensor = pipeline._pack_latents(latents[None], 1, *latents.shape)
        return packed
    return latents[None]
