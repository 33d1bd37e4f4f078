"""Putting the trained parts into one folder in the standard layout."""

import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionImg2ImgPipeline
from transformers import CLIPTokenizer

from core.tinymodel.unet import Denoiser, build_sampler


def save_pipeline(folder: Path, vae: AutoencoderKL, model: Denoiser, tokenizer: CLIPTokenizer) -> None:
    """Write float16 weights to `folder`, replacing what lies there in one step; other files in it are kept."""
    pipeline = StableDiffusionImg2ImgPipeline(
        vae=vae,
        text_encoder=model.text_encoder,
        tokenizer=tokenizer,
        unet=model.unet,
        scheduler=build_sampler(),
        safety_checker=None,
        feature_extractor=None,
        image_encoder=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    pipeline.to(torch.float16).save_pretrained(fresh, safe_serialization=True)
    pipeline.to(torch.float32)
    if folder.exists():
        for item in folder.iterdir():
            if not (fresh / item.name).exists():
                shutil.copytree(item, fresh / item.name) if item.is_dir() else shutil.copy2(item, fresh / item.name)
        old = folder.with_name(folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old)
    else:
        fresh.rename(folder)


def load_pipeline(folder: Path) -> StableDiffusionImg2ImgPipeline:
    """The stock pipeline in float32, silent."""
    pipeline = StableDiffusionImg2ImgPipeline.from_pretrained(folder, torch_dtype=torch.float32, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
