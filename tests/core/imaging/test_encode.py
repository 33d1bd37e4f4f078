from __future__ import annotations

import pytest
from PIL import Image

from core.imaging import provenance
from core.imaging.encode import jpeg, ladder
from tests.core.imaging.pictures import astronaut, difference, encoded, opened

PNG = provenance.write(encoded(astronaut(), "PNG"), {"strength": "0.6"})


def test_a_thumbnail_is_small_and_looks_the_same() -> None:
    small = opened(jpeg(PNG, side=96))
    assert (small.format, small.size) == ("JPEG", (96, 96))
    assert difference(small, astronaut(96, 96)) < 6


def test_what_fits_is_sent_as_it_is() -> None:
    sent = ladder(PNG, len(PNG))
    assert (sent.data, sent.media_type, sent.note) == (PNG, "image/png", "")


def test_the_first_step_down_loses_nothing() -> None:
    sent = ladder(PNG, len(PNG) - 1)
    assert (sent.media_type, sent.note) == ("image/webp", "")
    assert difference(opened(sent.data), astronaut()) == 0


@pytest.mark.parametrize("limit", [200_000, 100_000, 50_000, 20_000, 5_000])
def test_every_limit_is_kept_and_the_loss_is_said(limit: int) -> None:
    sent = ladder(PNG, limit)
    image = opened(sent.data)
    assert len(sent.data) <= limit
    assert sent.media_type == "image/jpeg"
    assert ("JPEG, quality" in sent.note, f"{image.width}x" in sent.note) == (True, image.width < 512)
    assert difference(image, astronaut(*image.size)) < 8


def test_a_limit_that_nothing_meets_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="that small"):
        ladder(PNG, 100)


def test_the_mark_of_ai_survives_every_encoding() -> None:
    for data in (jpeg(PNG, side=96), ladder(PNG, len(PNG) - 1).data, ladder(PNG, 30_000).data):
        assert b"compositeWithTrainedAlgorithmicMedia" in opened(data).info["xmp"]
    plain = encoded(Image.new("RGB", (64, 64)), "PNG")
    assert "xmp" not in opened(jpeg(plain)).info
