"""Masks as the engine and the result use them: white is what changes, and grey changes by as much as it is light.

A mask is a strength map (Differential Diffusion, arXiv 2306.00950): a pixel of grey m, black being 0 and white 1, has
the strength m * strength. Of the steps that run, it takes part in the last floor(m * steps).
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.imaging.sizing import fit


def read_mask(data: bytes, width: int, height: int) -> Image.Image:
    """A stored mask (grey PNG) at the size of the result, cut as `sizing.fit` cuts the picture."""
    with Image.open(BytesIO(data), formats=["PNG"]) as mask:
        return fit(mask.convert("L"), width, height, shrink=_nearest, upscale=_nearest)


def has_greys(mask: Image.Image) -> bool:
    """Whether it holds more than black and white."""
    return any(mask.histogram()[1:255])


def touched(mask: Image.Image) -> Image.Image:
    """White wherever anything may change: for networks that are shown a mask, and know no greys."""
    return mask.point([0] + [255] * 255)


def first_steps(mask: Image.Image, steps: int) -> npt.NDArray[np.int64]:
    """The step, of `steps`, from which each pixel may change: 0 where it is white, `steps` (never) where it is black.

    A grey is worth up to a half more than its number, which was rounded: 127 and 128 of 255 are both a half.
    """
    greys = np.asarray(mask, dtype=np.int64)
    return steps - np.where(greys == 0, 0, np.minimum(steps, steps * (2 * greys + 1) // 510))


def shown(mask: Image.Image, steps: int) -> Image.Image:
    """How much of the result is seen: all of it wherever a step is run; towards black it fades into the original.

    So a soft edge leaves no seam between pixels that went through the autoencoder and those that did not.
    """
    return mask.point([min(255, grey * steps) for grey in range(256)])


def composite(original: Image.Image, result: Image.Image, shown: Image.Image) -> Image.Image:
    """`result` as far as `shown` is white and exactly the pixels of `original` where it is black; all of one size."""
    return Image.composite(result, original, shown)


def _nearest(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.NEAREST)  # black and white alone must stay black and white alone
