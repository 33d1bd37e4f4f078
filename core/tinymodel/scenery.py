"""Backgrounds behind the characters, drawn over the whole canvas. Units as in `Pen`."""

from collections.abc import Callable
from random import Random

import numpy as np
from PIL import Image

from core.tinymodel.pen import BACKGROUND, Pen, darker, lighter
from core.tinymodel.world import BACKGROUND_COLOURS, Colour, Setting

NIGHT: Colour = (28, 32, 72)


def _reach(pen: Pen) -> float:
    """Half the canvas width in units, and a little more."""
    return pen.size[0] / min(pen.size) * 64.0 + 8.0


def _wash(pen: Pen, top: Colour, bottom: Colour) -> None:
    """A vertical gradient over the whole canvas."""
    width, height = pen.colour.size
    ramp = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None]
    rows = np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp
    full = np.broadcast_to(rows, (height, width, 3)).astype(np.uint8)
    pen.colour.paste(Image.fromarray(full))


def _plain(pen: Pen, base: Colour, r: Random) -> None:
    _wash(pen, base, base)


def _gradient(pen: Pen, base: Colour, r: Random) -> None:
    _wash(pen, lighter(base, 0.5), darker(base, 0.35))


def _hills(pen: Pen, base: Colour, r: Random) -> None:
    _wash(pen, base, lighter(base, 0.7))
    reach = _reach(pen)
    for level, green in ((62, (132, 176, 120)), (78, (96, 150, 92)), (94, (70, 122, 74))):
        points = [(-reach, 150.0), (-reach, level + r.uniform(-8, 8))]
        x = -reach
        while x < reach:
            x += r.uniform(16, 34)
            points.append((x, level + r.uniform(-10, 8)))
        pen.shape([*points, (reach + 40, 150.0)], green, BACKGROUND, 0.6)


def _city(pen: Pen, base: Colour, r: Random) -> None:
    _wash(pen, base, lighter(base, 0.55))
    x, reach = -_reach(pen), _reach(pen)
    while x < reach:
        width, top = r.uniform(12, 22), r.uniform(22, 74)
        wall = darker(base, r.uniform(0.25, 0.55))
        pen.shape([(x, 150), (x, top), (x + width, top), (x + width, 150)], wall, BACKGROUND, 0.6)
        for y in range(int(top) + 5, 120, 10):
            for column in (0.18, 0.58):
                left = x + width * column
                if r.random() < 0.7:
                    lit = [(left, y), (left + width * 0.24, y), (left + width * 0.24, y + 5.0), (left, y + 5.0)]
                    pen.shape(lit, (250, 230, 160), BACKGROUND, 0)
        x += width + r.uniform(0, 3)


def _forest(pen: Pen, base: Colour, r: Random) -> None:
    _wash(pen, lighter(base, 0.3), (120, 160, 110))
    x, reach = -_reach(pen), _reach(pen)
    while x < reach:
        top, half = r.uniform(8, 46), r.uniform(9, 15)
        green = r.choice(((44, 104, 66), (60, 126, 74), (34, 86, 62)))
        pen.shape([(x - 2, 150), (x - 2, 96), (x + 2, 96), (x + 2, 150)], (96, 66, 46), BACKGROUND, 0.5)
        for step in range(3):
            y = top + step * 20
            pen.shape([(x, y), (x + half + step * 2, y + 30), (x - half - step * 2, y + 30)], green, BACKGROUND, 0.5)
        x += r.uniform(13, 22)


def _bokeh(pen: Pen, base: Colour, r: Random) -> None:
    _wash(pen, darker(base, 0.45), darker(base, 0.15))
    reach = _reach(pen)
    for _ in range(int(reach / 4)):
        tint = lighter(r.choice(tuple(BACKGROUND_COLOURS.values())), 0.1)
        radius = r.uniform(4, 11)
        pen.oval(r.uniform(-reach, reach), r.uniform(0, 120), radius, radius, tint, BACKGROUND, 0.4)


def _beach(pen: Pen, base: Colour, r: Random) -> None:
    _wash(pen, (150, 206, 240), (226, 242, 248))
    reach = _reach(pen)
    sea = r.uniform(58, 74)
    pen.oval(r.choice((-1, 1)) * r.uniform(38, 50), r.uniform(12, 24), 8, 8, (255, 236, 150), BACKGROUND, 0.6)
    pen.shape([(-reach, sea), (reach, sea), (reach, 150), (-reach, 150)], (58, 140, 190), BACKGROUND, 0.6)
    pen.shape([(-reach, sea + 26), (reach, sea + 18), (reach, 150), (-reach, 150)], (238, 214, 160), BACKGROUND, 0.6)


def _night(pen: Pen, base: Colour, r: Random) -> None:
    _wash(pen, NIGHT, (70, 60, 120))
    reach = _reach(pen)
    x, y = r.choice((-1, 1)) * r.uniform(36, 50), r.uniform(14, 30)
    pen.oval(x, y, 9, 9, (246, 240, 210), BACKGROUND, 0.6)
    for _ in range(int(reach / 3)):
        size = r.uniform(0.6, 1.3)
        pen.oval(r.uniform(-reach, reach), r.uniform(2, 110), size, size, (240, 240, 255), BACKGROUND, 0.3)


SCENES: dict[str, Callable[[Pen, Colour, Random], None]] = {
    "plain": _plain,
    "gradient": _gradient,
    "hills": _hills,
    "city": _city,
    "forest": _forest,
    "bokeh": _bokeh,
    "beach": _beach,
    "night": _night,
}


def draw_background(pen: Pen, setting: Setting) -> None:
    """Fill the canvas with the setting's scene."""
    SCENES[setting.background](pen, BACKGROUND_COLOURS[setting.colour], Random(setting.seed))
