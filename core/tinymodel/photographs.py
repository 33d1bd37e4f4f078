"""Photographs inside the wheels of scikit-image, scikit-learn and matplotlib: training extras, never needed to run.

The astronaut and the cat (chelsea) are held out for judging.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance

Pixels = npt.NDArray[np.uint8]

FILES: dict[str, tuple[str, str]] = {
    "coffee": ("skimage", "data/coffee.png"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
    "camera": ("skimage", "data/camera.png"),
    "galaxies": ("skimage", "data/hubble_deep_field.jpg"),
    "coins": ("skimage", "data/coins.png"),
    "clock": ("skimage", "data/clock_motion.png"),
    "temple": ("sklearn", "datasets/images/china.jpg"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "officer": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
}
SUBJECTS: dict[str, tuple[str, ...]] = {
    "coffee": ("a cup of coffee", "a cup and a spoon"),
    "rocket": ("a rocket", "a rocket at night"),
    "motorcycle": ("a motorcycle", "a garage"),
    "camera": ("a man with a camera", "a person"),
    "galaxies": ("galaxies", "stars"),
    "coins": ("coins",),
    "clock": ("a clock",),
    "temple": ("a temple", "a landscape"),
    "flower": ("a flower", "a plant"),
    "officer": ("a woman in uniform", "a person", "a woman"),
    "leaves": ("shapes", "a pattern"),
}


@cache
def photographs() -> dict[str, Pixels]:
    """Every training photograph that this machine has, RGB uint8, at most 512 on the long side."""
    found: dict[str, Pixels] = {}
    for name, (package, inside) in FILES.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        path = Path(spec.origin).parent / inside
        if path.exists():
            image = Image.open(path).convert("RGB")
            image.thumbnail((512, 512), Image.Resampling.LANCZOS)
            found[name] = np.asarray(image)
    return found


def dead_leaves(random: Random, width: int, height: int) -> Pixels:
    """Overlapping discs and boxes of every size, with gradients: edges as frequent as in nature, (H, W, 3)."""
    rng = np.random.default_rng(random.randrange(1 << 30))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    out = np.zeros((height, width, 3), np.float32) + rng.uniform(0, 255, 3)
    palette = rng.uniform(0, 255, (5, 3))
    for _ in range(50):
        radius = min(60.0, 3.0 / rng.uniform(0.03, 1.0) ** 0.8)
        dx, dy = x - rng.uniform(0, width), y - rng.uniform(0, height)
        disc = np.hypot(dx, dy) < radius if rng.random() < 0.6 else np.maximum(abs(dx), abs(dy) * 2) < radius
        shade = (dx * rng.normal() + dy * rng.normal())[..., None] * (20.0 / radius)
        colour = palette[rng.integers(5)] + rng.normal(0, 24, 3)
        out = np.where(disc[..., None], colour + shade, out)
    return np.clip(out, 0, 255).astype(np.uint8)


def pick_subject(random: Random) -> str:
    """Which photograph to crop, or "leaves" for a made-up pattern."""
    shelf = photographs()
    if not shelf or random.random() < 0.12:
        return "leaves"
    return random.choice(sorted(shelf) + [n for n in ("officer", "temple", "flower", "coffee") if n in shelf])


def crop(random: Random, width: int, height: int) -> Pixels:
    """A random subject in a random crop, flipped and recoloured, (H, W, 3)."""
    name = pick_subject(random)
    if name == "leaves":
        return dead_leaves(random, width, height)
    pixels = photographs()[name]
    full_height, full_width = pixels.shape[:2]
    fit = min(full_width / width, full_height / height)
    side = fit * random.uniform(0.35, 1.0)
    w, h = side * width, side * height
    left, top = random.uniform(0, full_width - w), random.uniform(0, full_height - h)
    image = Image.fromarray(pixels).resize(
        (width, height), Image.Resampling.LANCZOS, box=(left, top, left + w, top + h)
    )
    if random.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if random.random() < 0.35:
        hue = np.array(image.convert("HSV"))
        hue[..., 0] += np.uint8(random.randrange(256))
        image = Image.fromarray(hue, "HSV").convert("RGB")
    for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = kind(image).enhance(random.uniform(0.75, 1.25))
    return np.asarray(image)
