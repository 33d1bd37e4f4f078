"""The judges: an identity encoder, and a classifier of outfit kind, outfit colour and look.

They only measure the model; the identity encoder can also be used to find the same character again. Both take pictures
of any size as (N, 3, H, W) in -1..1 and look at them at 128 x 128.
"""

import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.tinymodel.config import JudgeConfig
from core.tinymodel.world import LOOKS, OUTFIT_COLOURS, OUTFIT_KINDS

COLOURS = tuple(OUTFIT_COLOURS)
GREY_LOOKS = ("sketch", "neon")


class _Block(nn.Module):
    """Halve the grid, then one residual convolution."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(into, out, 3, stride=2, padding=1)
        self.norm = nn.GroupNorm(8, out)
        self.mix = nn.Conv2d(out, out, 3, padding=1)
        self.mix_norm = nn.GroupNorm(8, out)

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, H, W) to (N, out, H/2, W/2)."""
        x = F.silu(self.norm(self.down(x)))
        return x + F.silu(self.mix_norm(self.mix(x)))


class Trunk(nn.Module):
    """Convolutions from a picture to one vector that still knows where things are on a 4 x 4 grid."""

    def __init__(self, channels: tuple[int, ...], out: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, channels[0], 5, stride=2, padding=2)
        self.blocks = nn.Sequential(*[_Block(a, b) for a, b in pairwise(channels)])
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.squeeze = nn.Conv2d(channels[-1], channels[-1] // 2, 1)
        self.head = nn.Linear(channels[-1] // 2 * 16, out)

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) in -1..1 to (N, out)."""
        if pixels.shape[-2:] != (128, 128):
            pixels = F.interpolate(pixels, (128, 128), mode="bilinear", antialias=True, align_corners=False)
        x = self.blocks(F.silu(self.stem(pixels)))
        vector: Tensor = self.head(F.silu(self.squeeze(self.pool(x))).flatten(1))
        return vector


class IdentityEncoder(nn.Module):
    """A picture to a unit vector; the same character in other clothes, looks and places is near."""

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = Trunk(config.channels, config.embedding)
        self.temperature = nn.Parameter(torch.tensor(2.3))

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) in -1..1 to (N, embedding), each of length one."""
        return F.normalize(self.trunk(pixels), dim=-1)


class AttributeClassifier(nn.Module):
    """Outfit kind, outfit colour and look of a picture."""

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.config = config
        self.sizes = (len(OUTFIT_KINDS), len(COLOURS), len(LOOKS))
        self.trunk = Trunk(config.channels, sum(self.sizes))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (N, kinds), (N, colours), (N, looks)."""
        kind, colour, look = self.trunk(pixels).split(self.sizes, dim=-1)
        return kind, colour, look


def save_judge(folder: Path, judge: IdentityEncoder | AttributeClassifier) -> None:
    """Write float16 weights and the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(
        json.dumps({"kind": type(judge).__name__, **asdict(judge.config)}, indent=2) + "\n"
    )
    save_file({k: v.detach().half().contiguous() for k, v in judge.state_dict().items()}, folder / "model.safetensors")


def _config_of(folder: Path) -> JudgeConfig:
    stored = json.loads((folder / "config.json").read_text())
    stored.pop("kind")
    return JudgeConfig(**{**stored, "channels": tuple(stored["channels"])})


def load_identity_encoder(folder: Path) -> IdentityEncoder:
    """The encoder that `save_judge` wrote, in float32."""
    judge = IdentityEncoder(_config_of(folder))
    judge.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
    return judge.eval()


def load_classifier(folder: Path) -> AttributeClassifier:
    """The classifier that `save_judge` wrote, in float32."""
    judge = AttributeClassifier(_config_of(folder))
    judge.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
    return judge.eval()
