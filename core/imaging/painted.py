"""A picture that came back with something painted on it, in any telephone's editor: where it was painted on."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

_DIFFERS = 40  # of 255, in one channel: more than what a chat's JPEG does to flat areas
_SMALL, _LARGE = 0.002, 0.9  # of the picture: less is an accident, more is another picture
_SPECK = 5  # pixels: what is smaller comes from edges that were compressed
_NEARLY = 32  # of 255, from black or white, and between the channels of a grey
_BARE = 0.97  # of its pixels: a picture that is so much black and white is a mask


def painted_area(base: bytes, sent: bytes) -> bytes | None:
    """White where `sent` differs from `base`, or is white, where it is a mask: a grey PNG of the base's size.

    An outline counts with all that it encloses. None where nothing was painted, or it is another picture altogether.
    """
    before, after = _opened(base), _opened(sent)
    after = after.resize(before.size)
    area = _white_of(after) if _is_mask(after) and not _is_mask(before) else _difference(before, after)
    area = _filled(area.filter(ImageFilter.MedianFilter(_SPECK)))
    share = float((np.asarray(area) > 127).mean())
    if not _SMALL <= share <= _LARGE:
        return None
    buffer = BytesIO()
    area.save(buffer, "PNG")
    return buffer.getvalue()


def _difference(before: Image.Image, after: Image.Image) -> Image.Image:
    most = np.abs(_pixels(before) - _pixels(after)).max(axis=2)
    return Image.fromarray(np.where(most > _DIFFERS, 255, 0).astype(np.uint8))


def _is_mask(image: Image.Image) -> bool:
    pixels = _pixels(image)
    low, high = pixels.min(axis=2), pixels.max(axis=2)
    return float(((high < _NEARLY) | (low > 255 - _NEARLY)).mean()) >= _BARE


def _white_of(image: Image.Image) -> Image.Image:
    return image.convert("L").point([255 if grey > 127 else 0 for grey in range(256)])


def _filled(area: Image.Image) -> Image.Image:
    """With everything white that its white encloses: what cannot be reached from a frame around it."""
    framed = Image.new("L", (area.width + 2, area.height + 2))
    framed.paste(area, (1, 1))
    ImageDraw.floodfill(framed, (0, 0), 128)
    return framed.crop((1, 1, area.width + 1, area.height + 1)).point(
        [0 if grey == 128 else 255 for grey in range(256)]
    )


def _opened(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB")


def _pixels(image: Image.Image) -> npt.NDArray[np.int16]:
    return np.asarray(image, dtype=np.int16)
