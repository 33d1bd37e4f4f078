"""What is measured: the bundled model, one from disk, or one of another's size with random weights.

Speed does not depend on what the weights are. The sizes are those of Stable Diffusion 1.5 and XL, as their
configurations on the hub state them; the text encoders have one layer, since words are encoded once a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DPMSolverMultistepScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionXLImg2ImgPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from core.domain.catalogue import load_catalogue
from core.engine.contract import Compile, EngineConfig
from core.engine.loading import Model, load_model, pick_device, prepared
from core.engine.places import find_model


def open_model(name: str, device: str, compile: Compile) -> Model:
    """Raises ModelError."""
    if name in _SIZED:
        return _sized(name, pick_device(device), compiled=compile == "on")
    spec = load_catalogue().model(name)
    return load_model(EngineConfig(model=name, spec=spec, device=device, offline=True, compile=compile))


def _sized(name: str, device: torch.device, *, compiled: bool) -> Model:
    torch.manual_seed(0)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    with device:
        pipeline = _SIZED[name]().to(dtype=dtype)
    return Model(
        name=name,
        device=device,
        dtype=dtype,
        offload=False,
        image2image=prepared(pipeline, device, offload=False),
        compiled=compiled,
    )


def _sd15() -> Any:
    unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768)
    return StableDiffusionImg2ImgPipeline(
        unet=unet,
        vae=_autoencoder(0.18215),
        text_encoder=CLIPTextModel(_words(768)),
        tokenizer=_tokenizer(),
        scheduler=_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _sdxl() -> Any:
    unet = UNet2DConditionModel(
        sample_size=128,
        cross_attention_dim=2048,
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(5, 10, 20),
        transformer_layers_per_block=(1, 2, 10),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )
    return StableDiffusionXLImg2ImgPipeline(
        unet=unet,
        vae=_autoencoder(0.13025),
        text_encoder=CLIPTextModel(_words(768)),
        text_encoder_2=CLIPTextModelWithProjection(_words(1280)),
        tokenizer=_tokenizer(),
        tokenizer_2=_tokenizer(),
        scheduler=_scheduler(),
    )


def _autoencoder(scale: float) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        sample_size=512,
        scaling_factor=scale,
    )


def _words(width: int) -> CLIPTextConfig:
    tokenizer = _tokenizer()
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        projection_dim=width,
        intermediate_size=4 * width,
        num_hidden_layers=2,
        num_attention_heads=width // 64,
        max_position_embeddings=tokenizer.model_max_length,
    )


def _tokenizer() -> CLIPTokenizer:
    """The bundled model's: its vocabulary is small, which changes nothing in a step."""
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(find_model("bundled"), subfolder="tokenizer")
    return tokenizer


def _scheduler() -> DPMSolverMultistepScheduler:
    return DPMSolverMultistepScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


_SIZED: dict[str, Callable[[], Any]] = {"sd15-sized": _sd15, "sdxl-sized": _sdxl}
