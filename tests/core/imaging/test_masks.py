from __future__ import annotations

import numpy as np
from PIL import Image

from core.imaging.masks import composite, read_mask
from core.imaging.sizing import fit
from tests.core.imaging.pictures import astronaut, encoded


def disc(width: int, height: int) -> Image.Image:
    y, x = np.mgrid[:height, :width]
    inside = (x - width * 0.7) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2
    return Image.fromarray((inside * 255).astype(np.uint8))


def test_a_resized_mask_still_knows_only_black_and_white() -> None:
    for size in ((64, 64), (200, 96), (512, 384)):
        mask = read_mask(encoded(disc(300, 200), "PNG"), *size)
        assert (mask.mode, mask.size) == ("L", size)
        assert set(np.unique(np.asarray(mask))) == {0, 255}


def test_a_mask_is_cut_as_its_picture_is() -> None:
    mask = disc(300, 200)
    cut = fit(mask.convert("RGB"), 96, 128).convert("L")
    apart = np.abs(np.asarray(cut, float) - np.asarray(read_mask(encoded(mask, "PNG"), 96, 128), float))
    assert (apart > 128).mean() < 0.01


def test_outside_the_mask_every_pixel_is_the_originals_own() -> None:
    original, result, mask = astronaut(), astronaut().rotate(180), disc(512, 512)
    white = np.asarray(mask) == 255
    mixed = np.asarray(composite(original, result, mask))
    assert np.array_equal(mixed[~white], np.asarray(original)[~white])
    assert np.array_equal(mixed[white], np.asarray(result)[white])
