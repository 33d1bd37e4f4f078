"""Latents of the whole drawn world, encoded once, so that training the denoiser touches no pixels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from diffusers import AutoencoderKL

from core.tinymodel.config import TinyConfig
from core.tinymodel.groups import Shard, shards
from core.tinymodel.loop import autocast


@torch.no_grad()
def encode_shard(vae: AutoencoderKL, pixels: npt.NDArray[np.uint8], batch: int = 48) -> npt.NDArray[np.float16]:
    """(groups, members, H, W, 3) pixels to (groups, members, C, H/8, W/8) scaled latent means."""
    groups, count = pixels.shape[:2]
    flat = pixels.reshape(-1, *pixels.shape[2:])
    out: list[npt.NDArray[np.float16]] = []
    for start in range(0, len(flat), batch):
        x = torch.from_numpy(np.array(flat[start : start + batch])).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        with autocast():
            mean = vae.encode(x).latent_dist.mean
        out.append((mean.float() * vae.config.scaling_factor).to(torch.float16).numpy())
    stacked = np.concatenate(out)
    return stacked.reshape(groups, count, *stacked.shape[1:])


def encode_world(config: TinyConfig, vae: AutoencoderKL, world: Path, folder: Path) -> None:
    """Encode every drawn shard that has no latents yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for shard in shards(config.world):
        path, source = folder / f"{shard.name}.npy", world / f"{shard.name}.npy"
        if path.exists() or not source.exists():
            continue
        partial = folder / f"{shard.name}.partial.npy"
        np.save(partial, encode_shard(vae, np.load(source, mmap_mode="r")))
        partial.replace(path)


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Shards of one kind and shape in memory: (groups, members, C, h, w) each."""

    kind: str
    share: float
    listed: list[Shard]
    arrays: list[npt.NDArray[np.float16]]


def load_shelves(config: TinyConfig, folder: Path, shares: dict[tuple[str, bool], float]) -> list[Shelf]:
    """What is encoded so far, by kind and shape. `shares` maps (kind, is square) to the share of training steps."""
    found: dict[tuple[str, int, int], tuple[list[Shard], list[npt.NDArray[np.float16]]]] = {}
    for shard in shards(config.world):
        path = folder / f"{shard.name}.npy"
        if path.exists():
            listed, arrays = found.setdefault((shard.kind, shard.width, shard.height), ([], []))
            listed.append(shard)
            arrays.append(np.load(path))
    return [
        Shelf(kind=kind, share=shares[(kind, width == height)], listed=listed, arrays=arrays)
        for (kind, width, height), (listed, arrays) in found.items()
    ]
