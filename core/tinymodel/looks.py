"""Looks: image functions from one picture's plates to a photo, illustration, sketch, watercolour, oil, pixels, neon.

They take drawn characters and photographs alike, which gives the same content in every look. All arrays are float32
in 0..1; colour is (H, W, 3), grey is (H, W). Lengths scale with the short side over 128.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
PAPER = np.array([0.985, 0.975, 0.95], np.float32)


@dataclass(frozen=True, kw_only=True)
class Plates:
    """What looks are made from: flat colours, colours in light, and ink lines (1 where a line is)."""

    flat: Floats
    lit: Floats
    ink: Floats


def _image(x: Floats) -> Image.Image:
    return Image.fromarray((np.clip(x, 0, 1) * 255.0 + 0.5).astype(np.uint8))


def _floats(image: Image.Image) -> Floats:
    scaled: Floats = np.asarray(image, np.float32) / np.float32(255.0)
    return scaled


def _as_floats(x: npt.ArrayLike) -> Floats:
    return np.asarray(x, np.float32)


def blur(x: Floats, radius: float) -> Floats:
    """Gaussian blur; `radius` is the standard deviation in pixels."""
    return _floats(_image(x).filter(ImageFilter.GaussianBlur(radius)))


def clouds(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> Floats:
    """Smooth noise in 0..1 with bumps about `cell` pixels wide, (H, W)."""
    small = (max(2, round(shape[1] / cell)), max(2, round(shape[0] / cell)))
    noise = Image.fromarray(rng.integers(0, 256, (small[1], small[0]), dtype=np.uint8))
    return _floats(noise.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))


def _saturate(x: Floats, amount: float) -> Floats:
    grey = (x @ LUMA)[..., None]
    return np.clip(grey + (x - grey) * np.float32(amount), 0, 1)


def _edges(x: Floats, radius: float) -> Floats:
    """Strength of edges in a grey or colour picture, 0..1, (H, W)."""
    grey = blur(x @ LUMA if x.ndim == 3 else x, radius)
    dy, dx = np.gradient(grey)
    return _as_floats(np.clip(np.hypot(dx, dy) * 6.0, 0, 1))


def photo(plates: Plates, rng: np.random.Generator) -> Floats:
    """Light, a soft lens and slight grain."""
    grain = rng.normal(0.0, 0.008, plates.ink.shape).astype(np.float32)
    return _as_floats(np.clip(blur(plates.lit, 0.4) + grain[..., None], 0, 1))


def illustration(plates: Plates, rng: np.random.Generator) -> Floats:
    """Flat, clean colours and dark outlines."""
    return _saturate(plates.flat, 1.12) * (1.0 - 0.9 * plates.ink[..., None])


def sketch(plates: Plates, rng: np.random.Generator) -> Floats:
    """Graphite on paper: outlines, dodged tones and light hatching in the shadows."""
    grey = blur(plates.lit @ LUMA, 0.5)
    unit = min(grey.shape) / 128.0
    dodge = np.clip(grey / (blur(grey, 3.5 * unit) + 0.06), 0, 1)
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    hatch = 0.5 + 0.5 * np.sin((x + y) * (np.pi / 2.5) / unit)
    tone = 1.0 - 0.34 * np.clip(0.62 - grey, 0, 1) * (0.5 + hatch)
    lines = 1.0 - 0.75 * plates.ink
    paper = 0.97 - 0.02 * clouds(grey.shape, 2.5 * unit, rng)
    value = paper * np.clip(0.25 + 0.75 * dodge, 0, 1) * tone * lines
    return np.stack([value, value * 0.995, value * 0.975], axis=-1).astype(np.float32)


def watercolour(plates: Plates, rng: np.random.Generator) -> Floats:
    """Pale, uneven washes over a faint pencil drawing, with darker rims, on paper left white towards the borders."""
    height, width = plates.ink.shape
    unit = min(height, width) / 128.0
    base = blur(plates.lit * 0.4 + plates.flat * 0.6, 0.9 * unit)
    sway = np.stack([clouds((height, width), 9 * unit, rng), clouds((height, width), 9 * unit, rng)]) - 0.5
    y, x = np.mgrid[:height, :width]
    rows = np.clip(np.rint(y + sway[0] * 4 * unit), 0, height - 1).astype(np.intp)
    columns = np.clip(np.rint(x + sway[1] * 4 * unit), 0, width - 1).astype(np.intp)
    wash = blur(base[rows, columns], 0.5 * unit)
    rim = np.clip(_edges(wash, 0.8 * unit), 0, 0.6)[..., None]
    strength = 0.5 + 0.45 * clouds((height, width), 14 * unit, rng)[..., None] + 0.4 * rim
    pigment = (1.0 - _saturate(wash, 1.3)) * strength + 0.3 * plates.ink[..., None]
    border = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y)) / (11.0 * unit)
    cover = np.clip(border * 1.4 - 0.75 + (clouds((height, width), 10 * unit, rng) - 0.5) * 1.1, 0, 1)[..., None]
    return _as_floats(PAPER * (1.0 - np.clip(pigment, 0, 1) * cover))


def _kuwahara(x: Floats, radius: int) -> Floats:
    """Each pixel takes the mean of the calmest of its four corner windows."""
    height, width = x.shape[:2]
    x = np.pad(x, ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    grey = x @ LUMA
    best = np.full(grey.shape, np.inf, np.float32)
    out = x
    image, squares = _image(x), grey * grey
    means = _floats(image.filter(ImageFilter.BoxBlur(radius / 2)))
    spread = blur(squares.astype(np.float32), radius / 2) - blur(grey, radius / 2) ** 2
    for dy, dx in ((-radius, -radius), (-radius, radius), (radius, -radius), (radius, radius)):
        shift = (dy // 2, dx // 2)
        variance = np.roll(spread, shift, (0, 1))
        better = variance < best
        best = np.where(better, variance, best)
        out = np.where(better[..., None], np.roll(means, shift, (0, 1)), out)
    return out[radius : radius + height, radius : radius + width]


def oil(plates: Plates, rng: np.random.Generator) -> Floats:
    """Rich colours in flat dabs, with the relief of brush strokes."""
    height, width = plates.ink.shape
    unit = min(height, width) / 128.0
    dabs = _kuwahara(_saturate(plates.lit, 1.45) * (1.0 - 0.4 * plates.ink[..., None]), max(2, round(3 * unit)))
    stroke = clouds((height, width), 3.2 * unit, rng)
    tilt = clouds((height, width), 26 * unit, rng)
    bent = np.where(tilt > 0.5, _streak(stroke, 1), _streak(stroke, -1))
    relief = np.diff(bent, axis=0, prepend=bent[:1])
    return np.clip((dabs - 0.5) * 1.12 + 0.47 + 0.4 * relief[..., None], 0, 1).astype(np.float32)


def _streak(x: Floats, slope: int) -> Floats:
    """Smear noise along a diagonal."""
    return _as_floats(np.mean([np.roll(x, (i * slope, i), (0, 1)) for i in range(-3, 4)], axis=0))


def pixel(plates: Plates, rng: np.random.Generator) -> Floats:
    """Square cells, four pixels wide at 128, in few colours."""
    height, width = plates.ink.shape
    cell = max(1, round(min(height, width) / 32))
    small = (max(1, width // cell), max(1, height // cell))
    inked = _saturate(plates.flat * 0.6 + plates.lit * 0.4, 1.15) * (1.0 - 0.35 * plates.ink[..., None])
    tiny = _image(inked).resize(small, Image.Resampling.BOX)
    levels = np.rint(_floats(tiny) * 6.0) / 6.0
    return _floats(_image(levels.astype(np.float32)).resize((width, height), Image.Resampling.NEAREST))


def neon(plates: Plates, rng: np.random.Generator) -> Floats:
    """Glowing tubes along the edges, in the colours of what they outline, on deep violet."""
    height, width = plates.ink.shape
    unit = min(height, width) / 128.0
    lines = np.clip(np.maximum(_edges(plates.flat, 0.8 * unit) * 1.1, plates.ink * 0.9), 0, 1)
    hue = _saturate(blur(plates.flat, 2.0 * unit), 2.2)
    hue = hue / np.maximum(hue.max(axis=-1, keepdims=True), 0.2)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    sweep = np.array([1.0, 0.2, 0.85], np.float32) * (1 - y) + np.array([0.1, 0.9, 1.0], np.float32) * y
    tube = (0.5 * hue + 0.5 * sweep) * lines[..., None]
    glow = blur(tube, 3.0 * unit) * 1.6
    night = np.array([0.055, 0.02, 0.12], np.float32) + 0.1 * plates.flat * hue
    core = np.clip(lines - 0.55, 0, 1)[..., None] * 0.8
    return _as_floats(np.clip(night + glow + tube + core, 0, 1))


RENDERERS: dict[str, Callable[[Plates, np.random.Generator], Floats]] = {
    "photo": photo,
    "illustration": illustration,
    "sketch": sketch,
    "watercolour": watercolour,
    "oil": oil,
    "pixel": pixel,
    "neon": neon,
}


def render(plates: Plates, look: str, *, seed: int) -> Pixels:
    """The plates in a look, (H, W, 3) uint8. `seed` fixes grain, paper and strokes."""
    rng = np.random.default_rng((seed, sorted(RENDERERS).index(look)))
    finished = RENDERERS[look](plates, rng)
    return (np.clip(finished, 0, 1) * 255.0 + 0.5).astype(np.uint8)


def plates_of_photograph(pixels: Pixels) -> Plates:
    """Plates of a photograph (H, W, 3): colours flattened by the median and few levels, ink along strong edges."""
    lit = pixels.astype(np.float32) / 255.0
    unit = min(lit.shape[:2]) / 128.0
    calm = _floats(_image(lit).filter(ImageFilter.MedianFilter(max(3, round(2 * unit) * 2 + 1))))
    levels = np.rint(calm * 7.0) / 7.0
    flat = blur((levels * 0.6 + calm * 0.4).astype(np.float32), 0.5)
    ink = np.clip(_edges(calm, 0.9 * unit) * 1.5 - 0.35, 0, 1)
    return Plates(flat=flat, lit=lit, ink=ink.astype(np.float32))
