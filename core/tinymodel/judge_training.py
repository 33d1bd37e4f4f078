"""Training the judges on drawn pictures, plain, roughened, and sent once through the autoencoder."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor

from core.tinymodel.config import JudgeConfig, TinyConfig
from core.tinymodel.draw import draw
from core.tinymodel.judges import COLOURS, GREY_LOOKS, AttributeClassifier, IdentityEncoder
from core.tinymodel.loop import Budget, Trainer, autocast
from core.tinymodel.world import LOOKS, OUTFIT_KINDS, draw_picture

Pixels = npt.NDArray[np.uint8]
VIEWS = 6
FIRST_SEED = 5_000_000


@dataclass(frozen=True, kw_only=True)
class Lineup:
    """Pictures (identities, views, 128, 128, 3) with outfit kind, colour and look of each, (identities, views, 3)."""

    pixels: Pixels
    labels: npt.NDArray[np.int64]


def lineup_of(seeds: list[int], views: int = VIEWS) -> Lineup:
    """Each character in `views` random outfits, places and looks."""
    pixels, labels = [], []
    for seed in seeds:
        random = Random(f"lineup-{seed}")
        for _ in range(views):
            picture = draw_picture(seed, random)
            pixels.append(draw(picture))
            outfit = picture.outfit
            labels.append((OUTFIT_KINDS.index(outfit.kind), COLOURS.index(outfit.colour), LOOKS.index(picture.look)))
    shape = (len(seeds), views)
    return Lineup(
        pixels=np.stack(pixels).reshape(*shape, *pixels[0].shape), labels=np.array(labels, np.int64).reshape(*shape, 3)
    )


def draw_lineup(config: TinyConfig, folder: Path) -> Lineup:
    """The training line-up, drawn once and kept in `folder`."""
    path = folder / "lineup.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        seeds = [FIRST_SEED + i for i in range(config.judges.identities)]
        chunks = [seeds[i : i + 100] for i in range(0, len(seeds), 100)]
        with ProcessPoolExecutor(config.processes) as pool:
            parts = list(pool.map(lineup_of, chunks))
        np.savez(
            path, pixels=np.concatenate([p.pixels for p in parts]), labels=np.concatenate([p.labels for p in parts])
        )
    stored = np.load(path)
    return Lineup(pixels=stored["pixels"], labels=stored["labels"])


@torch.no_grad()
def reconstruct(lineup: Lineup, vae: AutoencoderKL, every: int = 6) -> Lineup:
    """The line-up with every `every`-th picture replaced by what the autoencoder makes of it."""
    pixels = lineup.pixels.copy()
    flat = pixels.reshape(-1, *pixels.shape[2:])
    chosen = np.arange(0, len(flat), every)
    chosen = chosen + np.arange(len(chosen)) % every
    chosen = chosen[chosen < len(flat)]
    for start in range(0, len(chosen), 32):
        part = chosen[start : start + 32]
        with autocast():
            made = vae.decode(vae.encode(to_tensor(flat[part])).latent_dist.mean).sample
        flat[part] = ((made.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    return Lineup(pixels=pixels, labels=lineup.labels)


def to_tensor(pixels: Pixels) -> Tensor:
    """(N, H, W, 3) uint8 to (N, 3, H, W) in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)


def roughen(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Blur, noise, brightness and small shifts, so that a judge does not depend on clean drawing."""
    count = len(pixels)
    draw_one = torch.rand(4, generator=generator)
    if draw_one[0] < 0.4:
        small = F.avg_pool2d(pixels, 2)
        soft = F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False)
        pixels = torch.lerp(pixels, soft, float(draw_one[1]))
    shift = (torch.rand(2, generator=generator) * 9).long() - 4
    pixels = torch.roll(pixels, (int(shift[0]), int(shift[1])), dims=(2, 3))
    gain = 1.0 + 0.15 * torch.randn((count, 3, 1, 1), generator=generator)
    noise = 0.06 * draw_one[2] * torch.randn(pixels.shape, generator=generator)
    return (pixels * gain + noise).clamp(-1, 1)


def identity_loss(encoder: IdentityEncoder, first: Tensor, second: Tensor) -> dict[str, Tensor]:
    """Each character's two pictures shall find one another among all of the batch (InfoNCE, both ways)."""
    with autocast():
        a, b = encoder(first), encoder(second)
    scores = a.float() @ b.float().T * encoder.temperature.exp().clamp(max=50.0)
    wanted = torch.arange(len(first))
    loss = (F.cross_entropy(scores, wanted) + F.cross_entropy(scores.T, wanted)) / 2
    return {"loss": loss, "hits": (scores.argmax(1) == wanted).float().mean()}


def attribute_loss(classifier: AttributeClassifier, pixels: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Cross-entropy of kind, colour and look; colour only where the look shows colours."""
    with autocast():
        kind, colour, look = (x.float() for x in classifier(pixels))
    grey = torch.zeros(len(labels), dtype=torch.bool)
    for name in GREY_LOOKS:
        grey |= labels[:, 2] == LOOKS.index(name)
    by_colour = F.cross_entropy(colour[~grey], labels[~grey, 1])
    loss = F.cross_entropy(kind, labels[:, 0]) + by_colour + F.cross_entropy(look, labels[:, 2])
    right = [(x.argmax(1) == labels[:, i]).float() for i, x in enumerate((kind, colour, look))]
    return {"loss": loss, "kind": right[0].mean(), "colour": right[1][~grey].mean(), "look": right[2].mean()}


def _budget(name: str, config: JudgeConfig, state: Path) -> Budget:
    return Budget(
        name=name,
        folder=state,
        minutes=config.minutes / 2,
        learning_rate=config.learning_rate,
        ema=0.99,
        max_steps=config.steps,
    )


def train_identity(config: TinyConfig, lineup: Lineup, state: Path) -> IdentityEncoder:
    """Train the identity encoder within half of the judges' budget."""
    torch.manual_seed(config.seed)
    encoder = IdentityEncoder(config.judges)

    def loss(step: int) -> dict[str, Tensor]:
        rng, generator = np.random.default_rng((config.seed, step)), torch.Generator().manual_seed(step)
        who = rng.choice(len(lineup.pixels), min(config.judges.batch, len(lineup.pixels)), replace=False)
        views = np.stack([rng.permutation(lineup.pixels.shape[1])[:2] for _ in who])
        pair = [roughen(to_tensor(lineup.pixels[who, views[:, i]]), generator) for i in (0, 1)]
        return identity_loss(encoder, pair[0], pair[1])

    trainer = Trainer(encoder, loss, _budget("identity", config.judges, state))
    trainer.run()
    encoder.load_state_dict(trainer.averaged.shadow)
    return encoder.eval()


def train_classifier(config: TinyConfig, lineup: Lineup, state: Path) -> AttributeClassifier:
    """Train the classifier within half of the judges' budget."""
    torch.manual_seed(config.seed)
    classifier = AttributeClassifier(config.judges)
    pixels = lineup.pixels.reshape(-1, *lineup.pixels.shape[2:])
    labels = torch.from_numpy(lineup.labels.reshape(-1, 3))

    def loss(step: int) -> dict[str, Tensor]:
        rng, generator = np.random.default_rng((config.seed, step)), torch.Generator().manual_seed(step)
        chosen = rng.integers(len(pixels), size=config.judges.batch)
        return attribute_loss(
            classifier, roughen(to_tensor(pixels[chosen]), generator), labels[torch.from_numpy(chosen)]
        )

    trainer = Trainer(classifier, loss, _budget("classifier", config.judges, state))
    trainer.run()
    classifier.load_state_dict(trainer.averaged.shadow)
    return classifier.eval()
