"""What families over an AutoencoderKL have in common: pictures to latents and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image

from core.domain.request import Lora
from core.domain.strength import StepPlan
from core.engine.controlnets import ControlNets
from core.engine.families.family import Encoded, Shown
from core.engine.loading import Model
from core.engine.network import Network
from core.engine.transfers import onto


class LatentFamily(ABC):
    """The half of `Family` that has nothing to do with the network."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._pipeline = model.image2image
        self._vae = model.image2image.vae
        self._network = Network(self._forward, model.device, compiled=model.compiled)

    @property
    def device(self) -> torch.device:
        return self._model.device

    @property
    def padding(self) -> int:
        return self._network.padding

    @property
    def batches_masks(self) -> bool:
        return True

    @property
    def sees_masks(self) -> bool:
        return False

    @property
    def controlnets(self) -> ControlNets | None:
        return None

    def hinted(self, net: str, hint: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    @property
    def takes_references(self) -> bool:
        return False

    def look(self, picture: Image.Image) -> Shown:
        raise NotImplementedError

    def wear(self, loras: tuple[Lora, ...]) -> None:
        self._model.loras.wear(loras)

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        factor = self._pipeline.vae_scale_factor
        return latent_channels(self._vae), height // factor, width // factor

    def first_evaluation(self, scheduler: Any, plan: StepPlan) -> int:
        return plan.first * int(scheduler.order)

    @abstractmethod
    def _forward(self, **inputs: Any) -> torch.Tensor:
        """The network itself; see `Network`."""

    def encode(self, pictures: Sequence[Image.Image]) -> list[Encoded]:
        return self._posteriors(torch.cat([self._pipeline.image_processor.preprocess(picture) for picture in pictures]))

    def encode_around(self, picture: Image.Image, white: Image.Image) -> Encoded:
        shown = torch.from_numpy(np.asarray(white) <= 127)
        return self._posteriors(self._pipeline.image_processor.preprocess(picture) * shown)[0]

    @torch.inference_mode()
    def _posteriors(self, pixels: torch.Tensor) -> list[Encoded]:
        """(pictures, 3, height, width) in [-1, 1]."""
        pixels = onto(self.device, pixels.to(self._vae.dtype)).contiguous(memory_format=torch.channels_last)
        posterior = self._vae.encode(pixels).latent_dist
        return [
            Encoded(mean=mean, std=std) for mean, std in zip(posterior.mean.float(), posterior.std.float(), strict=True)
        ]

    def scale(self, latents: torch.Tensor) -> torch.Tensor:
        return scaled(self._vae.config, latents)

    def combine(self, told: torch.Tensor, without: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        return without + weights * (told - without)

    @torch.inference_mode()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        raw = unscaled(self._vae.config, latents).to(self._vae.dtype)
        pixels: torch.Tensor = self._vae.decode(raw, return_dict=False)[0]
        return (pixels.float() / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1)


def scaled(config: Any, latents: torch.Tensor) -> torch.Tensor:
    """An autoencoder's latents as solvers see them."""
    mean, std = _statistics(config, latents)
    made: torch.Tensor = (latents - mean) * _factor(config) / std
    return made


def unscaled(config: Any, latents: torch.Tensor) -> torch.Tensor:
    """The way back."""
    mean, std = _statistics(config, latents)
    return latents * std / _factor(config) + mean


def _factor(config: Any) -> float:
    return float(config.get("scaling_factor") or 1.0)


def _statistics(config: Any, latents: torch.Tensor) -> tuple[torch.Tensor | float, torch.Tensor | float]:
    """Mean and deviation of the latents, where the autoencoder says: for each channel (some XL), or one mean."""
    mean, std = config.get("latents_mean"), config.get("latents_std")
    if mean is None or std is None:
        return config.get("shift_factor") or 0.0, 1.0
    both = onto(latents.device, torch.tensor([mean, std], dtype=latents.dtype).view(2, -1, 1, 1))
    return both[0], both[1]


def latent_channels(vae: Any) -> int:
    """Those of a picture, or of a film."""
    return int(vae.config.get("latent_channels") or vae.config.z_dim)
