"""Edge maps of the whole drawn world, found once by the detector that people's pictures go through."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.imaging.edges import find_edges
from core.tinymodel.config import TinyConfig
from core.tinymodel.groups import Shard, shards
from core.tinymodel.latents import Shelf

Packed = npt.NDArray[np.uint8]


def find_world_edges(config: TinyConfig, world: Path, folder: Path) -> None:
    """Write `folder/NAME.npy`, (groups, members, H, W/8) bits, for every drawn shard that has no edges yet."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = [s for s in shards(config.world) if (world / f"{s.name}.npy").exists()]
    with ProcessPoolExecutor(config.processes) as pool:
        list(pool.map(_find, listed, [world] * len(listed), [folder] * len(listed)))


def _find(shard: Shard, world: Path, folder: Path) -> None:
    path = folder / f"{shard.name}.npy"
    if path.exists():
        return
    pixels = np.load(world / path.name, mmap_mode="r")
    flat = pixels.reshape(-1, *pixels.shape[2:])
    found = np.stack([np.packbits(find_edges(np.asarray(Image.fromarray(p).convert("L"))), axis=-1) for p in flat])
    partial = folder / f"{shard.name}.partial.npy"
    np.save(partial, found.reshape(*pixels.shape[:2], *found.shape[1:]))
    partial.replace(path)


def load_hints(shelf: Shelf, folder: Path) -> list[Packed]:
    """The edges of a shelf's shards, in its order."""
    return [np.load(folder / f"{shard.name}.npy") for shard in shelf.listed]


def draw_hints(
    config: TinyConfig, shelf: Shelf, hints: list[Packed], places: list[tuple[int, int, int]], random: Random
) -> npt.NDArray[np.float32]:
    """What the net is shown for each target, (N, 3, H, W) of 0 and 1: its own edges, or those of another look of it."""
    out = []
    for shard, group, member in places:
        if random.random() < config.control.other_look:
            member = random.choice(_same_content(config, shelf, member, hints[shard].shape[1]))
        lines = np.unpackbits(hints[shard][group, member], axis=-1)
        out.append(np.broadcast_to(lines, (3, *lines.shape)))
    return np.stack(out).astype(np.float32)


def _same_content(config: TinyConfig, shelf: Shelf, member: int, count: int) -> list[int]:
    """Members of a group that show what `member` shows, itself among them."""
    if shelf.kind == "photographs":
        return list(range(count))
    looks = config.world.looks_per_group
    return list(range(member // looks * looks, (member // looks + 1) * looks))
