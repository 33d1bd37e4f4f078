"""Encoders: a picture to a vector of length one, near where the same character is."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModel

from core.domain.likeness import Scale
from core.errors import ModelError
from core.tinymodel.judges import load_identity_encoder

log = logging.getLogger(__name__)
CALIBRATION = "calibration.json"  # beside an encoder's weights


class Encoder(Protocol):
    """`scale` says what its cosines mean."""

    scale: Scale

    def embed(self, image: Image.Image) -> torch.Tensor:
        """An RGB picture of any size to (d,), of length one."""
        ...


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a network of transformers is, and where it shall work."""

    name: str  # a folder or hub id
    device: torch.device
    offline: bool

    @property
    def source(self) -> str:
        return str(Path(self.name).expanduser())

    @property
    def options(self) -> dict[str, Any]:
        return {"local_files_only": self.offline}


class DrawnEncoder:
    """The encoder of the bundled model, trained on drawn characters; on the processor, where it takes milliseconds."""

    def __init__(self, folder: Path) -> None:
        self._network = load_identity_encoder(folder)
        self.scale = Scale(**json.loads((folder / CALIBRATION).read_text())["scale"])

    @torch.no_grad()
    def embed(self, image: Image.Image) -> torch.Tensor:
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 127.5 - 1.0
        vector: torch.Tensor = self._network(pixels)[0]
        return vector


class EmbeddingModel:
    """Any image embedding of transformers: the picture tower of CLIP or SigLIP, DINOv2, a face model."""

    def __init__(self, place: Place, scale: Scale) -> None:
        """Raises ModelError. Safetensors only: a pickle would run what it likes."""
        self.scale = scale
        self._device = place.device
        try:
            self._processor = AutoImageProcessor.from_pretrained(place.source, **place.options)
            network = AutoModel.from_pretrained(place.source, use_safetensors=True, **place.options)
            self._network = network.to(place.device, torch.float32).eval()
            self.embed(Image.new("RGB", (64, 64)))
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            log.exception("likeness.broken")
            raise ModelError("broken-likeness", model=Path(place.name).name) from error

    @torch.no_grad()
    def embed(self, image: Image.Image) -> torch.Tensor:
        pixels = self._processor(images=image, return_tensors="pt")["pixel_values"].to(self._device)
        vector = _one(self._features(pixels))[0].float().cpu()
        return torch.nn.functional.normalize(vector, dim=-1)

    def _features(self, pixels: torch.Tensor) -> Any:
        """Models of pictures and words have a method for the pictures alone; others are asked as they are."""
        if hasattr(self._network, "get_image_features"):
            return self._network.get_image_features(pixel_values=pixels)
        return self._network(pixel_values=pixels)


def _one(output: Any) -> torch.Tensor:
    """The vector of a whole picture, (N, d): what the model pools, or the mean over its patches."""
    if isinstance(output, torch.Tensor):
        return output
    pooled = getattr(output, "pooler_output", None)
    found: torch.Tensor = output.last_hidden_state.mean(dim=1) if pooled is None else pooled
    return found.flatten(1)
