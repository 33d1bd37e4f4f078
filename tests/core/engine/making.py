"""Pictures, requests and stock results for the tests of the engine."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image

from core.domain.names import BlobId
from core.domain.request import Request
from core.engine.running import Hooks

SIDE = 32


def drawn(seed: int, width: int = SIDE, height: int = SIDE) -> Image.Image:
    """A picture of soft colours."""
    noise = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def half_mask() -> Image.Image:
    """White on the right half."""
    mask = Image.new("L", (SIDE, SIDE), 0)
    mask.paste(255, (SIDE // 2, 0, SIDE, SIDE))
    return mask


def grey_mask(seed: int, width: int = SIDE, height: int = SIDE) -> Image.Image:
    """A soft strength map, from black to white."""
    noise = Image.fromarray(np.random.default_rng(seed).uniform(-200, 455, (4, 4)).astype(np.float32))
    soft = np.asarray(noise.resize((width, height), Image.Resampling.BILINEAR))
    return Image.fromarray(soft.clip(0, 255).astype(np.uint8))


def request_for(**changes: Any) -> Request:
    basis = Request(
        picture=BlobId("a" * 64),
        prompt="a cat in red armour",
        width=SIDE,
        height=SIDE,
        strength=Decimal("0.5"),
        steps=6,
        guidance=3.0,
        scheduler="ddim",
        seed=7,
        model="small",
    )
    return basis.varied(**changes)


def pixels(image: Image.Image) -> np.ndarray[Any, Any]:
    return np.asarray(image, dtype=np.int16)


def difference(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of any channel of any pixel, of 255."""
    return int(np.abs(pixels(one) - pixels(other)).max())


class Recorder(Hooks):
    """Remembers what a run says; cancels it after `cancel_after` steps, or is late then."""

    def __init__(
        self, *, watching: bool = False, cancel_after: int | None = None, late_after: int | None = None
    ) -> None:
        self.late_after = late_after
        self.watching = watching
        self.cancel_after = cancel_after
        self.announced: int | None = None
        self.steps: list[tuple[int, int]] = []
        self.previews: list[bytes] = []
        self.count: Callable[[], int] = lambda: 0
        self.counts: list[int] = []

    @property
    def watched(self) -> bool:
        return self.watching

    @property
    def overdue(self) -> bool:
        return self.late_after is not None and len(self.steps) >= self.late_after

    @property
    def cancelled(self) -> bool:
        return self.cancel_after is not None and len(self.steps) >= self.cancel_after

    def started(self, steps: int) -> None:
        self.announced = steps

    def stepped(self, step: int, steps: int) -> None:
        self.steps.append((step, steps))
        self.counts.append(self.count())

    def previewed(self, step: int, jpeg: bytes) -> None:
        self.previews.append(jpeg)


STOCK: dict[str, Callable[[Any], Any]] = {
    "ddim": diffusers.DDIMScheduler.from_config,
    "euler": diffusers.EulerDiscreteScheduler.from_config,
    "euler-ancestral": diffusers.EulerAncestralDiscreteScheduler.from_config,
    "dpm++2m": diffusers.DPMSolverMultistepScheduler.from_config,
    "dpm++2m-karras": lambda own: diffusers.DPMSolverMultistepScheduler.from_config(own, use_karras_sigmas=True),
    "dpm++2m-sde": lambda own: diffusers.DPMSolverMultistepScheduler.from_config(own, algorithm_type="sde-dpmsolver++"),
    "unipc": diffusers.UniPCMultistepScheduler.from_config,
    "lcm": diffusers.LCMScheduler.from_config,
    "heun": diffusers.HeunDiscreteScheduler.from_config,
}


def stock_result(pipeline: Any, request: Request, picture: Image.Image, **more: Any) -> Image.Image:
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator("cpu").manual_seed(request.seed)
    image: Image.Image = pipeline(
        prompt=request.prompt,
        negative_prompt=request.negative or None,
        image=picture,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance,
        generator=generator,
        **more,
    ).images[0]
    return image


@cache
def stock_image2image(folder: Path) -> Any:
    return diffusers.StableDiffusionImg2ImgPipeline.from_pretrained(folder)
