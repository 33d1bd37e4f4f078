from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.imaging.sheets import Cell, sheet
from tests.core.imaging.pictures import difference, encoded, opened


def cells(count: int, size: tuple[int, int] = (512, 512), label: str = "strength 0.5") -> list[Cell]:
    return [Cell(label=label, png=encoded(Image.new("RGB", size, (0, 200, 10 * n)), "PNG")) for n in range(count)]


def greens(page: Image.Image) -> int:
    pixels = np.asarray(page)
    return int(((pixels[..., 0] == 0) & (pixels[..., 1] == 200)).sum())


def test_one_picture_is_shown_whole_with_its_label_under_it() -> None:
    page = opened(sheet(cells(1)))
    assert greens(page) == 512 * 512
    below = np.asarray(page.convert("L"))[-60:]
    assert below.min() < 100 < 240 < below.max()


def test_pictures_stand_in_reading_order() -> None:
    page = np.asarray(opened(sheet(cells(6), columns=3)))
    blues = [int(page[y, x, 2]) for y in (200, 800) for x in (200, 800, 1400)]
    assert blues == [0, 10, 20, 30, 40, 50]


@pytest.mark.parametrize("count", [1, 2, 5, 9, 30])
@pytest.mark.parametrize("size", [(128, 128), (2048, 1024), (300, 2000)])
def test_a_sheet_stays_within_its_size(count: int, size: tuple[int, int]) -> None:
    page = opened(sheet(cells(count, size, label="a long label " * 20), max_side=2000))
    assert max(page.size) <= 2000


def test_tiny_pictures_are_enlarged_so_that_labels_fit() -> None:
    assert greens(opened(sheet(cells(1, (64, 64))))) == 256 * 256


def test_a_label_never_reaches_into_its_neighbour() -> None:
    short, long = (opened(sheet(cells(2, label=label), columns=2)) for label in ("x", "w" * 300))
    middle = long.width // 2
    gap = (middle - 10, 0, middle + 10, long.height)
    assert short.width == long.width
    assert len(long.crop(gap).getcolors() or []) == 1


@pytest.mark.parametrize("label", ["", "\u0436\U0001f3a8", "caf\u00e9 512\u00d7384", "a\nb"])
def test_any_label_is_drawn_somehow(label: str) -> None:
    assert opened(sheet(cells(1, label=label))).width > 512


def test_accents_are_dropped_rather_than_drawn_as_boxes() -> None:
    one, other = (opened(sheet(cells(1, label=label))) for label in ("caf\u00e9 5\u00d73", "cafe 5x3"))
    assert difference(one, other) == 0
