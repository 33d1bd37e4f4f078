"""Hair behind and before the head, and what is worn on the head. Units as in `Pen`."""

import math
from random import Random

from core.tinymodel.pen import HAIR, PROP, Pen, Point, darker, lighter, smooth
from core.tinymodel.world import HAIR_COLOURS, OUTFIT_COLOURS, Character

HEAD_Y = 58.0


def _cap(who: Character, grow: float, fringe: float) -> list[Point]:
    """The hair line: an arc over the skull, and a fringe that hangs `fringe` units into the brow."""
    w, h = who.head_width + grow, who.head_height + grow
    arc = [(w * math.cos(a), HEAD_Y - 2 - h * math.sin(a)) for a in (math.pi * i / 24 for i in range(25))]
    inner = who.head_width - 2.5
    brow = HEAD_Y - who.head_height * 0.5 + fringe
    return [
        *arc,
        (-w, HEAD_Y + 2),
        (-inner, HEAD_Y - 2),
        (-inner * 0.9, brow),
        (0, brow - 3),
        (inner * 0.9, brow),
        (inner, HEAD_Y - 2),
        (w, HEAD_Y + 2),
    ]


def draw_hair_behind(pen: Pen, who: Character) -> None:
    """The part of the hair that the head covers."""
    colour = darker(HAIR_COLOURS[who.hair_colour], 0.22)
    w, h = who.head_width, who.head_height
    if who.hair == "long":
        side = [(0, HEAD_Y - h - 4), (w + 5, HEAD_Y - h * 0.6), (w + 9, HEAD_Y + 8), (w + 10, 112), (w - 4, 116)]
        pen.shape(smooth([*side, *[(-x, y) for x, y in reversed(side)]], 2), colour, HAIR)
    elif who.hair == "bob":
        side = [
            (0, HEAD_Y - h - 4),
            (w + 5, HEAD_Y - h * 0.6),
            (w + 8, HEAD_Y + 8),
            (w + 7, HEAD_Y + h * 0.72),
            (w - 4, HEAD_Y + h * 0.7),
        ]
        pen.shape(smooth([*side, *[(-x, y) for x, y in reversed(side)]], 1), colour, HAIR)
    elif who.hair == "bun":
        pen.oval(0, HEAD_Y - h - 8, 11, 10, colour, HAIR)
    elif who.hair == "ponytail":
        pen.shape(
            smooth([(w - 6, 36), (w + 12, 32), (w + 19, 58), (w + 13, 98), (w + 5, 96), (w + 6, 62)], 2), colour, HAIR
        )
    elif who.hair == "curly":
        for i in range(13):
            angle = math.pi * (i - 1) / 10 - 0.15
            pen.oval((w + 4) * math.cos(angle), HEAD_Y - 4 - (h + 1) * math.sin(angle), 8.5, 8.5, colour, HAIR)


def draw_hair_before(pen: Pen, who: Character) -> None:
    """The part of the hair that covers the head."""
    colour = HAIR_COLOURS[who.hair_colour]
    w, h = who.head_width, who.head_height
    r = Random(who.seed)
    fringe = r.uniform(-3.0, 4.0)
    if who.hair == "bald":
        return
    if who.hair == "spiky":
        points: list[Point] = [(-w - 2, HEAD_Y - 2)]
        for i in range(9):
            angle = math.pi * (1 - i / 8)
            reach = 13.0 if i % 2 else 1.0
            points.append(((w + reach * 0.6) * math.cos(angle), HEAD_Y - 8 - (h - 6 + reach) * math.sin(angle)))
        brow = HEAD_Y - h * 0.5
        zigzag = [
            (w + 2, HEAD_Y - 2),
            (w - 5, brow),
            (w * 0.4, brow + 4),
            (w * 0.1, brow - 3),
            (-w * 0.3, brow + 4),
            (-w + 5, brow),
        ]
        pen.shape([*points, *zigzag], colour, HAIR)
        return
    pen.shape(_cap(who, 3.0, fringe), colour, HAIR)
    if who.hair == "curly":
        for i in range(8):
            angle = math.pi * (0.08 + 0.84 * i / 7)
            pen.oval(w * 0.92 * math.cos(angle), HEAD_Y - 3 - h * 0.92 * math.sin(angle), 6.6, 6.0, colour, HAIR)
    shine = smooth(
        [
            (-w * 0.6, HEAD_Y - h * 0.72),
            (-w * 0.1, HEAD_Y - h - 0.2),
            (w * 0.2, HEAD_Y - h + 1),
            (-w * 0.2, HEAD_Y - h * 0.82),
        ],
        2,
    )
    pen.shape(shine, lighter(colour, 0.22), HAIR, 0)


def _glasses(pen: Pen, who: Character) -> None:
    gap = who.head_width * who.eye_spacing
    frame = darker(OUTFIT_COLOURS[who.accessory_colour], 0.35)
    for side in (-1, 1):
        ring = [
            (side * gap + 7.2 * math.cos(a), HEAD_Y + 6.6 * math.sin(a)) for a in (math.pi * i / 10 for i in range(21))
        ]
        pen.stroke(ring, frame, 1.9, 255)
        pen.stroke([(side * (gap + 7), HEAD_Y - 1), (side * who.head_width, HEAD_Y - 3)], frame, 1.6, 255)
    pen.stroke([(-gap + 7, HEAD_Y - 1), (gap - 7, HEAD_Y - 1)], frame, 1.8, 255)


def _hat(pen: Pen, who: Character) -> None:
    colour = OUTFIT_COLOURS[who.accessory_colour]
    w, y = who.head_width, HEAD_Y - who.head_height * 0.58
    crown = [(-w + 1, y), (-w + 3, y - 21), (-8, y - 25), (0, y - 22), (8, y - 25), (w - 3, y - 21), (w - 1, y)]
    pen.shape(smooth(crown, 1), colour, PROP)
    pen.shape([(-w + 0.5, y - 7), (w - 0.5, y - 7), (w, y), (-w, y)], darker(colour, 0.55), PROP, 0.6)
    pen.oval(0, y + 0.5, w + 13, 4.2, darker(colour, 0.15), PROP)


def draw_headwear(pen: Pen, who: Character) -> None:
    """Glasses, hat, earrings, headphones, flower, or nothing."""
    colour, w = OUTFIT_COLOURS[who.accessory_colour], who.head_width
    if who.accessory == "glasses":
        _glasses(pen, who)
    elif who.accessory == "hat":
        _hat(pen, who)
    elif who.accessory == "earrings":
        for side in (-1, 1):
            pen.oval(side * (w + 2.5), HEAD_Y + 13, 2.8, 4.0, (240, 200, 80), PROP, 0.8)
    elif who.accessory == "headphones":
        band = [
            ((w + 5) * math.cos(a), HEAD_Y - 2 - (who.head_height + 5) * math.sin(a))
            for a in (math.pi * i / 20 for i in range(21))
        ]
        pen.stroke(band, darker(colour, 0.4), 3.4, 255)
        for side in (-1, 1):
            pen.oval(side * (w + 3), HEAD_Y + 2, 5.2, 9.0, colour, PROP)
    elif who.accessory == "flower":
        x, y = -w * 0.72, HEAD_Y - who.head_height * 0.72
        for i in range(5):
            angle = 2 * math.pi * i / 5
            pen.oval(x + 4.6 * math.cos(angle), y + 4.6 * math.sin(angle), 3.6, 3.6, lighter(colour, 0.1), PROP, 0.7)
        pen.oval(x, y, 2.8, 2.8, (250, 214, 90), PROP, 0.6)
