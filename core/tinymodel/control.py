"""A ControlNet for edges: half of the denoiser beside the denoiser, which stays as it is (arXiv 2302.05543).

It has no attention to the words: lines say where things are, and the denoiser knows what they are. That makes it small.
"""

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor

from core.tinymodel.config import ControlConfig, TinyConfig
from core.tinymodel.hints import draw_hints, load_hints
from core.tinymodel.latents import load_shelves
from core.tinymodel.loop import Budget, Trainer
from core.tinymodel.pairs import PairBatch, draw_pairs
from core.tinymodel.parallel import count, rank, together
from core.tinymodel.pipeline import load_pipeline
from core.tinymodel.unet import SHARES, build_scheduler, denoising_loss, pick_shelf

FOLDER = "controlnet"  # within the model's own


def build_controlnet(config: ControlConfig, unet: UNet2DConditionModel, seed: int = 0) -> ControlNetModel:
    """An untrained net, which adds nothing yet: convolutions of the denoiser's first half, and zeros behind them."""
    torch.manual_seed(seed)
    size = unet.config
    net = ControlNetModel(
        in_channels=size.in_channels,
        down_block_types=("DownBlock2D",) * len(size.block_out_channels),
        mid_block_type="UNetMidBlock2D",
        block_out_channels=tuple(size.block_out_channels),
        layers_per_block=size.layers_per_block,
        cross_attention_dim=size.cross_attention_dim,
        attention_head_dim=size.attention_head_dim,
        norm_num_groups=size.norm_num_groups,
        conditioning_embedding_out_channels=config.embedding,
    )
    own = net.state_dict()
    net.load_state_dict(own | {key: value.clone() for key, value in unet.state_dict().items() if key in own})
    return net


def with_strangers(config: ControlConfig, batch: PairBatch, random: Random) -> PairBatch:
    """The batch with other pictures noised in some rows, as when somebody shows a map of another picture."""
    far = batch.timesteps >= config.stranger_from
    chosen = far & np.array([random.random() < config.strangers for _ in batch.captions])
    others = np.roll(batch.noised, 1, axis=0)
    return replace(batch, noised=np.where(chosen[:, None, None, None], others, batch.noised))


def _train(config: TinyConfig, model: Path, latents: Path, edges: Path, state: Path) -> None:
    """One process of the training; its result lies in the trainer's checkpoint."""
    size = config.control
    pipeline = load_pipeline(model)
    unet, tokenizer = pipeline.unet.requires_grad_(False), pipeline.tokenizer
    unet.set_attn_processor(AttnProcessor())
    net = build_controlnet(size, unet, config.seed)
    shelves = load_shelves(config, latents, SHARES)
    hints = {id(shelf): load_hints(shelf, edges) for shelf in shelves}
    alphas = build_scheduler().alphas_cumprod
    drawn = replace(config, unet=replace(config.unet, focus=size.focus, focus_share=size.focus_share))

    def loss(step: int) -> dict[str, Tensor]:
        shelf = pick_shelf(shelves, Random(f"control-shelf-{config.seed}-{step}"))
        random = Random(f"control-{config.seed}-{step}-{rank()}")
        batch = draw_pairs(drawn, shelf, random, max(1, size.batch // count()))
        shown = torch.from_numpy(draw_hints(config, shelf, hints[id(shelf)], batch.places, random))
        batch = with_strangers(size, batch, random)
        tokens = tokenizer(batch.captions, padding="max_length", truncation=True, return_tensors="pt").input_ids
        noise = torch.randn(batch.noised.shape, generator=torch.Generator().manual_seed(step * 16 + rank()))

        def predict(sample: Tensor, timesteps: Tensor) -> Tensor:
            states = pipeline.text_encoder(tokens).last_hidden_state.detach()
            return controlled(net, unet, sample, timesteps, states, shown)

        return denoising_loss(predict, batch, alphas, noise, size.min_snr)

    Trainer(net, loss, _budget(size, state)).run()


def controlled(
    net: ControlNetModel, unet: UNet2DConditionModel, sample: Tensor, timesteps: Tensor, states: Tensor, hint: Tensor
) -> Tensor:
    """The denoiser's output with the net beside it; `hint` is (N, 3, H, W) in 0..1."""
    told: dict[str, Any] = {"encoder_hidden_states": states}
    down, mid = net(sample, timesteps, controlnet_cond=hint, return_dict=False, **told)
    made: Tensor = unet(
        sample, timesteps, down_block_additional_residuals=down, mid_block_additional_residual=mid, **told
    ).sample
    return made


def _budget(size: ControlConfig, state: Path) -> Budget:
    return Budget(
        name="control",
        folder=state,
        minutes=size.minutes,
        learning_rate=size.learning_rate,
        ema=size.ema,
        max_steps=size.steps,
    )


def train_controlnet(config: TinyConfig, model: Path, latents: Path, edges: Path, state: Path) -> ControlNetModel:
    """Train beside the pipeline in `model` within the budget, or go on; returns the net with averaged weights."""
    together(_train, config.processes, config, model, latents, edges, state)
    return averaged_controlnet(config, model, state)


def averaged_controlnet(config: TinyConfig, model: Path, state: Path) -> ControlNetModel:
    """The averaged net of the last checkpoint."""
    net = build_controlnet(config.control, load_pipeline(model).unet)
    net.load_state_dict(torch.load(state / "control.pt", weights_only=True)["shadow"])
    return net.eval()


def save_controlnet(net: ControlNetModel, folder: Path) -> None:
    """Write float16 weights to `folder`, and no word of where they come from."""
    net.to(torch.float16).save_pretrained(folder, safe_serialization=True)
    net.to(torch.float32)
    stored = json.loads((folder / "config.json").read_text())
    stored.pop("_name_or_path", None)
    (folder / "config.json").write_text(json.dumps(stored, indent=2) + "\n")
