"""What the batcher needs to know of a kind of model, and the kinds that are stepped in batches."""

from __future__ import annotations

from core.engine.families.family import Family
from core.engine.families.flux import Flux
from core.engine.families.qwen_image import QwenImage
from core.engine.families.stable_diffusion import StableDiffusion
from core.engine.families.stable_diffusion_3 import StableDiffusion3
from core.engine.families.z_image import ZImage
from core.engine.loading import Model

_Kind = type[StableDiffusion | StableDiffusion3 | Flux | ZImage | QwenImage]
_KINDS: tuple[_Kind, ...] = (StableDiffusion, StableDiffusion3, Flux, ZImage, QwenImage)


def family_of(model: Model) -> Family | None:
    """The family of a loaded model; None for those that run through their own pipeline, one job at a time."""
    return next((kind(model) for kind in _KINDS if kind.fits(model)), None)
