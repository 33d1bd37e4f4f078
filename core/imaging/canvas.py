"""An empty canvas, for pictures that are made of words alone."""

from __future__ import annotations

from io import BytesIO

from PIL import Image


def canvas(width: int, height: int) -> bytes:
    """A PNG of even middle grey, `width` x `height` pixels. At strength 1 only its size is left of it."""
    file = BytesIO()
    Image.new("RGB", (width, height), "#808080").save(file, "PNG")
    return file.getvalue()
