"""Everything that makes one trained model: sizes, widths, steps, seeds. A bigger model is another value of these.

A part trains until its minutes or its steps are used, whichever comes first.
"""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class WorldConfig:
    """The drawn training set. Character seeds count up from `first_seed`; held-out ones lie from `held_out_seed` on."""

    size: int = 128
    first_seed: int = 1_000_000
    held_out_seed: int = 9_000_000
    groups: int = 7_000
    outfits_per_group: int = 2
    looks_per_group: int = 3
    photo_groups: int = 1_200
    wide_groups: int = 300
    shard_groups: int = 500


@dataclass(frozen=True, kw_only=True)
class VaeConfig:
    """The autoencoder (factor 2 to the power of `len(channels) - 1`) and its training."""

    channels: tuple[int, ...] = (24, 48, 96, 160)
    latent_channels: int = 16
    layers: int = 1
    groups: int = 8
    crop: int = 64
    batch: int = 16
    learning_rate: float = 2.0e-3
    kl_weight: float = 1e-6
    gradient_weight: float = 1.0
    ema: float = 0.998
    minutes: float = 15.5
    decoder_minutes: float = 8.0
    decoder_learning_rate: float = 1.0e-3
    decoder_squared_weight: float = 8.0  # the last stage goes for what is measured; the first wants sharp edges early
    steps: int = 1_000_000


@dataclass(frozen=True, kw_only=True)
class TextConfig:
    """The tokenizer and the text encoder."""

    vocabulary: int = 1_400
    length: int = 48
    width: int = 160
    layers: int = 3
    heads: int = 4


@dataclass(frozen=True, kw_only=True)
class UnetConfig:
    """The denoiser and its training. Pair probabilities rise linearly between two timesteps (see `pairs`)."""

    channels: tuple[int, ...] = (96, 128, 192)
    layers: int = 1
    head_width: int = 32
    groups: int = 16
    batch: int = 32
    learning_rate: float = 2.2e-3
    caption_dropout: float = 0.1
    min_snr: float = 5.0
    ema: float = 0.999
    outfit_pairs: tuple[int, int] = (500, 720)
    look_pairs: tuple[int, int] = (300, 520)
    focus: tuple[int, int] = (300, 900)
    focus_share: float = 0.85
    minutes: float = 45.4
    steps: int = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ControlConfig:
    """The ControlNet for edges and its training; the denoiser stays as it is.

    `other_look`: share of hints that come from the target's picture in another look. `strangers`: share of samples,
    from timestep `stranger_from` on, where another picture is noised than the one that hint and words tell of.
    """

    embedding: tuple[int, ...] = (16, 32, 64, 96)  # its strides bring the hint to the size of the latents
    batch: int = 32
    learning_rate: float = 1.2e-3
    min_snr: float = 5.0
    ema: float = 0.998
    other_look: float = 0.3
    strangers: float = 0.4
    stranger_from: int = 700
    focus: tuple[int, int] = (400, 1000)
    focus_share: float = 0.8
    minutes: float = 50.0
    steps: int = 1_000_000


@dataclass(frozen=True, kw_only=True)
class JudgeConfig:
    """The identity encoder and the attribute classifiers."""

    channels: tuple[int, ...] = (24, 48, 96, 160)
    embedding: int = 96
    identities: int = 1_200
    batch: int = 64
    learning_rate: float = 2e-3
    minutes: float = 8.0
    steps: int = 1_000_000


@dataclass(frozen=True, kw_only=True)
class FaceConfig:
    """The face finder and its training."""

    channels: tuple[int, ...] = (16, 32, 64, 96)
    identities: int = 1_000
    batch: int = 24
    learning_rate: float = 3e-3
    minutes: float = 6.0
    steps: int = 1_000


@dataclass(frozen=True, kw_only=True)
class TinyConfig:
    """One model, from the drawn world to the judges."""

    seed: int = 7
    threads: int = 2
    processes: int = 2
    world: WorldConfig = field(default_factory=WorldConfig)
    vae: VaeConfig = field(default_factory=VaeConfig)
    text: TextConfig = field(default_factory=TextConfig)
    unet: UnetConfig = field(default_factory=UnetConfig)
    control: ControlConfig = field(default_factory=ControlConfig)
    judges: JudgeConfig = field(default_factory=JudgeConfig)
    face: FaceConfig = field(default_factory=FaceConfig)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for logs and for telling whether a folder was made by the same recipe."""
        return asdict(self)
