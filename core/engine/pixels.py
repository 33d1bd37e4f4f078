"""Pictures as the engine takes and gives them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
from PIL import Image

from core.engine.transfers import onto


def open_picture(picture: bytes) -> Image.Image:
    """A stored original, RGB."""
    return Image.open(io.BytesIO(picture)).convert("RGB")


def to_image(pixels: np.ndarray[Any, Any]) -> Image.Image:
    """(height, width, 3) in [0, 1], rounded as the library does. A network that overflowed leaves NaN: no picture."""
    if not np.isfinite(pixels).all():
        raise ValueError("the model produced values that are no numbers")
    return Image.fromarray((pixels * 255).round().astype("uint8"))


def cells(values: np.ndarray[Any, Any], latents: torch.Tensor) -> torch.Tensor:
    """(height, width) of pixels as (1, rows, columns) of `latents`: of each cell's pixels the first, as the library."""
    pixels = onto(latents.device, torch.from_numpy(values).to(latents.dtype))
    return torch.nn.functional.interpolate(pixels[None, None], size=latents.shape[-2:])[0]
