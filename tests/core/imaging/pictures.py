"""Pictures for tests: drawn ones, photographs out of scikit-image's wheel, and files made wrong on purpose."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from skimage import data as photographs

from core.imaging.whole import PNG_SIGNATURE


def astronaut(width: int = 512, height: int = 512) -> Image.Image:
    return Image.fromarray(photographs.astronaut()).resize((width, height))


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two RGB pictures, in 1/255."""
    return float(np.abs(np.asarray(one.convert("RGB"), float) - np.asarray(other.convert("RGB"), float)).mean())


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_claiming(width: int, height: int, *extra: bytes) -> bytes:
    """A tiny PNG whose header claims any size; `extra` chunks stand between header and pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(64)))
    return PNG_SIGNATURE + header + b"".join(extra) + pixels + chunk(b"IEND", b"")


def with_chunk(png: bytes, *extra: bytes) -> bytes:
    """A PNG with chunks put behind its header."""
    return png[:33] + b"".join(extra) + png[33:]


def quadrants(width: int = 64, height: int = 48) -> Image.Image:
    """Red, green, blue and yellow, clockwise from the top left: shows every turn and flip."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("lime", (width // 2, 0, width, height // 2))
    image.paste("blue", (width // 2, height // 2, width, height))
    image.paste("yellow", (0, height // 2, width // 2, height))
    return image
