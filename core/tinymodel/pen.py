"""A pen over three canvases at once: colour, ink lines and part labels."""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from core.tinymodel.world import Colour

Point = tuple[float, float]

BACKGROUND, BODY, SKIN, HAIR, PROP = range(5)


def blend(a: Colour, b: Colour, amount: float) -> Colour:
    """Colour between `a` (amount 0) and `b` (amount 1)."""
    mixed = [round(x + (y - x) * amount) for x, y in zip(a, b, strict=True)]
    return (mixed[0], mixed[1], mixed[2])


def darker(colour: Colour, amount: float = 0.3) -> Colour:
    """The colour mixed with a bluish black."""
    return blend(colour, (16, 12, 28), amount)


def lighter(colour: Colour, amount: float = 0.3) -> Colour:
    """The colour mixed with a warm white."""
    return blend(colour, (255, 252, 244), amount)


def smooth(points: Sequence[Point], rounds: int = 3) -> list[Point]:
    """A closed polygon with its corners cut (Chaikin), `rounds` times."""
    for _ in range(rounds):
        cut: list[Point] = []
        for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
            cut += [(0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by), (0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by)]
        points = cut
    return list(points)


def oval(cx: float, cy: float, rx: float, ry: float, points: int = 40) -> list[Point]:
    """Points of an ellipse."""
    return [
        (cx + rx * math.cos(2 * math.pi * i / points), cy + ry * math.sin(2 * math.pi * i / points))
        for i in range(points)
    ]


class Pen:
    """Draws in units of 1/128 of the short side; (0, 0) is the middle of the top edge, y grows downwards.

    `colour` is RGB without outlines, `ink` is L with outlines only (a shape covers the ink beneath it), and
    `label` is L with the part number of the topmost shape. All are `scale` times the final size.
    """

    def __init__(self, width: int, height: int, scale: int = 2) -> None:
        self.size = (width, height)
        self.scale = scale
        self.unit = min(width, height) * scale / 128.0
        full = (width * scale, height * scale)
        self.colour = Image.new("RGB", full)
        self.ink = Image.new("L", full)
        self.label = Image.new("L", full)
        self._canvases = [ImageDraw.Draw(c) for c in (self.colour, self.ink, self.label)]
        self.origin: Point = (width * scale / 2.0, 0.0)
        self.zoom = 1.0

    def place(self, shift: Point, zoom: float) -> None:
        """Move what is drawn from now on, and zoom it around the middle of the bottom edge."""
        width, height = self.colour.size
        self.zoom = zoom
        x = width / 2.0 + shift[0] * self.unit
        self.origin = (x, height + shift[1] * self.unit - 128.0 * self.unit * zoom)

    def _at(self, points: Sequence[Point]) -> list[Point]:
        k = self.unit * self.zoom
        return [(self.origin[0] + x * k, self.origin[1] + y * k) for x, y in points]

    def shape(self, points: Sequence[Point], fill: Colour, part: int, ink: float = 1.0) -> None:
        """Fill a closed polygon; `ink` is the outline's width in units (0: none)."""
        at = self._at(points)
        colour, lines, label = self._canvases
        colour.polygon(at, fill=fill)
        label.polygon(at, fill=part)
        if ink > 0:
            lines.polygon(at, fill=0)
            lines.line([*at, at[0]], fill=255, width=self._width(ink))

    def stroke(self, points: Sequence[Point], fill: Colour, width: float, ink: int = 200) -> None:
        """An open line of the given width in units; `ink` is its darkness among the outlines (0: none)."""
        at = self._at(points)
        pixels = self._width(width)
        self._canvases[0].line(at, fill=fill, width=pixels, joint="curve")
        if ink:
            self._canvases[1].line(at, fill=ink, width=max(1, min(pixels, self._width(1.2))), joint="curve")

    def _width(self, units: float) -> int:
        return max(1, round(units * self.unit * self.zoom))

    def oval(self, cx: float, cy: float, rx: float, ry: float, fill: Colour, part: int, ink: float = 1.0) -> None:
        """A filled ellipse."""
        self.shape(oval(cx, cy, rx, ry), fill, part, ink)
