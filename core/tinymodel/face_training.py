"""Training the face finder on drawn characters in all looks, where the renderer knows exactly what each pixel shows.

Photographs without people are mixed in as pictures that hold no face.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from core.tinymodel.config import FaceConfig, TinyConfig
from core.tinymodel.draw import draw, draw_parts
from core.tinymodel.face import SIDE, FaceFinder
from core.tinymodel.judge_training import to_tensor
from core.tinymodel.loop import Budget, Trainer, autocast
from core.tinymodel.pen import HAIR, PROP, SKIN
from core.tinymodel.photographs import dead_leaves, photographs
from core.tinymodel.world import LOOKS, Picture, draw_picture

Pixels = npt.NDArray[np.uint8]
Areas = npt.NDArray[np.bool_]

FIRST_SEED = 6_000_000
VIEWS = 3  # pictures of each character
_PEOPLE = ("officer", "camera")  # photographs that show some
_CHUNK = 100


@dataclass(frozen=True, kw_only=True)
class Faces:
    """Pictures (N, 128, 128, 3) and where their faces are, (N, 128, 128)."""

    pixels: Pixels
    areas: Areas


def face_area(picture: Picture) -> Areas:
    """Face, hair and what is worn on the head, (H, W)."""
    return np.isin(draw_parts(picture), (SKIN, HAIR, PROP))


def faces_of(seeds: list[int]) -> Faces:
    """Each character in `VIEWS` random outfits, places and looks."""
    pictures = []
    for seed in seeds:
        random = Random(f"face-{seed}")
        pictures += [draw_picture(seed, random) for _ in range(VIEWS)]
    return Faces(pixels=np.stack([draw(p) for p in pictures]), areas=np.stack([face_area(p) for p in pictures]))


def nobody(count: int) -> Faces:
    """Crops of photographs without people, and made-up patterns."""
    random = Random("nobody")
    shelf = [pixels for name, pixels in sorted(photographs().items()) if name not in _PEOPLE]
    pixels = [_crop(random, random.choice(shelf)) if shelf else dead_leaves(random, SIDE, SIDE) for _ in range(count)]
    return Faces(pixels=np.stack(pixels), areas=np.zeros((count, SIDE, SIDE), np.bool_))


def _crop(random: Random, photograph: Pixels) -> Pixels:
    side = random.randint(min(SIDE, *photograph.shape[:2]), min(photograph.shape[:2]))
    top, left = (random.randint(0, whole - side) for whole in photograph.shape[:2])
    part = to_tensor(photograph[None, top : top + side, left : left + side])
    small = F.interpolate(part, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
    return np.asarray(((small[0] + 1) * 127.5).round().byte().permute(1, 2, 0).numpy())


def draw_faces(config: TinyConfig, folder: Path) -> Faces:
    """The training pictures, drawn once and kept in `folder`."""
    path = folder / "faces.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        seeds = [FIRST_SEED + i for i in range(config.face.identities)]
        with ProcessPoolExecutor(config.processes) as pool:
            parts = list(pool.map(faces_of, [seeds[i : i + _CHUNK] for i in range(0, len(seeds), _CHUNK)]))
        parts.append(nobody(max(1, len(seeds) * VIEWS // 10)))
        np.savez(path, pixels=np.concatenate([p.pixels for p in parts]), areas=np.concatenate([p.areas for p in parts]))
    stored = np.load(path)
    return Faces(pixels=stored["pixels"], areas=stored["areas"])


def batch_of(faces: Faces, config: FaceConfig, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Random pictures, mirrored, brightened, blurred and noised at random, and their areas (N, 1, 128, 128)."""
    chosen = rng.integers(len(faces.pixels), size=config.batch)
    pixels, areas = to_tensor(faces.pixels[chosen]), torch.from_numpy(faces.areas[chosen]).float()[:, None]
    if rng.random() < 0.5:
        pixels, areas = pixels.flip(3), areas.flip(3)
    if rng.random() < 0.4:
        small = F.avg_pool2d(pixels, 2)
        pixels = torch.lerp(pixels, F.interpolate(small, scale_factor=2.0, mode="bilinear"), float(rng.random()))
    gain = torch.from_numpy(1.0 + 0.15 * rng.standard_normal((len(pixels), 3, 1, 1))).float()
    noise = torch.from_numpy(rng.standard_normal(pixels.shape, np.float32)) * 0.06 * float(rng.random())
    return (pixels * gain + noise).clamp(-1, 1), areas


def face_loss(finder: FaceFinder, pixels: Tensor, areas: Tensor) -> dict[str, Tensor]:
    """Cross-entropy of each pixel, and how far the areas overlap (Dice), which small faces need."""
    with autocast():
        logits = finder(pixels)
    logits = logits.float()
    seen = logits.sigmoid()
    overlap = 2 * (seen * areas).sum() / (seen.sum() + areas.sum() + 1.0)
    loss = F.binary_cross_entropy_with_logits(logits, areas) + 1.0 - overlap
    return {"loss": loss, "overlap": overlap}


def train_finder(config: TinyConfig, faces: Faces, state: Path) -> FaceFinder:
    """Train the face finder within its budget."""
    torch.manual_seed(config.seed)
    finder = FaceFinder(config.face)

    def loss(step: int) -> dict[str, Tensor]:
        return face_loss(finder, *batch_of(faces, config.face, np.random.default_rng((config.seed, step))))

    budget = Budget(
        name="face",
        folder=state,
        minutes=config.face.minutes,
        learning_rate=config.face.learning_rate,
        ema=0.99,
        max_steps=config.face.steps,
    )
    trainer = Trainer(finder, loss, budget)
    trainer.run()
    finder.load_state_dict(trainer.averaged.shadow)
    return finder.eval()


@torch.no_grad()
def measure_finder(finder: FaceFinder, first_seed: int, count: int = 140) -> dict[str, Any]:
    """Overlap (intersection over union) of found and true faces on characters that no training saw, by look.

    `nobody` is the share of photographs without people of which it takes less than a hundredth for a face.
    """
    random = Random(f"measure-face-{first_seed}")
    pictures = [draw_picture(first_seed + i, random, look=LOOKS[i % len(LOOKS)]) for i in range(count)]
    truth = np.stack([face_area(p) for p in pictures])
    found = _found(finder, np.stack([draw(p) for p in pictures]))
    overlaps = (found & truth).sum((1, 2)) / (found | truth).sum((1, 2))
    empty = _found(finder, nobody(50).pixels).mean((1, 2)) < 0.01
    by_look = {look: float(overlaps[i :: len(LOOKS)].mean()) for i, look in enumerate(LOOKS)}
    worst = float(overlaps.min())
    return {"pictures": count, "mean": float(overlaps.mean()), "worst": worst, "nobody": float(empty.mean())} | by_look


def _found(finder: FaceFinder, pixels: Pixels) -> Areas:
    parts = [finder(to_tensor(pixels[i : i + 32])) > 0 for i in range(0, len(pixels), 32)]
    return np.asarray(torch.cat(parts)[:, 0].numpy())
