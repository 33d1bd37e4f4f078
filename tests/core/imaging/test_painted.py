"""Where somebody has painted on a picture of theirs."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data

from core.imaging.painted import painted_area

CAT = Image.fromarray(data.chelsea()).crop((0, 0, 300, 300))
FACE = (90, 60, 210, 200)
Draw = Callable[[ImageDraw.ImageDraw], None]


def file(image: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def painted(draw: Draw) -> Image.Image:
    copy = CAT.copy()
    draw(ImageDraw.Draw(copy))
    return copy


def overlap(area: bytes | None) -> float:
    """Of what was found with the oval that was meant: intersection over union."""
    assert area is not None
    found = np.asarray(Image.open(BytesIO(area))) > 127
    meant = Image.new("L", CAT.size)
    ImageDraw.Draw(meant).ellipse(FACE, fill=255)
    wanted = np.asarray(meant) > 127
    return float((found & wanted).sum() / (found | wanted).sum())


@pytest.mark.parametrize(
    "draw",
    [lambda pen: pen.ellipse(FACE, fill="red"), lambda pen: pen.ellipse(FACE, outline="yellow", width=7)],
    ids=["painted over", "circled"],
)
@pytest.mark.parametrize("quality", [None, 60], ids=["as it was", "as a chat compresses it"])
def test_what_was_painted_over_or_circled_is_found(draw: Draw, quality: int | None) -> None:
    sent = painted(draw)
    if quality:
        small = sent.resize((240, 240))
        sent = Image.open(BytesIO(file(small, "JPEG", quality=quality)))
    assert overlap(painted_area(file(CAT), file(sent))) > 0.9


def test_a_mask_is_taken_as_it_is() -> None:
    mask = Image.new("RGB", CAT.size)
    ImageDraw.Draw(mask).ellipse(FACE, fill="white")
    assert overlap(painted_area(file(CAT), file(mask))) > 0.98


@pytest.mark.parametrize("sent", [CAT, Image.fromarray(data.astronaut()), Image.new("RGB", CAT.size)])
def test_nothing_painted_and_another_picture_are_told_apart_from_a_face(sent: Image.Image) -> None:
    assert painted_area(file(CAT), file(sent)) is None
