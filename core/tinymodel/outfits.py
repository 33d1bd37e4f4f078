"""How each outfit is drawn, from the shoulders down. Units as in `Pen`."""

from collections.abc import Callable

from core.tinymodel.pen import BODY, SKIN, Pen, Point, blend, darker, lighter, smooth
from core.tinymodel.world import OUTFIT_COLOURS, SKINS, Character, Colour, Outfit

STEEL: Colour = (196, 202, 212)
GOLD: Colour = (236, 196, 84)
SHIRT: Colour = (244, 244, 246)


def torso(width: float, top: float = 94.0, slope: float = 8.0) -> list[Point]:
    """The outline of shoulders and chest, down past the lower edge."""
    half = [(8.0, top - 4), (width * 0.62, top + slope * 0.3), (width * 0.96, top + slope), (width + 3, 124.0)]
    right = [*half, (width + 5, 140.0), (width + 5, 150.0)]
    return smooth([*[(-x, y) for x, y in reversed(right)], *right], 2)


def mirrored(pen: Pen, points: list[Point], fill: Colour, ink: float = 1.0, part: int = BODY) -> None:
    """A shape on the right and its mirror image on the left."""
    pen.shape(points, fill, part, ink)
    pen.shape([(-x, y) for x, y in points], fill, part, ink)


def _suit(pen: Pen, who: Character, outfit: Outfit) -> None:
    colour, tie = OUTFIT_COLOURS[outfit.colour], OUTFIT_COLOURS[outfit.accent]
    pen.shape(torso(who.shoulders), colour, BODY)
    pen.shape([(-11, 90), (11, 90), (0, 132)], SHIRT, BODY)
    pen.shape([(-3.5, 95), (3.5, 95), (2.2, 101), (5, 124), (0, 131), (-5, 124), (-2.2, 101)], tie, BODY)
    mirrored(pen, [(3, 94), (11, 88), (13, 95), (7, 102)], SHIRT)
    mirrored(pen, [(10, 91), (17, 96), (20, 108), (14, 110), (17, 114), (1, 134)], blend(colour, darker(colour), 0.45))
    pen.shape([(19, 120), (30, 118), (30, 121), (19, 123)], darker(colour), BODY, 0.6)


def _hoodie(pen: Pen, who: Character, outfit: Outfit) -> None:
    colour = OUTFIT_COLOURS[outfit.colour]
    pen.shape(torso(who.shoulders + 1, 93, 10), colour, BODY)
    hood = [(-27, 99), (-25, 84), (-13, 79), (13, 79), (25, 84), (27, 99), (13, 108), (0, 112), (-13, 108)]
    pen.shape(smooth(hood, 2), blend(colour, darker(colour), 0.25), BODY)
    pen.shape(smooth([(-15, 92), (-12, 84), (12, 84), (15, 92), (0, 108)], 2), darker(colour, 0.5), BODY)
    for side in (-1, 1):
        pen.stroke([(side * 8, 103), (side * 9, 119)], SHIRT, 1.8)
        pen.oval(side * 9, 120, 1.6, 2.0, SHIRT, BODY, 0.5)
    pen.shape([(-20, 150), (-16, 121), (16, 121), (20, 150)], blend(colour, darker(colour), 0.4), BODY)


def _armour(pen: Pen, who: Character, outfit: Outfit) -> None:
    colour, w = OUTFIT_COLOURS[outfit.colour], who.shoulders
    pen.shape(torso(w - 4), darker(colour, 0.45), BODY)
    plate = [(-24, 98), (-10, 95), (10, 95), (24, 98), (27, 118), (20, 150), (-20, 150), (-27, 118)]
    pen.shape(smooth(plate, 2), colour, BODY)
    pen.shape([(-2.5, 97), (2.5, 97), (1.2, 140), (-1.2, 140)], lighter(colour, 0.55), BODY, 0.6)
    mirrored(pen, smooth([(6, 101), (19, 102), (21, 113), (8, 117)], 2), lighter(colour, 0.28), 0.7)
    pen.shape(smooth([(-15, 90), (15, 90), (17, 99), (0, 104), (-17, 99)], 1), STEEL, BODY)
    for grow, shade in ((0.0, 0.0), (-4.0, 0.3)):
        side = [(22.0, 98.0), (30, 88 - grow), (w + 2, 90 - grow), (w + 11 + grow, 104), (w + 8 + grow, 116), (27, 112)]
        mirrored(pen, smooth(side, 2), lighter(colour, shade))
    mirrored(pen, smooth([(24, 110), (w + 8, 112), (w + 7, 119), (27, 117)], 1), STEEL, 0.8)
    for x in (-w + 5, w - 5):
        pen.oval(x, 101, 2.2, 2.2, GOLD, BODY, 0.6)


def _cloak(pen: Pen, who: Character, outfit: Outfit) -> None:
    colour, w = OUTFIT_COLOURS[outfit.colour], who.shoulders
    pen.shape([(-w - 5, 150), (-w - 2, 118), (-26, 95), (26, 95), (w + 2, 118), (w + 5, 150)], colour, BODY)
    pen.shape([(-11, 98), (11, 98), (20, 150), (-20, 150)], darker(colour, 0.62), BODY)
    collar = [(6.0, 104.0), (12, 92), (20, 70), (34, 76), (33, 98), (20, 110)]
    mirrored(pen, smooth(collar, 1), blend(colour, darker(colour), 0.3))
    mirrored(pen, smooth([(7, 103), (13, 94), (20, 76), (24, 80), (20, 101), (12, 107)], 1), darker(colour, 0.55), 0.6)
    pen.stroke([(-9, 107), (9, 107)], GOLD, 2.2)
    pen.oval(0, 107, 4.4, 4.4, OUTFIT_COLOURS[outfit.accent], BODY)
    for x in (-30, 30):
        pen.stroke([(x, 112), (x * 1.12, 132)], darker(colour), 1.4, 120)


def _striped(pen: Pen, who: Character, outfit: Outfit) -> None:
    colour, w = OUTFIT_COLOURS[outfit.colour], who.shoulders
    light = SHIRT if outfit.colour != "white" else (70, 84, 130)
    pen.shape(torso(w - 2), colour, BODY)
    for top in (103.0, 113.0, 123.0):
        edge = min(w, 0.3 * w + (top - 90) * 1.9) - 1.5
        pen.shape(
            [(-edge, top + 1), (0, top + 3), (edge, top + 1), (edge + 1, top + 6), (0, top + 8), (-edge - 1, top + 6)],
            light,
            BODY,
            0.6,
        )
    pen.shape(smooth([(-15, 90), (15, 90), (13, 98), (0, 103), (-13, 98)], 2), light, BODY)
    pen.shape(smooth([(-12, 88), (12, 88), (10, 95), (0, 99), (-10, 95)], 2), SKINS[who.skin], SKIN)


def _overalls(pen: Pen, who: Character, outfit: Outfit) -> None:
    colour = OUTFIT_COLOURS[outfit.colour]
    shirt = (226, 226, 220) if outfit.colour != "white" else (150, 170, 190)
    pen.shape(torso(who.shoulders - 3), shirt, BODY)
    pen.shape(smooth([(-13, 90), (13, 90), (11, 96), (0, 100), (-11, 96)], 2), SKINS[who.skin], SKIN)
    mirrored(pen, [(13, 90), (21, 92), (22, 112), (14, 112)], colour)
    pen.shape([(-24, 109), (24, 109), (27, 150), (-27, 150)], colour, BODY)
    pen.shape([(-11, 117), (11, 117), (10, 129), (0, 132), (-10, 129)], blend(colour, darker(colour), 0.4), BODY)
    for x in (-18, 18):
        pen.oval(x, 112, 2.6, 2.6, GOLD, BODY, 0.7)


def _rain_coat(pen: Pen, who: Character, outfit: Outfit) -> None:
    colour = OUTFIT_COLOURS[outfit.colour]
    pen.shape(torso(who.shoulders + 3, 92, 14), colour, BODY)
    yoke = [(-34, 104), (-14, 90), (14, 90), (34, 104), (30, 111), (0, 115), (-30, 111)]
    pen.shape(smooth(yoke, 1), lighter(colour, 0.18), BODY)
    pen.stroke([(0, 100), (0, 135)], darker(colour, 0.45), 1.4, 160)
    mirrored(
        pen,
        smooth([(0, 102), (5, 88), (17, 82), (22, 92), (15, 105), (5, 110)], 1),
        blend(colour, darker(colour), 0.22),
    )
    button = (250, 250, 250) if outfit.colour not in ("white", "yellow") else (60, 60, 70)
    for y in (108.0, 117.0, 126.0):
        pen.oval(5, y, 2.3, 2.3, button, BODY, 0.7)
    pen.shape([(18, 119), (33, 121), (33, 125), (18, 123)], darker(colour), BODY, 0.7)


def _dress(pen: Pen, who: Character, outfit: Outfit) -> None:
    colour, skin, w = OUTFIT_COLOURS[outfit.colour], SKINS[who.skin], who.shoulders
    pen.shape(torso(w - 7, 95, 9), skin, SKIN)
    body = [(-24, 150), (-26, 113), (-17, 107), (-8, 112), (0, 115), (8, 112), (17, 107), (26, 113), (24, 150)]
    pen.shape(smooth(body, 1), colour, BODY)
    mirrored(
        pen, smooth([(20, 113), (23, 99), (w - 9, 97), (w, 104), (w + 1, 118), (29, 121)], 2), lighter(colour, 0.15)
    )
    pen.shape([(-24, 124), (24, 124), (24, 129), (-24, 129)], OUTFIT_COLOURS[outfit.accent], BODY, 0.7)
    for i in range(-4, 5):
        pen.oval(i * 2.9, 101.5 - abs(i) * 1.5, 1.4, 1.4, (250, 246, 236), BODY, 0.4)


OUTFITS: dict[str, Callable[[Pen, Character, Outfit], None]] = {
    "suit": _suit,
    "hoodie": _hoodie,
    "armour": _armour,
    "cloak": _cloak,
    "striped shirt": _striped,
    "overalls": _overalls,
    "rain coat": _rain_coat,
    "dress": _dress,
}
