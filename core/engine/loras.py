"""LoRAs (arXiv 2106.09685): merged into a model's weights, or loaded beside them and switched without reloading it.

Those that are not in use are passed by: the network then computes what it computes without them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from core.domain.catalogue import ModelSpec
from core.domain.request import Lora
from core.errors import ModelError

log = logging.getLogger(__name__)


class Loras:
    """Those that people may choose, by name. `on` are those in use, in every network at once; at first none."""

    def __init__(self, pipeline: Any = None, adapters: Mapping[str, str] | None = None, *, model: str = "") -> None:
        self._pipeline = pipeline
        self._adapters = dict(adapters or {})  # by name: what the library calls it
        self._model = model
        self._copies: list[Any] = []
        self.on: tuple[Lora, ...] | None = ()  # None: a switch failed in the middle

    def follow(self, network: Any) -> None:
        """Switch this copy of one of the pipeline's networks along with it."""
        if self._adapters:
            self._copies.append(network)

    def wear(self, loras: tuple[Lora, ...]) -> None:
        """Use these, and no others, from now on. Raises ModelError for one that the model does not have."""
        if loras == self.on:
            return
        for lora in loras:
            if lora.name not in self._adapters:
                raise ModelError("no-lora", lora=lora.name[:40], model=self._model)
        self.on = None
        names, weights = [self._adapters[lora.name] for lora in loras], [lora.weight for lora in loras]
        for part in (self._pipeline, *self._copies):
            if loras:
                part.set_adapters(names, weights)
                part.enable_lora()
            else:
                part.disable_lora()
        self.on = loras


def merge_loras(pipeline: Any, spec: ModelSpec, model: str, *, offline: bool) -> None:
    """Add each of `spec.loras`, "file-or-hub-id@weight", into the weights. Raises ModelError."""
    for number, lora in enumerate(spec.loras):
        source, _, weight = lora.partition("@")
        adapter = f"merged{number}"
        _load(pipeline, source, adapter, model, offline=offline)
        pipeline.set_adapters([adapter], [float(weight or 1)])
        pipeline.fuse_lora(adapter_names=[adapter])
        pipeline.unload_lora_weights()


def load_loras(pipeline: Any, spec: ModelSpec, model: str, *, offline: bool) -> Loras:
    """Load each of `spec.lora_choices` beside the weights, none of them in use. Raises ModelError."""
    adapters = {name: f"choice{number}" for number, name in enumerate(spec.lora_choices)}  # a name may hold dots
    for name, adapter in adapters.items():
        _load(pipeline, spec.lora_choices[name], adapter, model, offline=offline)
    if adapters:
        pipeline.disable_lora()
    return Loras(pipeline, adapters, model=model)


def _load(pipeline: Any, source: str, adapter: str, model: str, *, offline: bool) -> None:
    if not hasattr(pipeline, "load_lora_weights"):
        raise ModelError("no-loras", model=model)
    try:
        place, options = _place(source)
        pipeline.load_lora_weights(
            place, adapter_name=adapter, use_safetensors=True, local_files_only=offline, **options
        )
        if not any(adapter in found for found in pipeline.get_list_adapters().values()):
            raise ValueError("no layer of it has a name that this model knows")
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        log.exception("lora.broken")
        raise ModelError("broken-lora", lora=Path(source).name[:80], model=model) from error


def _place(source: str) -> tuple[str, dict[str, str]]:
    """A file or folder of this machine, or a repository and, where it is named, the file in it."""
    path = Path(source).expanduser()
    parts: Sequence[str] = source.split("/")
    if path.exists() or path.is_absolute() or len(parts) < 3:
        return str(path), {}
    owner, repository, *folders, file = parts
    options = {"weight_name": file} | ({"subfolder": "/".join(folders)} if folders else {})
    return f"{owner}/{repository}", options
