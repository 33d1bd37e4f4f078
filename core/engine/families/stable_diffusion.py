"""Stable Diffusion 1.x, 2.x and XL: a UNet that is told the words by attention, over latents of an AutoencoderKL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionXLImg2ImgPipeline
from PIL import Image

from core.domain.request import Request
from core.domain.strength import StepPlan
from core.engine.families.family import Condition, Encoded, Words
from core.engine.loading import Model
from core.engine.schedulers import build_scheduler

_STOCK = (StableDiffusionImg2ImgPipeline, StableDiffusionXLImg2ImgPipeline)
_INPAINTING = 4  # input channels with which the stock inpainting pipeline works by putting the original back


class StableDiffusion:
    """See `Family`. Text is encoded by the pipeline itself, so that both text encoders of XL are its business."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._pipeline = model.image2image
        self._unet = model.image2image.unet
        self._vae = model.image2image.vae
        self._is_xl = isinstance(self._pipeline, StableDiffusionXLImg2ImgPipeline)

    @staticmethod
    def fits(model: Model) -> bool:
        """Not for what needs more than samples and words: 9-channel inpainting, safety checkers, parts on the move."""
        pipeline = model.image2image
        if type(pipeline) not in _STOCK or model.offload or getattr(pipeline, "safety_checker", None):
            return False
        return bool(pipeline.unet.config.in_channels == pipeline.vae.config.latent_channels)

    @property
    def device(self) -> torch.device:
        return self._model.device

    @property
    def keeps_original_by_mask(self) -> bool:
        return bool(self._unet.config.in_channels == _INPAINTING)

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        factor = self._pipeline.vae_scale_factor
        return self._vae.config.latent_channels, height // factor, width // factor

    def scheduler(self, request: Request) -> Any:
        plan = request.plan
        scheduler = build_scheduler(request.scheduler, self._model.own_scheduler, self._model.name, plan.scheduled)
        scheduler.set_timesteps(plan.scheduled)
        return scheduler

    def first_evaluation(self, scheduler: Any, plan: StepPlan) -> int:
        return plan.first * int(scheduler.order)

    @torch.inference_mode()
    def read(self, request: Request) -> Words:
        guided = self._guides(request.guidance)
        encoded = self._pipeline.encode_prompt(
            prompt=request.prompt,
            device=self.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=guided,
            negative_prompt=request.negative or None,
        )
        positive, negative, pooled, negative_pooled = (*encoded, None, None)[:4]
        sizes, negative_sizes = self._sizes(request, pooled) if self._is_xl else (None, None)
        told = Condition(states=positive[0], pooled=None if pooled is None else pooled[0], sizes=sizes)
        if not guided:
            return Words(positive=told)
        without = None if negative_pooled is None else negative_pooled[0]
        return Words(positive=told, negative=Condition(states=negative[0], pooled=without, sizes=negative_sizes))

    @torch.inference_mode()
    def encode(self, pictures: Sequence[Image.Image]) -> list[Encoded]:
        pixels = torch.cat([self._pipeline.image_processor.preprocess(picture) for picture in pictures])
        pixels = pixels.to(self.device, self._vae.dtype, memory_format=torch.channels_last)
        posterior = self._vae.encode(pixels).latent_dist
        return [
            Encoded(mean=mean, std=std) for mean, std in zip(posterior.mean.float(), posterior.std.float(), strict=True)
        ]

    def scale(self, latents: torch.Tensor) -> torch.Tensor:
        mean, std = self._statistics(latents)
        scaled: torch.Tensor = (latents - mean) * self._vae.config.scaling_factor / std
        return scaled

    @torch.inference_mode()
    def predict(
        self, samples: torch.Tensor, timesteps: torch.Tensor, conditions: Sequence[Condition], guidance: Sequence[float]
    ) -> torch.Tensor:
        added = None
        if self._is_xl:
            pooled = [one.pooled for one in conditions if one.pooled is not None]
            sizes = [one.sizes for one in conditions if one.sizes is not None]
            added = {"text_embeds": torch.stack(pooled), "time_ids": torch.stack(sizes)}
        made: torch.Tensor = self._unet(
            samples.to(self._unet.dtype),
            timesteps,
            encoder_hidden_states=torch.stack([one.states for one in conditions]),
            timestep_cond=self._guidance_embedding(guidance),
            added_cond_kwargs=added,
            return_dict=False,
        )[0]
        return made.float()

    @torch.inference_mode()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        mean, std = self._statistics(latents)
        raw = (latents * std / self._vae.config.scaling_factor + mean).to(self._vae.dtype)
        pixels: torch.Tensor = self._vae.decode(raw, return_dict=False)[0]
        return (pixels.float() / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).cpu()

    def _guides(self, guidance: float) -> bool:
        """Models distilled from guidance (LCM) take the scale as an input instead."""
        return guidance > 1 and self._unet.config.time_cond_proj_dim is None

    def _guidance_embedding(self, guidance: Sequence[float]) -> torch.Tensor | None:
        width = self._unet.config.time_cond_proj_dim
        if width is None:
            return None
        scales = torch.tensor(guidance) - 1
        embedding: torch.Tensor = self._pipeline.get_guidance_scale_embedding(scales, embedding_dim=width)
        return embedding.to(self.device, self._unet.dtype)

    def _sizes(self, request: Request, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What XL is told of sizes: the library's own defaults, of the pipeline that would run this strength."""
        size = (request.height, request.width)
        second = self._pipeline.text_encoder_2
        width = second.config.projection_dim if second is not None else int(pooled.shape[-1])
        more = {"dtype": pooled.dtype, "text_encoder_projection_dim": width}
        if request.strength == 1:
            sizes = self._model.text2image._get_add_time_ids(size, (0, 0), size, **more)
            return sizes[0].to(self.device), sizes[0].to(self.device)
        told, negative = self._pipeline._get_add_time_ids(size, (0, 0), size, 6.0, 2.5, size, (0, 0), size, **more)
        return told[0].to(self.device), negative[0].to(self.device)

    def _statistics(self, latents: torch.Tensor) -> tuple[torch.Tensor | float, torch.Tensor | float]:
        """Mean and deviation of the latents, for the autoencoders that say (playground, some XL)."""
        mean, std = self._vae.config.get("latents_mean"), self._vae.config.get("latents_std")
        if mean is None or std is None:
            return 0.0, 1.0
        shape = (-1, 1, 1)
        return torch.tensor(mean).view(shape).to(latents), torch.tensor(std).view(shape).to(latents)
