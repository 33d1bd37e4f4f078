"""Where the face is: a small network that finds face, hair and what is worn on the head of a drawn character.

It takes pictures of any size as (N, 3, H, W) in -1..1, looks at them at 128 x 128, and answers at 128 x 128.
"""

import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.tinymodel.config import FaceConfig

SIDE = 128  # pixels of the square it looks at


class _Stage(nn.Module):
    """Two convolutions, the first of which may halve the grid."""

    def __init__(self, into: int, out: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(into, out, 3, stride=stride, padding=1)
        self.first_norm = nn.GroupNorm(8, out)
        self.second = nn.Conv2d(out, out, 3, padding=1)
        self.second_norm = nn.GroupNorm(8, out)

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, H, W) to (N, out, H/stride, W/stride)."""
        x = F.silu(self.first_norm(self.first(x)))
        return x + F.silu(self.second_norm(self.second(x)))


class FaceFinder(nn.Module):
    """Down to a coarse grid and back up, with what was seen on the way down (a small U-Net)."""

    def __init__(self, config: FaceConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.channels
        self.stem = nn.Conv2d(3, widths[0], 5, stride=2, padding=2)
        self.down = nn.ModuleList([_Stage(a, b, 2) for a, b in pairwise(widths)])
        self.up = nn.ModuleList([_Stage(b + a, a, 1) for a, b in reversed(list(pairwise(widths)))])
        self.head = nn.Conv2d(widths[0], 1, 3, padding=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) in -1..1 to logits (N, 1, 128, 128): above 0 is face."""
        if pixels.shape[-2:] != (SIDE, SIDE):
            pixels = F.interpolate(pixels, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        seen = [F.silu(self.stem(pixels))]
        for stage in self.down:
            seen.append(stage(seen[-1]))
        x = seen.pop()
        for stage in self.up:
            beside = seen.pop()
            x = stage(torch.cat([_doubled(x), beside], dim=1))
        return _doubled(self.head(x))


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def save_finder(folder: Path, finder: FaceFinder) -> None:
    """Write float16 weights and the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"kind": "FaceFinder", **asdict(finder.config)}, indent=2) + "\n")
    weights = {name: value.detach().half().contiguous() for name, value in finder.state_dict().items()}
    save_file(weights, folder / "model.safetensors")


def load_finder(folder: Path) -> FaceFinder:
    """The network that `save_finder` wrote, in float32."""
    stored = json.loads((folder / "config.json").read_text())
    stored.pop("kind")
    finder = FaceFinder(FaceConfig(**{**stored, "channels": tuple(stored["channels"])}))
    finder.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
    return finder.eval()
