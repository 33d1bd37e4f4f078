from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.imaging.sizing import SizePlan, fit, lanczos, plan_size
from tests.core.imaging.pictures import astronaut, difference

sides = st.integers(8, 8192)
asked_sizes = st.none() | st.tuples(sides, sides)
multiples = st.sampled_from([8, 16, 32, 64])
natives = st.sampled_from([64, 128, 256, 512, 768, 1024])
caps = st.floats(1.0, 4.0)


def plan(width: int, height: int, asked: tuple[int, int] | None = None) -> SizePlan:
    return plan_size(width, height, native_area=512**2, multiple=8, max_pixels=1024**2, asked=asked)


@given(
    width=sides, height=sides, multiple=multiples, native=natives, cap=caps, asked=st.none() | st.tuples(sides, sides)
)
def test_every_size_is_legal(
    width: int, height: int, multiple: int, native: int, cap: float, asked: tuple[int, int] | None
) -> None:
    most = int(native**2 * cap)
    size = plan_size(width, height, native_area=native**2, multiple=multiple, max_pixels=most, asked=asked)
    assert size.width >= multiple
    assert size.height >= multiple
    assert size.width % multiple == size.height % multiple == 0
    assert size.width * size.height <= most


@given(width=sides, height=sides, native=natives)
def test_ratio_and_area_are_kept_as_well_as_the_multiple_allows(width: int, height: int, native: int) -> None:
    ratio = max(width, height) / min(width, height)
    size = plan_size(width, height, native_area=native**2, multiple=8, max_pixels=4 * native**2)
    short = native / math.sqrt(ratio)
    if short < 16:  # the multiple decides here
        return
    assert abs(math.log(size.width * height / (size.height * width))) <= math.log(1 + 8 / short)
    assert abs(math.log(size.width * size.height / native**2)) <= 2.5 * math.log(1 + 8 / short)


@given(width=sides, height=sides, native=natives, multiple=multiples)
def test_a_result_sent_again_stays_as_it_is(width: int, height: int, native: int, multiple: int) -> None:
    ratio = max(width, height) / min(width, height)
    if native / math.sqrt(ratio) < 10 * multiple:  # too coarse for an area within a tenth of the native one
        return

    def size_of(width: int, height: int) -> SizePlan:
        return plan_size(width, height, native_area=native**2, multiple=multiple, max_pixels=2 * native**2)

    first = size_of(width, height)
    again = size_of(first.width, first.height)
    assert (again.width, again.height, again.note) == (first.width, first.height, "")


@pytest.mark.parametrize(
    ("given_size", "wanted", "note", "upscaled"),
    [
        ((512, 512), (512, 512), "", False),
        ((520, 496), (520, 496), "", False),
        ((4032, 3024), (592, 440), "592x440 from 4032x3024", False),
        ((100, 100), (512, 512), "512x512 from 100x100", True),
        ((513, 512), (512, 512), "512x512 from 513x512", False),
    ],
)
def test_what_was_done_is_said(given_size: tuple[int, int], wanted: tuple[int, int], note: str, upscaled: bool) -> None:
    size = plan(*given_size)
    assert (size.width, size.height, size.note, size.upscaled) == (*wanted, note, upscaled)


def test_a_size_asked_for_is_rounded_capped_and_its_cut_is_said() -> None:
    wide = plan(600, 600, asked=(803, 397))
    assert (wide.width, wide.height) == (800, 400)
    assert wide.note == "800x400 from 600x600, top and bottom cut off"
    assert wide.upscaled
    huge = plan(600, 600, asked=(50_000, 50_000))
    assert (huge.width, huge.height) == (1024, 1024)


def test_an_extreme_ratio_keeps_both_sides_and_says_what_is_lost() -> None:
    size = plan_size(1000, 50, native_area=64**2, multiple=64, max_pixels=2 * 64**2)
    assert (size.width, size.height) == (128, 64)
    assert size.note.endswith("left and right cut off")


@given(width=st.integers(8, 200), height=st.integers(8, 200), to=st.tuples(st.integers(8, 200), st.integers(8, 200)))
def test_fitting_gives_exactly_the_size(width: int, height: int, to: tuple[int, int]) -> None:
    assert fit(Image.new("RGB", (width, height)), *to).size == to


def test_fitting_cuts_around_the_centre_and_never_stretches() -> None:
    image = Image.new("RGB", (300, 100), "black")
    image.paste("white", (100, 0, 200, 100))
    assert difference(fit(image, 100, 100), Image.new("RGB", (100, 100), "white")) == 0
    assert difference(fit(image, 50, 50), Image.new("RGB", (50, 50), "white")) < 6  # ringing at the edges


def test_a_picture_of_the_right_size_is_left_exactly_as_it_is() -> None:
    assert difference(fit(astronaut(), 512, 512), astronaut()) == 0


def test_a_better_upscaler_is_used_for_upscaling_only() -> None:
    asked: list[tuple[int, int]] = []

    def better(image: Image.Image, size: tuple[int, int]) -> Image.Image:
        asked.append(size)
        return lanczos(image, size)

    fit(astronaut(64, 32), 32, 32, upscale=better)
    fit(astronaut(64, 32), 128, 128, upscale=better)
    assert asked == [(256, 128)]


@pytest.mark.parametrize("given_size", [(1000, 500), (500, 1000), (900, 400), (400, 900)])
def test_the_cap_holds_where_the_multiple_is_coarse(given_size: tuple[int, int]) -> None:
    size = plan_size(*given_size, native_area=64**2, multiple=64, max_pixels=64**2 + 100)
    assert (size.width, size.height) == (64, 64)
