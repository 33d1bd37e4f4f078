"""Small pictures for the tests of the fake."""

from __future__ import annotations

import random
from io import BytesIO

from PIL import Image


def picture(size: tuple[int, int] = (96, 64), colour: str = "tomato", kind: str = "PNG") -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def noise(size: tuple[int, int], seed: int = 1) -> bytes:
    """A picture that cannot be made small: PNG without compression."""
    file = BytesIO()
    Image.frombytes("RGB", size, random.Random(seed).randbytes(3 * size[0] * size[1])).save(
        file, "PNG", compress_level=0
    )
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))
