"""What a strength map does that keeps the face, against one strength everywhere, on held-out characters.

Maps run through Restyle's own runner: diffusers has no pipeline for them.
"""

import hashlib
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from core.domain.catalogue import load_catalogue
from core.domain.names import BlobId
from core.domain.request import Request
from core.engine.contract import EngineConfig
from core.engine.runner import PipelineRunner
from core.tinymodel.draw import draw, draw_parts
from core.tinymodel.face_training import face_area
from core.tinymodel.measure import (
    STRENGTHS,
    Bench,
    Pixels,
    embed,
    held_out,
    identity_rate,
    other_outfits,
    outfit_prompt,
    outfit_rates,
    restyle,
)
from core.tinymodel.pen import BODY
from core.tinymodel.world import Picture

FACE_GREY = 0.4  # the face's share of the strength
_SOFTNESS = 2.0  # pixels of blur at the map's edges

Areas = npt.NDArray[np.bool_]


def clothes_area(picture: Picture) -> Areas:
    """(H, W)."""
    return np.isin(draw_parts(picture), (BODY,))


def face_map(picture: Picture, grey: float = FACE_GREY) -> Image.Image:
    """White, and of this grey (0..1) where the face is."""
    greys = np.where(face_area(picture), round(255 * grey), 255).astype(np.uint8)
    return Image.fromarray(greys).filter(ImageFilter.GaussianBlur(_SOFTNESS))


def restyle_by_map(
    runner: PipelineRunner, bench: Bench, pictures: list[Picture], prompts: list[str], strength: float
) -> Pixels:
    """As `measure.restyle` does it, each picture with the map that keeps its face."""
    return np.stack(
        [
            _restyled(runner, bench, picture, prompt, Decimal(str(strength)), seed)
            for seed, (picture, prompt) in enumerate(zip(pictures, prompts, strict=True))
        ]
    )


def measure_maps(
    folder: Path, bench: Bench, first_seed: int, *, gallery: int = 200, queries: int = 100
) -> dict[str, Any]:
    """Both curves over `STRENGTHS`: identity, outfit, and the change of face and clothes."""
    pictures = held_out(first_seed, gallery)
    vectors = embed(bench, np.stack([draw(p) for p in pictures]))
    asked, pictures = other_outfits(pictures)[:queries], pictures[:queries]
    pixels, prompts = np.stack([draw(p) for p in pictures]), [outfit_prompt(o) for o in asked]
    runner = load_runner(folder)

    def figures(made: Pixels) -> dict[str, float]:
        rates = outfit_rates(bench, made, asked)
        return {"identity": identity_rate(bench, made, vectors), **rates, **changes(pixels, made, pictures)}

    curves = [
        {
            "strength": strength,
            "uniform": figures(restyle(bench, pixels, prompts, strength)),
            "map": figures(restyle_by_map(runner, bench, pictures, prompts, strength)),
        }
        for strength in STRENGTHS
    ]
    return {"queries": queries, "face_grey": FACE_GREY, "curves": curves}


def load_runner(folder: Path) -> PipelineRunner:
    """The model of a folder, in float32 on the processor."""
    spec = load_catalogue().model("bundled")
    return PipelineRunner.load(EngineConfig(model=str(folder), spec=spec, device="cpu", offline=True))


def changes(before: Pixels, after: Pixels, pictures: list[Picture]) -> dict[str, float]:
    """Mean absolute difference, 0..255, of the faces and of the clothes."""
    apart = np.abs(after.astype(np.float32) - before).mean(axis=-1)
    faces, clothes = (np.stack([area(p) for p in pictures]) for area in (face_area, clothes_area))
    return {"face": float(apart[faces].mean()), "clothes": float(apart[clothes].mean())}


def _restyled(
    runner: PipelineRunner, bench: Bench, picture: Picture, prompt: str, strength: Decimal, seed: int
) -> Pixels:
    png, mask = _png(Image.fromarray(draw(picture))), _png(face_map(picture))
    height, width = draw_parts(picture).shape
    request = Request(
        picture=_name(png),
        mask=_name(mask),
        prompt=prompt,
        width=width,
        height=height,
        strength=strength,
        steps=bench.steps,
        guidance=bench.guidance,
        scheduler="model",
        seed=seed,
        model="bundled",
    )
    return np.asarray(runner.run(request, png, mask).image)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _name(data: bytes) -> BlobId:
    return BlobId(hashlib.sha256(data).hexdigest())
