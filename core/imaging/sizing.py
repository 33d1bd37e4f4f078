"""Which size a picture is worked at, and how it gets there. The aspect ratio is kept; nothing is ever stretched."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from PIL import Image

Resize = Callable[[Image.Image, tuple[int, int]], Image.Image]

_NEAR_NATIVE = (0.9, 1.1)  # of the native area: a legal size within these bounds is left as it is
_NOTICEABLE = 0.05  # of a side cut off is worth a word


@dataclass(frozen=True, kw_only=True, slots=True)
class SizePlan:
    """The size to work at, in pixels. `note` says what was done ("512x384 from 4032x3024"), empty if nothing was."""

    width: int
    height: int
    note: str
    upscaled: bool


def plan_size(
    width: int,
    height: int,
    *,
    native_area: int,
    multiple: int,
    max_pixels: int,
    asked: tuple[int, int] | None = None,
) -> SizePlan:
    """The size at which a model of `native_area` pixels works best on a picture of `width` x `height`.

    Both sides of the answer are positive multiples of `multiple` and their product is at most `max_pixels` (unless
    one square of `multiple` is more already). `asked` overrides the area and the aspect ratio, not these two rules.
    """
    low, high = (native_area * share for share in _NEAR_NATIVE)
    legal = width % multiple == 0 and height % multiple == 0 and width * height <= max_pixels
    if asked:
        size = _rounded(*asked, multiple)
        if size[0] * size[1] > max_pixels:
            size = _nearest(*asked, max_pixels, multiple, max_pixels)
    elif legal and low <= width * height <= high:
        size = (width, height)
    else:
        size = _nearest(width, height, native_area, multiple, max_pixels)
    return _plan((width, height), size)


def lanczos(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def fit(
    image: Image.Image, width: int, height: int, *, shrink: Resize = lanczos, upscale: Resize = lanczos
) -> Image.Image:
    """`image` at exactly this size: scaled until it covers it, then cut to it around the centre.

    `upscale` is the place for upscalers better than Lanczos: it gets the picture and the size to bring it to.
    """
    scale = max(width / image.width, height / image.height)
    cover = (max(width, round(image.width * scale)), max(height, round(image.height * scale)))
    resize = upscale if scale > 1 else shrink
    scaled = image if cover == image.size else resize(image, cover)
    left, top = (cover[0] - width) // 2, (cover[1] - height) // 2
    return scaled.crop((left, top, left + width, top + height))


def _nearest(width: int, height: int, area: int, multiple: int, max_pixels: int) -> tuple[int, int]:
    """The legal size nearest to `area` pixels in the ratio of `width` to `height`: the ratio counts most."""
    area = min(area, max_pixels)

    def distance(size: tuple[int, int]) -> float:
        ratio_error = abs(math.log(size[0] * height / (size[1] * width)))
        return 2 * ratio_error + abs(math.log(size[0] * size[1] / area))

    exact = (math.sqrt(area * width / height), math.sqrt(area * height / width))
    return min(_legal_sizes(exact, multiple, max_pixels), key=distance, default=(multiple, multiple))


def _legal_sizes(exact: tuple[float, float], multiple: int, max_pixels: int) -> Iterator[tuple[int, int]]:
    """Both sides rounded either way. Where that is over the cap, the longer one gives way."""
    for width, height in product(*((_floor(side, multiple), _floor(side, multiple) + multiple) for side in exact)):
        longest = _floor(max_pixels / min(width, height), multiple)
        size = (min(width, longest), height) if width > height else (width, min(height, longest))
        if size[0] * size[1] <= max_pixels:
            yield size


def _rounded(width: int, height: int, multiple: int) -> tuple[int, int]:
    return max(multiple, round(width / multiple) * multiple), max(multiple, round(height / multiple) * multiple)


def _floor(value: float, multiple: int) -> int:
    return max(multiple, int(value // multiple) * multiple)


def _plan(given: tuple[int, int], size: tuple[int, int]) -> SizePlan:
    if given == size:
        return SizePlan(width=size[0], height=size[1], note="", upscaled=False)
    across, down = size[0] / given[0], size[1] / given[1]
    note = f"{size[0]}x{size[1]} from {given[0]}x{given[1]}"
    if min(across, down) / max(across, down) < 1 - _NOTICEABLE:
        note += ", left and right cut off" if across < down else ", top and bottom cut off"
    return SizePlan(width=size[0], height=size[1], note=note, upscaled=max(across, down) > 1)
