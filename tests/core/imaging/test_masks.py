from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.imaging.masks import composite, first_steps, has_greys, read_mask, shown
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


def one(grey: int) -> Image.Image:
    return Image.new("L", (1, 1), grey)


@given(grey=st.integers(0, 255), less=st.integers(0, 255), steps=st.integers(1, 1000))
def test_a_lighter_grey_changes_in_at_least_as_many_steps(grey: int, less: int, steps: int) -> None:
    dark, light = sorted((grey, less))
    first = [int(first_steps(one(value), steps)[0, 0]) for value in (dark, light)]
    assert steps >= first[0] >= first[1] >= 0


@given(steps=st.integers(1, 1000))
def test_white_changes_in_every_step_and_black_in_none(steps: int) -> None:
    assert (first_steps(one(255), steps)[0, 0], first_steps(one(0), steps)[0, 0]) == (0, steps)


@given(tenths=st.integers(1, 10), steps=st.integers(1, 25))
def test_however_a_share_became_a_grey_it_counts_the_steps_of_that_share(tenths: int, steps: int) -> None:
    for grey in {int(tenths * 25.5), round(tenths * 25.5)}:
        assert steps - int(first_steps(one(grey), steps)[0, 0]) == steps * tenths // 10


@given(grey=st.integers(0, 255), steps=st.integers(1, 100))
def test_all_of_the_result_is_seen_where_a_step_was_run(grey: int, steps: int) -> None:
    seen = shown(one(grey), steps).getpixel((0, 0))
    assert (seen == 0) == (grey == 0)
    if grey * steps >= 255:
        assert seen == 255


def test_black_and_white_alone_have_no_greys() -> None:
    assert not has_greys(disc(64, 64))
    assert has_greys(disc(64, 64).resize((20, 20), Image.Resampling.BILINEAR))
