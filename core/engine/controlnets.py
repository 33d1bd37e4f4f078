"""The ControlNets and the depth estimator that a model's catalogue entry names, each loaded when it is first used."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers import ControlNetModel
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForDepthEstimation, pipeline

from core.errors import ModelError

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class ControlNets:
    """Nets by the names that people use. `places` says where each is: a folder inside the model's, a path, a hub id.

    They are not loaded with the model: each takes a third of its memory, and one that is broken must not stop it.
    """

    model: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""  # the model's own, or its hub id
    depth: str = ""  # a depth estimator of transformers, by path or hub id
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    offline: bool = False

    def __post_init__(self) -> None:
        self._nets: dict[tuple[str, torch.dtype], Any] = {}
        self._estimator: Any = None

    @property
    def parts(self) -> list[Any]:
        """What is loaded now."""
        return [*self._nets.values(), getattr(self._estimator, "model", None)]

    def net(self, name: str, dtype: torch.dtype) -> Any:
        """The net on the model's device, in the precision of the network beside it. Raises ModelError."""
        if (name, dtype) not in self._nets:
            if name not in self.places:
                raise ModelError("no-control", net=name, model=self.model)
            net = self._loaded(name, dtype).to(self.device)
            self._nets[name, dtype] = net.to(memory_format=torch.channels_last)
        return self._nets[name, dtype]

    def depth_of(self, picture: Image.Image) -> Image.Image:
        """How near everything is, bright where it is near. Raises ModelError."""
        if self._estimator is None:
            self._estimator = self._loaded_estimator()
        found: Image.Image = self._estimator(picture)["depth"]
        return found.convert("RGB").resize(picture.size, Image.Resampling.BICUBIC)

    def _loaded(self, name: str, dtype: torch.dtype) -> Any:
        inside = Path(self.folder, self.places[name])
        source = str(inside if inside.is_dir() else Path(self.places[name]).expanduser())
        try:
            return ControlNetModel.from_pretrained(
                source, torch_dtype=dtype, use_safetensors=True, local_files_only=self.offline
            )
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            log.exception("control.broken name=%s", name)
            raise ModelError("broken-control", net=name, model=self.model) from error

    def _loaded_estimator(self) -> Any:
        if not self.depth:
            raise ModelError("no-depth", model=self.model)
        source = str(Path(self.depth).expanduser())
        try:
            options = {"local_files_only": self.offline}
            network = AutoModelForDepthEstimation.from_pretrained(source, use_safetensors=True, **options)
            processor = AutoImageProcessor.from_pretrained(source, **options)
            return pipeline("depth-estimation", model=network, image_processor=processor, device=self.device)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            log.exception("depth.broken")
            raise ModelError("broken-depth", model=self.model) from error
