"""Image-prompt adapters (IP-Adapter, arXiv 2308.06721): a picture that the network is shown beside the words.

A second attention, to the picture's tokens, is added to the one to the words. The library's processors hold one scale
for everybody; but attention is linear in its values, so a row's scale can go there. Resting, a network with an adapter
computes exactly what it computes without one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import IPAdapterMixin
from diffusers.models.attention_processor import AttnProcessor2_0, IPAdapterAttnProcessor2_0
from torch import nn
from transformers import CLIPVisionModelWithProjection

from core.domain.catalogue import ModelSpec
from core.errors import ModelError

log = logging.getLogger(__name__)

_RESTING = "resting_adapter"  # where a network keeps its adapter's projection while nothing is shown to it


@contextmanager
def showing(unet: Any, scale: float = 1.0) -> Iterator[None]:
    """Within it the network wants `image_embeds`: a list of the embeds and, where rows differ, their scales (rows,).

    `scale` counts for all rows that bring none of their own.
    """
    unet.encoder_hid_proj = getattr(unet, _RESTING)
    unet.encoder_hid_proj.scale = scale
    try:
        yield
    finally:
        unet.encoder_hid_proj = None


def takes_references(pipeline: Any) -> bool:
    """Whether an adapter is loaded."""
    return hasattr(getattr(pipeline, "unet", None), _RESTING)


def load_adapter(pipeline: Any, spec: ModelSpec, *, offline: bool) -> None:
    """Load `spec.adapter` and its image encoder, safetensors only. Raises ModelError."""
    if not isinstance(pipeline, IPAdapterMixin):
        raise ModelError("no-adapter", model=spec.name)
    try:
        place = _find(spec)
        pipeline.register_modules(
            image_encoder=CLIPVisionModelWithProjection.from_pretrained(
                place.encoder_source,
                subfolder=place.encoder_folder,
                use_safetensors=True,
                local_files_only=offline,
                dtype=pipeline.dtype,
            )
        )
        pipeline.load_ip_adapter(
            place.source,
            subfolder=place.folder,
            weight_name=place.file,
            image_encoder_folder=None,  # it is there already; the library would take a pickle, too
            local_files_only=offline,
        )
    except Exception as error:
        log.exception("adapter.broken")
        raise ModelError("broken-adapter", adapter=Path(spec.adapter).name) from error
    _put_to_rest(pipeline.unet)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """A file in a folder of a repository or of this machine, and the folder of its image encoder."""

    source: str
    folder: str
    file: str
    encoder_source: str
    encoder_folder: str


def _find(spec: ModelSpec) -> _Place:
    """Raises ValueError for what is no safetensors file, here or on the hub."""
    path = Path(spec.adapter).expanduser()
    if path.suffix != ".safetensors":
        raise ValueError("an adapter is a .safetensors file")
    if path.is_file():
        source, folder = str(path.parent), ""
    else:
        owner, repository, *folders, _ = spec.adapter.split("/")
        source, folder = f"{owner}/{repository}", "/".join(folders)
    encoder = Path(spec.adapter_encoder).expanduser()
    if encoder.is_absolute():
        encoder_source, encoder_folder = str(encoder), ""
    elif "/" in spec.adapter_encoder:
        encoder_source, encoder_folder = source, spec.adapter_encoder
    else:
        encoder_source, encoder_folder = source, f"{folder}/{spec.adapter_encoder}".removeprefix("/")
    return _Place(
        source=source, folder=folder, file=path.name, encoder_source=encoder_source, encoder_folder=encoder_folder
    )


class _Projection(nn.Module):
    """From embeds to tokens (rows, pictures, tokens, width + 1), whose last number is the scale of their row.

    So the scale reaches each attention as data: nothing is set in the network, which may be compiled or recorded.
    """

    def __init__(self, projection: Any) -> None:
        super().__init__()
        self.projection = projection
        self.scale = 1.0

    @property
    def image_projection_layers(self) -> Any:
        """The library's pipelines look here for what an adapter wants to know of a picture."""
        return self.projection.image_projection_layers

    def forward(self, shown: list[torch.Tensor]) -> list[torch.Tensor]:
        embeds, *scales = shown
        tokens = self.projection([embeds])[0]
        scale = scales[0].to(tokens) if scales else torch.full_like(tokens[:, 0, 0, 0], self.scale)
        return [torch.cat([tokens, scale.view(-1, 1, 1, 1).expand(*tokens.shape[:-1], 1)], dim=-1)]


class _Keys(nn.Module):
    """Of tokens that carry a scale."""

    def __init__(self, keys: Any) -> None:
        super().__init__()
        self.keys = keys

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.keys(tokens[..., :-1])
        return made


class _ScaledValues(nn.Module):
    """Of tokens that carry a scale, times that."""

    def __init__(self, values: Any) -> None:
        super().__init__()
        self.values = values

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.values(tokens[..., :-1]) * tokens[..., -1:]
        return made


class _Processor(nn.Module):
    """Attention to the words and, where a picture's tokens come with them, to the picture."""

    def __init__(self, adapted: Any) -> None:
        super().__init__()
        adapted.to_k_ip[0] = _Keys(adapted.to_k_ip[0])
        adapted.to_v_ip[0] = _ScaledValues(adapted.to_v_ip[0])
        adapted.scale = [1.0]
        self.adapted = adapted
        self._plain = AttnProcessor2_0()

    def forward(
        self, attention: Any, samples: torch.Tensor, encoder_hidden_states: Any = None, **more: Any
    ) -> torch.Tensor:
        """As the library calls it; a tuple holds the words' tokens and the pictures'."""
        process = self.adapted if isinstance(encoder_hidden_states, tuple) else self._plain
        attended: torch.Tensor = process(attention, samples, encoder_hidden_states, **more)
        return attended


def _put_to_rest(unet: Any) -> None:
    """Make a network with a fresh adapter one that is shown pictures only within `showing`."""
    processors = {
        name: _Processor(processor) if isinstance(processor, IPAdapterAttnProcessor2_0) else processor
        for name, processor in unet.attn_processors.items()
    }
    unet.set_attn_processor(processors)
    # stays a part of the network: moved, cast and copied with it
    setattr(unet, _RESTING, _Projection(unet.encoder_hid_proj))
    unet.encoder_hid_proj = None
