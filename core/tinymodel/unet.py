"""The denoiser and the text encoder, trained together on pairs of latents (v-prediction)."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from core.tinymodel.config import TextConfig, TinyConfig, UnetConfig
from core.tinymodel.latents import Shelf, load_shelves
from core.tinymodel.loop import Budget, Trainer, autocast
from core.tinymodel.pairs import PairBatch, draw_pairs
from core.tinymodel.parallel import count, rank, together
from core.tinymodel.text import build_text_encoder

SHARES = {
    ("characters", True): 0.66,
    ("photographs", True): 0.2,
    ("characters", False): 0.04,
    ("photographs", False): 0.03,
}


def build_unet(
    config: UnetConfig, text: TextConfig, latent_channels: int, sample: int = 16, seed: int = 0
) -> UNet2DConditionModel:
    """An untrained denoiser; attention to the words on all grids but the coarsest."""
    down = ("CrossAttnDownBlock2D",) * (len(config.channels) - 1) + ("DownBlock2D",)
    up = ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * (len(config.channels) - 1)
    torch.manual_seed(seed)
    unet = UNet2DConditionModel(
        sample_size=sample,
        in_channels=latent_channels,
        out_channels=latent_channels,
        down_block_types=down,
        up_block_types=up,
        block_out_channels=config.channels,
        layers_per_block=config.layers,
        cross_attention_dim=text.width,
        attention_head_dim=tuple(c // config.head_width for c in config.channels),
        norm_num_groups=config.groups,
    )
    with torch.no_grad():
        for name, value in unet.named_parameters():
            # residual branches start small: the skip paths carry the signal, and learning starts at once
            if name.endswith(("conv2.weight", "proj_out.weight", "to_out.0.weight", "ff.net.2.weight")):
                value *= 0.1
        unet.conv_out.weight.zero_()
    return unet


def build_scheduler() -> DDIMScheduler:
    """Stable Diffusion's noise levels with v-prediction: what the denoiser is trained with."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
    )


def build_sampler() -> DPMSolverMultistepScheduler:
    """The scheduler that is shipped: DPM++ 2M on Karras' noise levels.

    A small picture's latents hold no repetition, so that noise hides them sooner than those of large pictures. Evenly
    spaced timesteps would lose a face at strength 0.4 (sigma 1.2); Karras' levels start there at sigma 0.6.
    """
    return DPMSolverMultistepScheduler.from_config(build_scheduler().config, use_karras_sigmas=True)


class Denoiser(nn.Module):
    """Both networks that are trained together."""

    def __init__(self, unet: UNet2DConditionModel, text_encoder: CLIPTextModel) -> None:
        super().__init__()
        self.unet = unet
        self.text_encoder = text_encoder


def denoising_loss(
    predict: Callable[[Tensor, Tensor], Tensor], batch: PairBatch, alphas: Tensor, noise: Tensor, min_snr: float
) -> dict[str, Tensor]:
    """Weighted error of the velocity that leads from the noised picture to the target.

    `predict` takes samples and timesteps and gives velocities.

    With a = sqrt(alpha_bar), s = sqrt(1 - alpha_bar): x_t = a A + s n, and v = (a x_t - B) / s, which is the usual v
    where A is B. The error is weighted by (min(snr, gamma) + 1) / (snr + 1), after arXiv 2303.09556.
    """
    timesteps = torch.from_numpy(batch.timesteps)
    alpha_bar = alphas[timesteps].view(-1, 1, 1, 1)
    a, s = alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt()
    source, target = torch.from_numpy(batch.noised), torch.from_numpy(batch.target)
    sample = a * source + s * noise
    velocity = (a * sample - target) / s
    with autocast():
        made = predict(sample, timesteps)
    error = (made.float() - velocity).square().mean(dim=(1, 2, 3))
    snr = (alpha_bar / (1.0 - alpha_bar)).flatten()
    weight = (snr.clamp(max=min_snr) + 1.0) / (snr + 1.0)
    high = batch.timesteps >= 600
    return {
        "loss": (weight * error).mean(),
        "high": error[torch.from_numpy(high)].mean(),
        "low": error[torch.from_numpy(~high)].mean(),
    }


def pick_shelf(shelves: list[Shelf], random: Random) -> Shelf:
    """One of them, as often as its share says."""
    return random.choices(shelves, weights=[shelf.share for shelf in shelves])[0]


def _train(config: TinyConfig, tokenizer_folder: Path, latents: Path, state: Path) -> None:
    """One process of the training; its result lies in the trainer's checkpoint."""
    tokenizer = CLIPTokenizer.from_pretrained(tokenizer_folder)
    size = config.unet
    model = build_denoiser(config, tokenizer)
    # plain matrix products: on a processor their gradient takes half the time of the fused attention's
    model.unet.set_attn_processor(AttnProcessor())
    shelves = load_shelves(config, latents, SHARES)
    alphas = build_scheduler().alphas_cumprod

    def loss(step: int) -> dict[str, Tensor]:
        shelf = pick_shelf(shelves, Random(f"shelf-{config.seed}-{step}"))
        seed = f"unet-{config.seed}-{step}-{rank()}"
        batch = draw_pairs(config, shelf, Random(seed), max(1, size.batch // count()))
        tokens = tokenizer(batch.captions, padding="max_length", truncation=True, return_tensors="pt").input_ids
        generator = torch.Generator().manual_seed(step * 16 + rank())
        noise = torch.randn(batch.noised.shape, generator=generator)

        def predict(sample: Tensor, timesteps: Tensor) -> Tensor:
            states = model.text_encoder(tokens).last_hidden_state
            made: Tensor = model.unet(sample, timesteps, encoder_hidden_states=states).sample
            return made

        return denoising_loss(predict, batch, alphas, noise, size.min_snr)

    budget = Budget(
        name="unet",
        folder=state,
        minutes=size.minutes,
        learning_rate=size.learning_rate,
        ema=size.ema,
        max_steps=size.steps,
    )
    Trainer(model, loss, budget).run()


def build_denoiser(config: TinyConfig, tokenizer: CLIPTokenizer) -> Denoiser:
    """The untrained networks of a configuration."""
    text_encoder = build_text_encoder(config.text, tokenizer, config.seed)
    unet = build_unet(config.unet, config.text, config.vae.latent_channels, config.world.size // 8, config.seed)
    return Denoiser(unet, text_encoder)


def train_unet(config: TinyConfig, tokenizer_folder: Path, latents: Path, state: Path) -> Denoiser:
    """Train within the budget, or go on; returns the networks with averaged weights."""
    together(_train, config.processes, config, tokenizer_folder, latents, state)
    return averaged_denoiser(config, CLIPTokenizer.from_pretrained(tokenizer_folder), state)


def averaged_denoiser(config: TinyConfig, tokenizer: CLIPTokenizer, state: Path) -> Denoiser:
    """The averaged networks of the last checkpoint."""
    model = build_denoiser(config, tokenizer)
    model.load_state_dict(torch.load(state / "unet.pt", weights_only=True)["shadow"])
    return model.eval()
