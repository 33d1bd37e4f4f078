"""The autoencoder: 128 x 128 x 3 to 16 x 16 x 16 and back, trained on crops of drawn pictures and photographs."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor

from core.tinymodel.config import TinyConfig, VaeConfig
from core.tinymodel.loop import Budget, Trainer, autocast
from core.tinymodel.parallel import count, rank, together

Pixels = npt.NDArray[np.uint8]


def build_vae(config: VaeConfig, size: int = 128) -> AutoencoderKL:
    """An untrained autoencoder in the standard layout; without attention, so that any size costs only its area."""
    levels = len(config.channels)
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=config.channels,
        layers_per_block=config.layers,
        latent_channels=config.latent_channels,
        norm_num_groups=config.groups,
        sample_size=size,
        mid_block_add_attention=False,
    )
    _start_near_linear(vae, config.latent_channels)
    return vae


@torch.no_grad()
def _start_near_linear(vae: AutoencoderKL, latent_channels: int) -> None:
    """Begin as a nearly linear map that loses little: residual branches at a tenth, all other convolutions orthogonal.

    With the library's own starting values the skip paths drown, and hundreds of steps pass before colours appear.
    """
    for name, module in vae.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.orthogonal_(module.weight, gain=0.1 if name.endswith("conv2") else 1.0)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
    # hardly any sampling noise at first
    vae.quant_conv.weight[latent_channels:] *= 0.1
    vae.quant_conv.bias[latent_channels:] = -5.0


class Crops:
    """Random square crops out of the shards of drawn pictures; one in four comes from the photographs."""

    def __init__(self, folder: Path, crop: int, limit: int = 8) -> None:
        self.crop = crop
        found = sorted(p for p in folder.glob("*.npy") if ".partial" not in p.name)
        # in memory: random small reads of mapped files cost more than the training step
        self.drawn = [np.load(p) for p in [p for p in found if p.name.startswith("characters")][:limit]]
        self.photographs = [np.load(p) for p in [p for p in found if p.name.startswith("photographs")][:limit]]

    def batch(self, number: int, rng: np.random.Generator) -> Tensor:
        """(number, 3, crop, crop) in -1..1."""
        out = np.stack([self._one(rng) for _ in range(number)])
        return torch.from_numpy(out).permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)

    def _one(self, rng: np.random.Generator) -> Pixels:
        wanted = self.photographs if self.photographs and rng.random() < 0.25 else self.drawn
        shard = wanted[int(rng.integers(len(wanted)))]
        picture = shard[int(rng.integers(shard.shape[0])), int(rng.integers(shard.shape[1]))]
        height, width = picture.shape[:2]
        # multiples of four keep the cells of pixel art where they lie in whole pictures
        top = int(rng.integers((height - self.crop) // 4 + 1)) * 4
        left = int(rng.integers((width - self.crop) // 4 + 1)) * 4
        piece = np.asarray(picture[top : top + self.crop, left : left + self.crop])
        return piece[:, ::-1] if rng.random() < 0.5 else piece


def _gradient_loss(made: Tensor, true: Tensor) -> Tensor:
    """L1 between horizontal and vertical differences at full, half and quarter size: edges weigh more than washes."""
    total = made.new_zeros(())
    for level in range(3):
        if level:
            made, true = F.avg_pool2d(made, 2), F.avg_pool2d(true, 2)
        total = total + (made.diff(dim=-1) - true.diff(dim=-1)).abs().mean()
        total = total + (made.diff(dim=-2) - true.diff(dim=-2)).abs().mean()
    return total / 3.0


def vae_loss(vae: AutoencoderKL, pixels: Tensor, config: VaeConfig, squared_weight: float = 1.0) -> dict[str, Tensor]:
    """L1 and squared error, multi-scale gradient error, and a light pull of the latents towards a unit normal."""
    with autocast():
        with torch.set_grad_enabled(vae.quant_conv.weight.requires_grad):
            posterior = vae.encode(pixels).latent_dist
        made = vae.decode(posterior.sample()).sample
    made = made.float()
    absolute, squared = F.l1_loss(made, pixels), F.mse_loss(made, pixels)
    mean, logvar = posterior.mean.float(), posterior.logvar.float()
    kl = 0.5 * (mean.square() + logvar.exp() - 1.0 - logvar).sum(dim=(1, 2, 3)).mean()
    kl_per_pixel = kl / pixels[0, 0].numel()
    loss = (
        absolute
        + squared_weight * squared
        + config.gradient_weight * _gradient_loss(made, pixels)
        + config.kl_weight * 256 * kl_per_pixel
    )
    return {"loss": loss, "l1": absolute, "psnr": -10.0 * torch.log10(squared / 4.0), "kl": kl_per_pixel}


def _train(config: TinyConfig, world: Path, state: Path) -> None:
    """One process of the training; its result lies in the trainer's checkpoint."""
    torch.manual_seed(config.seed)
    size = config.vae
    vae = build_vae(size, config.world.size)
    crops = Crops(world, size.crop)
    torch.manual_seed(config.seed + 1 + rank())

    def loss(step: int) -> dict[str, Tensor]:
        # early steps want to be many, late ones want little noise
        batch = size.batch if trainer.progress > 0.4 else size.batch // 2
        pixels = crops.batch(max(1, batch // count()), np.random.default_rng((config.seed, step, rank())))
        return vae_loss(vae, pixels, size)

    budget = Budget(
        name="vae",
        folder=state,
        minutes=size.minutes,
        learning_rate=size.learning_rate,
        ema=size.ema,
        max_steps=size.steps,
    )
    trainer = Trainer(vae, loss, budget)
    trainer.run()


def _train_decoder(config: TinyConfig, world: Path, state: Path) -> None:
    """One process of the second stage: the encoder is frozen, so latents that were stored before stay true."""
    vae = build_vae(config.vae, config.world.size)
    vae.load_state_dict(torch.load(state / "vae.pt", weights_only=True)["shadow"])
    vae.encoder.requires_grad_(False)
    vae.quant_conv.requires_grad_(False)
    size = config.vae
    crops = Crops(world, size.crop, limit=3)

    def loss(step: int) -> dict[str, Tensor]:
        pixels = crops.batch(max(1, size.batch // count()), np.random.default_rng((config.seed, 1, step, rank())))
        return vae_loss(vae, pixels, size, size.decoder_squared_weight)

    budget = Budget(
        name="decoder",
        folder=state,
        minutes=size.decoder_minutes,
        learning_rate=size.decoder_learning_rate,
        ema=0.99,
        max_steps=size.steps,
    )
    Trainer(vae, loss, budget).run()


def train_vae(config: TinyConfig, world: Path, state: Path) -> AutoencoderKL:
    """Train within the budget, or go on; returns the averaged network with its scaling factor measured and set."""
    together(_train, config.processes, config, world, state)
    return averaged_vae(config, world, state)


def train_decoder(config: TinyConfig, vae: AutoencoderKL, world: Path, state: Path) -> AutoencoderKL:
    """Go on with the decoder alone; returns a network with the encoder and the scaling factor of `vae`."""
    together(_train_decoder, config.processes, config, world, state)
    vae.load_state_dict(torch.load(state / "decoder.pt", weights_only=True)["shadow"])
    return vae.eval()


def averaged_vae(config: TinyConfig, world: Path, state: Path) -> AutoencoderKL:
    """The averaged network of the last checkpoint, with its scaling factor measured and set."""
    vae = build_vae(config.vae, config.world.size)
    vae.load_state_dict(torch.load(state / "vae.pt", weights_only=True)["shadow"])
    measure_scale(vae, Crops(world, config.world.size, limit=2), config.seed)
    return vae.eval()


@torch.no_grad()
def measure_scale(vae: AutoencoderKL, crops: Crops, seed: int, batches: int = 8) -> None:
    """Set `scaling_factor` to one over the standard deviation of the latents, so that they have unit variance."""
    rng = np.random.default_rng(seed)
    latents = torch.cat([vae.encode(crops.batch(16, rng)).latent_dist.sample() for _ in range(batches)])
    vae.register_to_config(scaling_factor=round(1.0 / float(latents.std()), 5))
