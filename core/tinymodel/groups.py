"""Groups: pictures that share their content, so that any two are a training pair; drawn into shards on disk.

A character group is one person in one place, in `outfits_per_group` outfits times `looks_per_group` looks. A photograph
group is one crop in as many looks. What a group holds follows from its number alone, so only pixels are stored.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from core.tinymodel.config import TinyConfig, WorldConfig
from core.tinymodel.draw import draw_plates
from core.tinymodel.looks import plates_of_photograph, render
from core.tinymodel.photographs import crop, pick_subject
from core.tinymodel.world import LOOKS, Picture, draw_outfit, draw_picture

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Member:
    """One picture of a group: of a drawn person (`picture`) or of a photograph's `subject`, in a look."""

    look: str
    picture: Picture | None = None
    subject: str = ""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A file of `groups` groups from number `first` on; pictures are `width` times `height` pixels."""

    name: str
    kind: str
    first: int
    groups: int
    width: int
    height: int


def shards(config: WorldConfig) -> list[Shard]:
    """All shards of a world, characters first, then photographs, then both in other aspect ratios."""
    side, step = config.size, config.shard_groups
    long = side * 3 // 2
    out = [_shard("characters", i, min(step, config.groups - i), side, side) for i in range(0, config.groups, step)]
    out += [
        _shard("photographs", i, min(step, config.photo_groups - i), side, side)
        for i in range(0, config.photo_groups, step)
    ]
    for index, (width, height) in enumerate(((long, side), (side, long))):
        first = (index + 1) * 100_000
        if config.wide_groups:
            out.append(_shard("characters", first, config.wide_groups, width, height))
            out.append(_shard("photographs", first, config.wide_groups, width, height))
    return out


def _shard(kind: str, first: int, groups: int, width: int, height: int) -> Shard:
    return Shard(name=f"{kind}-{first:06d}", kind=kind, first=first, groups=groups, width=width, height=height)


def members(config: WorldConfig, shard: Shard, index: int) -> list[Member]:
    """What group `index` (0-based within the shard) holds, in stored order: outfit-major, then look."""
    number = shard.first + index
    random = Random(f"group-{config.first_seed}-{shard.kind}-{number}")
    count = config.looks_per_group
    if shard.kind == "photographs":
        count *= config.outfits_per_group
        looks = ["photo", *random.sample(LOOKS[1:], min(count - 1, len(LOOKS) - 1))]
        subject = pick_subject(random)
        return [Member(look=look, subject=subject) for look in looks]
    base = draw_picture(config.first_seed + number, random)
    looks = random.sample(LOOKS, count)
    outfits = [base.outfit, *(draw_outfit(random) for _ in range(config.outfits_per_group - 1))]
    return [Member(look=look, picture=base.wearing(o).in_look(look)) for o in outfits for look in looks]


def draw_group(config: WorldConfig, shard: Shard, index: int) -> Pixels:
    """The pictures of a group, (members, H, W, 3)."""
    number = shard.first + index
    size = (shard.width, shard.height)
    listed = members(config, shard, index)
    if shard.kind == "photographs":
        random = Random(f"group-{config.first_seed}-{shard.kind}-{number}")
        count = config.looks_per_group * config.outfits_per_group
        random.sample(LOOKS[1:], min(count - 1, len(LOOKS) - 1))
        plates = plates_of_photograph(crop(random, *size))
        return np.stack([render(plates, member.look, seed=number) for member in listed])
    out: list[Pixels] = []
    for start in range(0, len(listed), config.looks_per_group):
        worn = listed[start : start + config.looks_per_group]
        assert worn[0].picture is not None
        plates = draw_plates(worn[0].picture, *size)
        out += [render(plates, member.look, seed=worn[0].picture.setting.seed) for member in worn]
    return np.stack(out)


def draw_shard(config: WorldConfig, shard: Shard, folder: Path) -> Path:
    """Draw a shard to `folder/NAME.npy`, (groups, members, H, W, 3) uint8; an existing file is kept."""
    path = folder / f"{shard.name}.npy"
    if not path.exists():
        pixels = np.stack([draw_group(config, shard, i) for i in range(shard.groups)])
        partial = folder / f"{shard.name}.partial.npy"
        np.save(partial, pixels)
        partial.replace(path)
    return path


def draw_world(config: TinyConfig, folder: Path) -> list[Path]:
    """Draw all shards that are missing, in parallel processes; returns their files in order."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = shards(config.world)
    with ProcessPoolExecutor(config.processes) as pool:
        count = len(listed)
        return list(pool.map(draw_shard, [config.world] * count, listed, [folder] * count))
