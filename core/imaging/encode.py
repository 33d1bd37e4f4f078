"""Results in smaller clothes: previews, thumbnails, and whatever fits through a platform's door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

_QUALITIES = (95, 90, 80, 70)
_SMALLEST_SIDE = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """A file to send; `note` says what it lost ("JPEG, quality 90"), empty if nothing."""

    data: bytes
    media_type: str
    note: str

    @property
    def ending(self) -> str:
        """Of a file's name: "png", "webp", "jpg"."""
        return self.media_type.removeprefix("image/").replace("jpeg", "jpg")


def jpeg(png: bytes, side: int | None = None, quality: int = 85) -> bytes:
    """A JPEG with a long side of at most `side` pixels. It stays marked as AI-made if `png` is."""
    image = _open(png)
    if side:
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _encoded(image, "JPEG", quality=quality)


def converted(png: bytes, file_format: str) -> Encoded:
    """A PNG as "png", "webp" (lossless) or "jpeg" (quality 95)."""
    if file_format == "png":
        return Encoded(data=png, media_type="image/png", note="")
    if file_format == "webp":
        return Encoded(data=_encoded(_open(png), "WEBP", lossless=True, method=4), media_type="image/webp", note="")
    return Encoded(data=jpeg(png, quality=95), media_type="image/jpeg", note="JPEG, quality 95")


def ladder(png: bytes, limit_bytes: int) -> Encoded:
    """The best version of a picture that has at most `limit_bytes`: lossless, then JPEG, then half the size.

    Raises ValueError where not even a thumbnail fits.
    """
    return next(rung for rung in _rungs(png) if len(rung.data) <= limit_bytes)


def _rungs(png: bytes) -> Iterator[Encoded]:
    """From best to worst; made only when asked for."""
    yield Encoded(data=png, media_type="image/png", note="")
    image = _open(png)
    full = image.size
    yield Encoded(data=_encoded(image, "WEBP", lossless=True, method=4), media_type="image/webp", note="")
    while True:
        smaller = "" if image.size == full else f"{image.width}x{image.height}, "
        for quality in _QUALITIES:
            data = _encoded(image, "JPEG", quality=quality, subsampling=0 if quality > 90 else 2)
            yield Encoded(data=data, media_type="image/jpeg", note=f"{smaller}JPEG, quality {quality}")
        if max(image.size) < 2 * _SMALLEST_SIDE:
            raise ValueError("no version of the picture is that small")
        image = _half(image)


def _open(png: bytes) -> Image.Image:
    """An RGB image that remembers its XMP packet: the AI mark."""
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        return image.convert("RGB")


def _half(image: Image.Image) -> Image.Image:
    size = (max(1, image.width // 2), max(1, image.height // 2))
    return image.resize(size, Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    file = BytesIO()
    xmp = {"xmp": image.info["xmp"]} if "xmp" in image.info else {}
    image.save(file, file_format, **xmp, **options)
    return file.getvalue()
