"""Masks as the engine and the result use them: white is what changes."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from core.imaging.sizing import fit


def read_mask(data: bytes, width: int, height: int) -> Image.Image:
    """A stored mask (grey PNG, 0 and 255 only) at the size of the result, cut as `sizing.fit` cuts the picture."""
    with Image.open(BytesIO(data), formats=["PNG"]) as mask:
        return fit(mask.convert("L"), width, height, shrink=_nearest, upscale=_nearest)


def composite(original: Image.Image, result: Image.Image, mask: Image.Image) -> Image.Image:
    """`result` where the mask is white and exactly the pixels of `original` elsewhere; all three of one size."""
    return Image.composite(result, original, mask)


def _nearest(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.NEAREST)  # nothing between 0 and 255 may appear
