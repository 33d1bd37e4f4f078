"""Stable Diffusion 1.x, 2.x and XL: a UNet that is told the words by attention, over latents of an AutoencoderKL."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionXLImg2ImgPipeline
from PIL import Image

from core.domain.request import Request
from core.engine.adapters import showing, takes_references
from core.engine.clip import PromptReader
from core.engine.controlnets import ControlNets
from core.engine.families.control import Controls, controls_of, residuals
from core.engine.families.family import Condition, Row, Shown, Words, stacked
from core.engine.families.latent import LatentFamily, latent_channels
from core.engine.loading import Model, is_inpainting
from core.engine.precision import quickened
from core.engine.schedulers import build_scheduler
from core.engine.transfers import onto

_STOCK = (StableDiffusionImg2ImgPipeline, StableDiffusionXLImg2ImgPipeline)
_PROBED_ROWS = 8
_PROBED_SIDE = 16  # latent cells: enough to compare, and soon over
_PUTTING_BACK = 4  # input channels with which the stock inpainting pipeline works by putting the original back


class StableDiffusion(LatentFamily):
    """See `Family`."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._use(self._pipeline.unet)
        self._is_xl = isinstance(self._pipeline, StableDiffusionXLImg2ImgPipeline)
        self._reader = PromptReader(self._pipeline)

    @staticmethod
    def fits(model: Model) -> bool:
        """Not for other channels than samples and masks, for safety checkers, for parts on the move."""
        pipeline = model.image2image
        if type(pipeline) not in _STOCK or model.offload or getattr(pipeline, "safety_checker", None):
            return False
        plain = pipeline.unet.config.in_channels == pipeline.vae.config.latent_channels
        return plain or is_inpainting(pipeline)

    @property
    def keeps_original_by_mask(self) -> bool:
        return bool(self._unet.config.in_channels == _PUTTING_BACK)

    @property
    def sees_masks(self) -> bool:
        return is_inpainting(self._pipeline)

    @property
    def controlnets(self) -> ControlNets:
        return self._model.controlnets

    def hinted(self, net: str, hint: torch.Tensor) -> torch.Tensor:
        self.controlnets.net(net, self._precision)
        return onto(self.device, hint.float() / 255).to(self._precision)

    @property
    def takes_references(self) -> bool:
        return takes_references(self._pipeline)

    def hasten(self) -> str | None:
        if self.device.type != "cpu" or self._precision != torch.float32:
            return None
        size = self._unet.config.sample_size
        side = min(_PROBED_SIDE, size) if isinstance(size, int) else _PROBED_SIDE
        unet, gain = quickened(self._unet, lambda network: self._probe(network, side))
        latents = torch.zeros(1, latent_channels(self._vae), side, side)
        self._vae, other = quickened(self._vae, lambda vae: vae.decode(latents.to(vae.dtype)))
        if unet is not self._unet:
            self._use(unet)
            self._model.loras.follow(unet)
        faster = {"network": gain, "decoder": other}
        told = [f"{part} {times:.1f} times as fast" for part, times in faster.items() if times != 1]
        return f"batches in bfloat16: {', '.join(told)}" if told else None

    def scheduler(self, request: Request) -> Any:
        plan = request.plan
        scheduler = build_scheduler(request.scheduler, self._model.own_scheduler, self._model.name, plan.scheduled)
        scheduler.set_timesteps(plan.scheduled)
        return scheduler

    def weight(self, guidance: float) -> float | None:
        return guidance if self._reader.guides(guidance) else None

    @torch.inference_mode()
    def read(self, request: Request) -> Words:
        read = self._reader.read(request)
        sizes, negative_sizes = (None, None) if read.pooled is None else self._sizes(request, read.pooled)
        told = Condition(states=read.positive, pooled=read.pooled, sizes=sizes)
        if read.negative is None:
            return Words(positive=told, unread=read.unread)
        without = Condition(states=read.negative, pooled=read.negative_pooled, sizes=negative_sizes)
        return Words(positive=told, negative=without, unread=read.unread)

    @torch.inference_mode()
    def look(self, picture: Image.Image) -> Shown:
        with showing(self._pipeline.unet):
            embeds = self._pipeline.prepare_ip_adapter_image_embeds(picture, None, self.device, 1, True)[0]
        nothing, shown = embeds.unbind()
        return Shown(picture=shown, nothing=nothing)

    @torch.inference_mode()
    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        dtype = self._precision
        if self.sees_masks:
            samples = torch.cat([samples, stacked(row.guides.channels for row in rows)], dim=1)
        inputs = {
            "sample": samples.to(dtype),
            "timestep": timesteps,
            "encoder_hidden_states": stacked(row.condition.states for row in rows).to(dtype),
            "timestep_cond": self._guidance_embedding([row.guidance for row in rows]),
            "added_cond_kwargs": self._added(rows),
            "controls": controls_of(rows, self.controlnets, dtype),
        }
        with showing(self._unet) if rows[0].guides.reference else nullcontext():  # of all rows, or of none
            return self._network(len(rows), inputs, rows[0].guides.loras).float()

    def _added(self, rows: Sequence[Row]) -> dict[str, Any]:
        """What the network takes beside words: pooled words and sizes (XL), a picture (adapters)."""
        added: dict[str, Any] = {}
        if self._is_xl:
            pooled = stacked(row.condition.pooled for row in rows).to(self._precision)
            added |= {"text_embeds": pooled, "time_ids": stacked(row.condition.sizes for row in rows)}
        shown = [(row.guides.reference, row.is_unconditional) for row in rows if row.guides.reference]
        if shown:
            embeds = stacked(each.nothing if without else each.picture for each, without in shown)
            scales = torch.tensor([each.scale for each, _ in shown])
            added["image_embeds"] = [embeds.to(self._precision), onto(self.device, scales)]
        return added

    def _forward(self, **inputs: Any) -> torch.Tensor:
        controls: Controls = inputs.pop("controls")
        added = residuals(controls, self.controlnets, inputs)
        output: torch.Tensor = self._unet(**inputs, **added, return_dict=False)[0]
        return output

    def _use(self, unet: Any) -> None:
        self._unet = unet
        self._precision: torch.dtype = unet.dtype  # which the library looks up in all its weights, each time

    def _probe(self, unet: Any, side: int) -> object:
        """A tick of a few rows."""
        samples = torch.zeros(_PROBED_ROWS, unet.config.in_channels, side, side, dtype=unet.dtype)
        states = torch.zeros(_PROBED_ROWS, self._pipeline.tokenizer.model_max_length, unet.config.cross_attention_dim)
        added = None
        if self._is_xl:
            width = unet.config.projection_class_embeddings_input_dim - 6 * unet.config.addition_time_embed_dim
            added = {"text_embeds": torch.zeros(_PROBED_ROWS, width), "time_ids": torch.zeros(_PROBED_ROWS, 6)}
            added = {name: value.to(unet.dtype) for name, value in added.items()}
        timesteps = torch.full((_PROBED_ROWS,), 500.0)
        return unet(samples, timesteps, encoder_hidden_states=states.to(unet.dtype), added_cond_kwargs=added)

    def _guidance_embedding(self, guidance: Sequence[float]) -> torch.Tensor | None:
        width = self._unet.config.time_cond_proj_dim
        if width is None:
            return None
        scales = torch.tensor(guidance) - 1
        embedding: torch.Tensor = self._pipeline.get_guidance_scale_embedding(scales, embedding_dim=width)
        return onto(self.device, embedding.to(self._precision))

    def _sizes(self, request: Request, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What XL is told of sizes: the library's own defaults, of the pipeline that would run this strength."""
        size = (request.height, request.width)
        second = self._pipeline.text_encoder_2
        width = second.config.projection_dim if second is not None else int(pooled.shape[-1])
        more = {"dtype": pooled.dtype, "text_encoder_projection_dim": width}
        if request.strength == 1 and not self.sees_masks:
            sizes = self._model.text2image._get_add_time_ids(size, (0, 0), size, **more)
            return sizes[0].to(self.device), sizes[0].to(self.device)
        told, negative = self._pipeline._get_add_time_ids(size, (0, 0), size, 6.0, 2.5, size, (0, 0), size, **more)
        return told[0].to(self.device), negative[0].to(self.device)
