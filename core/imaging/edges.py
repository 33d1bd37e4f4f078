"""Edges of a picture as thin lines: Canny's detector (IEEE TPAMI 8(6), 1986) in OpenCV's form.

ControlNets for edges were trained on `cv2.Canny(picture, 100, 200)`: 3 x 3 Sobel slopes, |dx| + |dy| as their size,
thin ridges, and weak edges only where they hang on strong ones. No smoothing comes first, as there.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

WEAK, STRONG = 100, 200  # |dx| + |dy|; a step of n grey levels has the slope 4 n

Slopes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


def edge_map(picture: Image.Image) -> Image.Image:
    """White lines on black, RGB, of the picture's size."""
    white = find_edges(np.asarray(picture.convert("L")))
    return Image.fromarray(white.astype(np.uint8) * 255).convert("RGB")


def find_edges(grey: npt.NDArray[np.uint8]) -> Flags:
    """Where edges are, (height, width), in a grey picture of that shape."""
    down, across = _slopes(grey)
    size = np.abs(down) + np.abs(across)
    thin = _is_ridge(size, down, across)
    return _hanging_on(thin & (size > STRONG), thin & (size > WEAK))


def _slopes(grey: npt.NDArray[np.uint8]) -> tuple[Slopes, Slopes]:
    """Sobel's, down the rows and across the columns; the border is continued."""
    padded = np.pad(grey.astype(np.int32), 1, mode="edge")
    smooth_across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    smooth_down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return smooth_across[2:] - smooth_across[:-2], smooth_down[:, 2:] - smooth_down[:, :-2]


def _is_ridge(size: Slopes, down: Slopes, across: Slopes) -> Flags:
    """Whether a pixel is the steepest along its slope, whose direction is one of four."""
    padded = np.pad(size, 1)
    rows, columns = size.shape

    def beside(row: int, column: int) -> Slopes:
        return padded[1 + row : 1 + row + rows, 1 + column : 1 + column + columns]

    flat, steep = np.tan(np.pi / 8), np.tan(3 * np.pi / 8)
    level = np.abs(down) <= flat * np.abs(across)
    upright = np.abs(down) > steep * np.abs(across)
    falling = (down < 0) != (across < 0)  # to the upper right
    # of two equal neighbours one wins, so that a line is one pixel wide
    ridge = np.where(
        falling,
        (size > beside(-1, 1)) & (size > beside(1, -1)),
        (size > beside(-1, -1)) & (size > beside(1, 1)),
    )
    ridge = np.where(upright, (size > beside(-1, 0)) & (size >= beside(1, 0)), ridge)
    found: Flags = np.where(level, (size > beside(0, -1)) & (size >= beside(0, 1)), ridge)
    return found


def _hanging_on(strong: Flags, weak: Flags) -> Flags:
    """The strong ones, and those weak ones that a path of weak ones leads to from them."""
    found = strong
    while True:
        padded = np.pad(found, 1)
        wide = padded[:, :-2] | padded[:, 1:-1] | padded[:, 2:]
        grown = weak & (wide[:-2] | wide[1:-1] | wide[2:])
        if np.array_equal(grown, found):
            return found
        found = grown | found
