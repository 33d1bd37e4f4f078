"""Drawing a picture of the world: parts, then light, then the look.

`draw` gives the finished picture; `draw_plates` gives what all looks of one picture are made from.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from core.tinymodel.hair import HEAD_Y, draw_hair_before, draw_hair_behind, draw_headwear
from core.tinymodel.looks import Plates, render
from core.tinymodel.outfits import OUTFITS
from core.tinymodel.pen import BACKGROUND, BODY, HAIR, PROP, SKIN, Pen, Point, blend, darker, smooth
from core.tinymodel.scenery import draw_background
from core.tinymodel.world import EYE_COLOURS, HAIR_COLOURS, SKINS, Character, Picture

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Relief:
    """How round a part looks: radius of its bevel in pixels at 128, and how strong its light and shadow are."""

    part: int
    radius: float
    strength: float


RELIEFS = (
    Relief(part=BODY, radius=7.0, strength=1.0),
    Relief(part=SKIN, radius=9.0, strength=1.0),
    Relief(part=HAIR, radius=5.0, strength=1.1),
    Relief(part=PROP, radius=3.0, strength=0.8),
)


def _head_outline(who: Character) -> list[Point]:
    w, h = who.head_width, who.head_height
    jaw = w * (0.86 - 0.36 * who.jaw)
    right = [
        (0, HEAD_Y - h * 1.08),
        (w * 0.82, HEAD_Y - h * 0.95),
        (w * 1.1, HEAD_Y - h * 0.3),
        (w * 1.04, HEAD_Y + h * 0.34),
        (jaw, HEAD_Y + h * 0.86),
        (jaw * 0.45, HEAD_Y + h * 1.1),
    ]
    return smooth([*right, *[(-x, y) for x, y in reversed(right[1:])]], 3)


def _draw_eyes(pen: Pen, who: Character) -> None:
    gap, size = who.head_width * who.eye_spacing, who.eye_size
    iris = EYE_COLOURS[who.eye_colour]
    brow = darker(HAIR_COLOURS[who.hair_colour], 0.35)
    for side in (-1, 1):
        x = side * gap
        pen.oval(x, HEAD_Y, size * 1.18, size * 0.86, (250, 250, 250), SKIN, 0.9)
        pen.oval(x, HEAD_Y, size * 0.68, size * 0.74, iris, SKIN, 0.7)
        pen.oval(x, HEAD_Y, size * 0.34, size * 0.38, (14, 12, 18), SKIN, 0.6)
        pen.oval(x + size * 0.24, HEAD_Y - size * 0.28, size * 0.17, size * 0.17, (255, 255, 255), SKIN, 0)
        y = HEAD_Y - size - 3.2
        line = [
            (x - side * size * 1.1, y + who.brow_tilt),
            (x, y - 1.2),
            (x + side * size * 1.3, y - who.brow_tilt * 0.6),
        ]
        pen.stroke(line, brow, who.brow_weight, 230)


def _draw_mouth(pen: Pen, who: Character) -> None:
    skin = SKINS[who.skin]
    y, half = HEAD_Y + who.head_height * 0.56, who.mouth_width
    lip = blend(skin, (176, 40, 60), 0.6)
    line = [(half * t, y + who.smile * (1 - t * t)) for t in (-1.0, -0.6, -0.2, 0.2, 0.6, 1.0)]
    if who.smile > 2.4:
        lower = [(half * 0.86 * t, y + (who.smile + 3.4) * (1 - t * t)) for t in (1.0, 0.5, 0.0, -0.5, -1.0)]
        pen.shape([*line, *lower], (120, 24, 40), SKIN, 0.8)
        pen.shape(
            [*line[1:5], (half * 0.4, y + who.smile + 0.4), (-half * 0.4, y + who.smile + 0.4)],
            (250, 248, 244),
            SKIN,
            0,
        )
    pen.stroke(line, lip, who.lips + 0.8, 240)


def _draw_nose_and_marks(pen: Pen, who: Character) -> None:
    skin = SKINS[who.skin]
    y = HEAD_Y + who.head_height * 0.26
    pen.stroke([(0.6, HEAD_Y + 2), (who.nose, y), (-who.nose * 0.5, y + 0.8)], darker(skin, 0.32), 1.3, 170)
    for side in (-1, 1):
        pen.oval(side * who.head_width * 0.62, y + 2, 4.2, 2.8, blend(skin, (226, 96, 96), 0.25), SKIN, 0)
        if who.freckles:
            for dx, dy in ((-2.5, 0), (0, 1.8), (2.5, -0.2)):
                pen.oval(side * who.head_width * 0.5 + dx, y + dy, 0.8, 0.8, darker(skin, 0.4), SKIN, 0.2)


def _draw_facial_hair(pen: Pen, who: Character) -> None:
    colour = HAIR_COLOURS[who.hair_colour]
    w, h = who.head_width, who.head_height
    y = HEAD_Y + h * 0.44
    if who.facial_hair == "beard":
        side = [
            (w * 0.98, HEAD_Y + 4),
            (w * 0.98, HEAD_Y + h * 0.5),
            (w * 0.62, HEAD_Y + h * 1.02),
            (0, HEAD_Y + h * 1.16),
        ]
        inner = [(0, y), (w * 0.5, y - 1), (w * 0.78, HEAD_Y + 8)]
        outline = [
            *side,
            *[(-x, v) for x, v in reversed(side[:-1])],
            *[(-x, v) for x, v in reversed(inner)],
            *inner[1:],
        ]
        pen.shape(smooth(outline, 1), colour, HAIR)
    elif who.facial_hair == "moustache":
        half = who.mouth_width + 2
        pen.shape(
            smooth(
                [
                    (0, y - 2),
                    (half * 0.6, y - 1),
                    (half + 2, y + 4),
                    (0, y + 2.6),
                    (-half - 2, y + 4),
                    (-half * 0.6, y - 1),
                ],
                1,
            ),
            colour,
            HAIR,
        )


def _draw_person(pen: Pen, picture: Picture) -> None:
    who, skin = picture.who, SKINS[picture.who.skin]
    draw_hair_behind(pen, who)
    neck = who.head_width * 0.44
    pen.shape([(-neck, 76), (neck, 76), (neck + 2, 100), (-neck - 2, 100)], darker(skin, 0.16), SKIN)
    OUTFITS[picture.outfit.kind](pen, who, picture.outfit)
    if who.hair == "long":
        for side in (-1, 1):
            w = who.head_width
            lock = [
                (side * (w - 1), 56),
                (side * (w + 6), 60),
                (side * (w + 8), 104),
                (side * (w - 1), 110),
                (side * (w - 3), 84),
            ]
            pen.shape(smooth(lock, 2), HAIR_COLOURS[who.hair_colour], HAIR)
    for side in (-1, 1):
        pen.oval(side * (who.head_width + 0.5), HEAD_Y + 3, 4.0, 6.2, skin, SKIN)
    pen.shape(_head_outline(who), skin, SKIN)
    _draw_nose_and_marks(pen, who)
    _draw_facial_hair(pen, who)
    _draw_mouth(pen, who)
    _draw_eyes(pen, who)
    draw_hair_before(pen, who)
    draw_headwear(pen, who)


def _light(label: Image.Image, unit: float) -> Floats:
    """Light from above left, (H, W) around 1: each group of parts is a bevelled cushion, and casts a soft shadow."""
    parts = np.asarray(label)
    light = np.ones(parts.shape, np.float32)
    for relief in RELIEFS:
        mask = Image.fromarray(((parts == relief.part) * 255).astype(np.uint8))
        soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(relief.radius * unit)), np.float32) / 255.0
        dy, dx = np.gradient(soft)
        slope = (dx * 0.7 + dy * 0.8) * relief.radius * unit * relief.strength
        light = np.where(parts == relief.part, 0.82 + 0.62 * slope + 0.26 * soft, light)
    above = Image.fromarray(((parts >= SKIN) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(4.0 * unit))
    down, right = round(5 * unit), round(2 * unit)
    shadow = np.pad(np.asarray(above, np.float32) / 255.0, ((down, 0), (right, 0)))[: parts.shape[0], : parts.shape[1]]
    under = (parts == BODY) | (parts == BACKGROUND)
    return np.where(under, light * (1.0 - 0.34 * shadow), light).astype(np.float32)


def _penned(picture: Picture, width: int, height: int) -> Pen:
    pen = Pen(width, height)
    pen.place((0.0, 0.0), 1.0)
    draw_background(pen, picture.setting)
    pen.place((picture.setting.shift_x, picture.setting.shift_y + 4.0), picture.setting.zoom)
    _draw_person(pen, picture)
    return pen


def draw_parts(picture: Picture, width: int = 128, height: int = 128) -> Pixels:
    """Which part each pixel shows, (H, W): one of `pen`'s numbers."""
    return np.asarray(_penned(picture, width, height).label.resize((width, height), Image.Resampling.NEAREST))


def draw_plates(picture: Picture, width: int = 128, height: int = 128) -> Plates:
    """The flat colours, the lit colours and the ink of a picture, (H, W, 3), (H, W, 3) and (H, W) in 0..1."""
    pen = _penned(picture, width, height)
    flat = np.asarray(pen.colour.resize((width, height), Image.Resampling.BOX), np.float32) / 255.0
    ink = np.asarray(pen.ink.resize((width, height), Image.Resampling.BOX), np.float32) / 255.0
    label = pen.label.resize((width, height), Image.Resampling.NEAREST)
    light = _light(label, min(width, height) / 128.0)
    lit = np.clip(flat * light[..., None] + np.clip(light[..., None] - 1.0, 0, 1) * 0.18, 0, 1)
    return Plates(flat=flat, lit=lit, ink=ink)


def draw(picture: Picture, width: int = 128, height: int = 128) -> Pixels:
    """The finished picture, (H, W, 3) uint8; the same picture gives the same bytes."""
    return render(draw_plates(picture, width, height), picture.look, seed=picture.setting.seed)
