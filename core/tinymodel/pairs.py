"""Training samples made of pairs: the noised picture A and the picture B that its caption describes.

The drawn world knows ground truth: A and B show the same person (or photograph) and differ only in clothes, in look,
or in both. Where noise is strong the target is B, so the denoiser learns what people expect of img2img: what the words
ask for changes, the rest stays. Where noise is weak, A is B.
"""

from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from core.tinymodel.captions import caption
from core.tinymodel.config import TinyConfig, UnetConfig
from core.tinymodel.groups import Member, members
from core.tinymodel.latents import Shelf

MOST = 0.75

# What people send is mostly a photograph or flat art; clothes are plain to see only there. So these are met more often,
# as the picture that is noised and as the one that is to come out.
COMMON_LOOKS = ("photo", "illustration")
COMMON_WEIGHT = 3.0


@dataclass(frozen=True, kw_only=True)
class PairBatch:
    """`noised` and `target` are clean latents (N, C, h, w): noise goes onto the first, the second is predicted.

    `places` says where each target lies on its shelf: number of the shard, of the group within it, of the member.
    """

    noised: npt.NDArray[np.float32]
    target: npt.NDArray[np.float32]
    timesteps: npt.NDArray[np.int64]
    captions: list[str]
    places: list[tuple[int, int, int]]


def pair_probability(timestep: int, span: tuple[int, int]) -> float:
    """0 below the span, rising linearly within it, `MOST` above."""
    low, high = span
    return MOST * min(1.0, max(0.0, (timestep - low) / (high - low)))


def spread(share: float, config: UnetConfig) -> int:
    """A timestep for `share` in 0..1, so that `focus_share` of them lie in the focus, where words must win."""
    low, high = config.focus
    if share < config.focus_share:
        return low + int((high - low) * share / config.focus_share)
    outside = int((1000 - (high - low)) * (share - config.focus_share) / (1.0 - config.focus_share))
    return outside if outside < low else outside + high - low


def _choose(listed: list[Member], among: list[int], random: Random) -> int:
    """One of the members numbered in `among`; common looks come up more often."""
    weights = [COMMON_WEIGHT if listed[i].look in COMMON_LOOKS else 1.0 for i in among]
    return random.choices(among, weights=weights)[0]


def _partner(
    config: UnetConfig, shelf: Shelf, listed: list[Member], index: int, timestep: int, random: Random, looks: int
) -> int:
    """The member to noise when member `index` is the target."""
    count = len(listed)
    look_changes = random.random() < pair_probability(timestep, config.look_pairs)
    outfit_changes = random.random() < pair_probability(timestep, config.outfit_pairs)
    if shelf.kind == "photographs":
        return _choose(listed, [i for i in range(count) if i != index], random) if look_changes else index
    outfit, look = divmod(index, looks)
    if outfit_changes and count > looks:
        outfit = random.choice([o for o in range(count // looks) if o != outfit])
    if look_changes and looks > 1:
        return _choose(listed, [outfit * looks + k for k in range(looks) if k != look], random)
    return outfit * looks + look


def draw_pairs(config: TinyConfig, shelf: Shelf, random: Random, size: int) -> PairBatch:
    """`size` samples from a shelf; everything follows from `random`."""
    noised, target, timesteps, words, places = [], [], [], [], []
    looks = config.world.looks_per_group
    for position in range(size):
        place = random.randrange(len(shelf.listed))
        shard, array = shelf.listed[place], shelf.arrays[place]
        group = random.randrange(array.shape[0])
        listed = members(config.world, shard, group)
        index = _choose(listed, list(range(len(listed))), random)
        # one timestep out of each of `size` intervals: every batch sees all noise levels
        timestep = spread((position + random.random()) / size, config.unet)
        partner = _partner(config.unet, shelf, listed, index, timestep, random, looks)
        other = shelf.kind == "characters" and partner // looks != index // looks
        restyled = listed[partner].look != listed[index].look
        text = caption(listed[index], random, name_outfit=other, name_look=restyled)
        words.append("" if random.random() < config.unet.caption_dropout else text)
        noised.append(array[group, partner])
        target.append(array[group, index])
        timesteps.append(timestep)
        places.append((place, group, index))
    return PairBatch(
        noised=np.stack(noised).astype(np.float32),
        target=np.stack(target).astype(np.float32),
        timesteps=np.array(timesteps, np.int64),
        captions=words,
        places=places,
    )
