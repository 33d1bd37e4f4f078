"""Cheap previews: a linear map from latents to colours, fitted to the model's own encoder, or a tiny decoder."""

from __future__ import annotations

import functools
import io
import logging
from pathlib import Path
from typing import Any, Protocol

import torch
from diffusers import AutoencoderTiny
from PIL import Image

from core.engine.families.latent import scaled
from core.engine.loading import Model
from core.engine.transfers import onto

log = logging.getLogger(__name__)

_PICTURES = 12
_SIDE = 16  # latent cells along a side of each drawn picture
_LONGEST = 256  # pixels of a preview's long side
_QUALITY = 75
_DAMPING = 0.01


class Previewer(Protocol):
    """Makes small pictures of latents."""

    def colours(self, latents: torch.Tensor) -> torch.Tensor | None:
        """(rows, columns, 3) of bytes, on the device of `latents`, (1, channels, rows, columns).

        None for latents of another layout (Flux packs them).
        """
        ...


class LinearPreviewer:
    """A colour for each cell. `matrix` has the shape (channels + 1, 3), the last row being the offset."""

    def __init__(self, matrix: torch.Tensor) -> None:
        self._matrix = matrix

    def colours(self, latents: torch.Tensor) -> torch.Tensor | None:
        if latents.ndim != 4 or latents.shape[1] != len(self._matrix) - 1:
            return None
        matrix = onto(latents.device, self._matrix)
        return _bytes(latents[0].float().permute(1, 2, 0) @ matrix[:-1] + matrix[-1])


class TinyPreviewer:
    """A small decoder that was distilled from the model's own (TAESD, TAEF1 and their kin)."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder

    @torch.inference_mode()
    def colours(self, latents: torch.Tensor) -> torch.Tensor | None:
        config = self._decoder.config
        if latents.ndim != 4 or latents.shape[1] != config.latent_channels:
            return None
        raw = latents / config.scaling_factor + config.shift_factor
        return _bytes(self._decoder.decode(raw.to(self._decoder.dtype)).sample[0].float().permute(1, 2, 0) / 2 + 0.5)


def jpeg_of(colours: torch.Tensor, width: int, height: int) -> bytes:
    """`colours`, on the host, as a JPEG of the shape of a picture of that size."""
    scale = min(1.0, _LONGEST / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    buffer = io.BytesIO()
    Image.fromarray(colours.numpy()).resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def previewer_of(model: Model) -> Previewer | None:
    """The tiny decoder of its catalogue entry where there is one that loads, else a linear map."""
    if model.tiny_decoder:
        try:
            return TinyPreviewer(_tiny(model))
        except Exception:  # previews are not worth a model
            log.warning("previews.no-decoder", exc_info=True)
    return fit_previewer(model.image2image)


def _tiny(model: Model) -> Any:
    source = str(Path(model.tiny_decoder).expanduser())
    options = {"use_safetensors": True, "local_files_only": model.offline}
    return AutoencoderTiny.from_pretrained(source, torch_dtype=model.dtype, **options).to(model.device)


def fit_previewer(pipeline: Any) -> Previewer | None:
    """Least squares from latents of drawn pictures to their colours; None for families where that cannot be done."""
    try:
        return LinearPreviewer(_fit(pipeline))
    except Exception:  # families differ in ways nobody can list, and a model without previews still works
        log.info("previews.none pipeline=%s", type(pipeline).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
        return None


def watch_estimates(scheduler: Any) -> list[torch.Tensor]:
    """Make `scheduler` leave its newest estimate of the clean latents in the list that is returned.

    The latents between steps still hold noise; every solver knows what it believes lies under it. The list stays
    empty for those that do not say (PNDM).
    """
    newest: list[torch.Tensor] = []
    step = scheduler.step

    @functools.wraps(step)  # pipelines look at the signature to learn whether it takes a generator
    def watched(model_output: Any, timestep: Any, sample: Any, *args: Any, **kwargs: Any) -> Any:
        result = step(model_output, timestep, sample, *args, **kwargs)
        newest[:] = _estimate(scheduler, result, model_output, sample)
        return result

    scheduler.step = watched
    return newest


def _estimate(scheduler: Any, result: Any, model_output: Any, sample: Any) -> list[torch.Tensor]:
    if isinstance(result, tuple) and len(result) > 1:
        return [result[1]]
    if getattr(scheduler, "model_outputs", None):  # multistep solvers keep the estimates they build on
        return [scheduler.model_outputs[-1]]
    if type(scheduler).__name__ == "FlowMatchEulerDiscreteScheduler":
        return [sample - scheduler.sigmas[scheduler.step_index - 1] * model_output]
    return []


def _bytes(colours: torch.Tensor) -> torch.Tensor:
    return (colours.clamp(0, 1).nan_to_num() * 255).round().to(torch.uint8)


@torch.no_grad()
def _fit(pipeline: Any) -> torch.Tensor:
    colours = _draw_cells()
    pictures = torch.nn.functional.interpolate(colours, scale_factor=pipeline.vae_scale_factor, mode="bilinear")
    seen = [_seen(pipeline.vae, one[None] * 2 - 1) for one in pictures]
    latents, shown = (torch.cat(parts) for parts in zip(*seen, strict=True))
    wanted = torch.nn.functional.interpolate(shown, size=latents.shape[-2:], mode="area")
    return _least_squares(_rows(latents), _rows(wanted))


def _seen(vae: Any, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The latents of a picture in [-1, 1], as solvers see them, and in [0, 1] what the decoder makes of them.

    That is what the result will look like. For an autoencoder of films the picture is the only frame.
    """
    is_film = hasattr(vae.config, "temperal_downsample")  # spelled so in diffusers
    picture = picture.to(vae.device, vae.dtype)
    mean = vae.encode(picture.unsqueeze(2) if is_film else picture).latent_dist.mean
    shown = vae.decode(mean).sample.float().cpu().clamp(-1, 1) / 2 + 0.5
    mean = mean.float().cpu()
    if is_film:
        mean, shown = mean.squeeze(2), shown.squeeze(2)
    return scaled(vae.config, mean), shown


def _rows(pictures: torch.Tensor) -> torch.Tensor:
    return pictures.permute(0, 2, 3, 1).reshape(-1, pictures.shape[1])


def _least_squares(inputs: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The (channels + 1, 3) map; kept small, so that channels which hardly matter here do not shout elsewhere."""
    count, channels = inputs.shape
    inputs = torch.cat([inputs, torch.ones(count, 1)], dim=1)
    damping = torch.eye(channels + 1) * (_DAMPING * count)
    damping[-1, -1] = 0  # the offset may be what it is
    matrix: torch.Tensor = torch.linalg.solve(inputs.T @ inputs + damping, inputs.T @ wanted)
    return matrix


def _draw_cells() -> torch.Tensor:
    """Soft colour fields in [0, 1], shape (pictures, 3, side, side): every colour in many neighbourhoods."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(_PICTURES, 3, 4, 4, generator=generator) * 1.6 - 0.3
    return torch.nn.functional.interpolate(coarse, size=(_SIDE, _SIDE), mode="bicubic").clamp(0, 1)
