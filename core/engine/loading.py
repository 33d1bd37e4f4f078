"""Any image-to-image model that diffusers can load, with its siblings for inpainting and pure noise."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import (
    AutoPipelineForImage2Image,
    AutoPipelineForInpainting,
    AutoPipelineForText2Image,
    LatentConsistencyModelImg2ImgPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionXLImg2ImgPipeline,
)

from core.engine.adapters import load_adapter
from core.engine.contract import EngineConfig
from core.engine.controlnets import ControlNets
from core.engine.failures import is_out_of_memory
from core.engine.loras import Loras, load_loras, merge_loras
from core.engine.places import find_model
from core.errors import ModelError

log = logging.getLogger(__name__)

_CONTROLLABLE = (StableDiffusionImg2ImgPipeline, StableDiffusionXLImg2ImgPipeline)
_TASKS = {
    "image2image": AutoPipelineForImage2Image,
    "text2image": AutoPipelineForText2Image,
    "inpaint": AutoPipelineForInpainting,
}
_PREPARED_LAYERS = "16384"  # about 50 MB of code when full
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(kw_only=True)
class Model:
    """One set of weights and the pipelines over it, which share every component."""

    name: str
    device: torch.device
    dtype: torch.dtype
    offload: bool
    image2image: Any
    compiled: bool = False  # whether networks are compiled for the sizes in use
    tiny_decoder: str = ""  # of previews: a folder or hub id
    offline: bool = False
    controlnets: ControlNets = field(default_factory=ControlNets)
    loras: Loras = field(default_factory=Loras)

    @property
    def own_scheduler(self) -> Any:
        return self._own

    def __post_init__(self) -> None:
        self._own = self.image2image.scheduler  # runs put their own in its place

    @cached_property
    def text2image(self) -> Any:
        """Starts from pure noise."""
        return self._sibling(AutoPipelineForText2Image)

    @cached_property
    def inpaint(self) -> Any:
        """Changes one region. Raises ModelError where the family has no such pipeline."""
        try:
            return self._sibling(AutoPipelineForInpainting)
        except ValueError as error:
            raise ModelError("no-inpaint", model=self.name) from error

    def controlled(self, kind: str, nets: tuple[str, ...]) -> Any:
        """The pipeline "image2image", "text2image" or "inpaint" with these ControlNets. Raises ModelError."""
        if not isinstance(self.image2image, _CONTROLLABLE) or not self.controlnets.places:
            raise ModelError("no-controls", model=self.name)
        loaded = [self.controlnets.net(name, self.dtype) for name in nets]
        return self._sibling(_TASKS[kind], controlnet=loaded[0] if len(loaded) == 1 else loaded)

    def _sibling(self, kind: Any, **more: Any) -> Any:
        return prepared(kind.from_pipe(self.image2image, **more), self.device, offload=self.offload)


def load_model(config: EngineConfig) -> Model:
    """Load `config.model` onto its device. Raises ModelError: not found, broken, or no such device."""
    _prepare_libraries()
    device = pick_device(config.device)
    dtype = pick_dtype(config.spec.dtype, device)
    name = Path(config.model).name
    try:
        pipeline = _as_stable_diffusion(
            _from_pretrained(find_model(config.model), dtype, offline=config.offline), dtype
        )
        merge_loras(pipeline, config.spec, name, offline=config.offline)
        loras = load_loras(pipeline, config.spec, name, offline=config.offline)
        if config.spec.adapter:
            load_adapter(pipeline, config.spec, offline=config.offline)
        # the size is the hub's or the disk's business, the place is ours: moving is where a device runs out of memory
        pipeline = prepared(pipeline, device, offload=config.spec.offload)
    except ModelError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise ModelError("out-of-memory", model=name) from error
        log.exception("model.broken name=%s", name)
        raise ModelError("broken", model=name) from error
    return Model(
        name=name,
        device=device,
        dtype=dtype,
        offload=config.spec.offload,
        image2image=pipeline,
        compiled=_compiles(config, device),
        tiny_decoder=config.spec.tiny_decoder,
        offline=config.offline,
        loras=loras,
        controlnets=ControlNets(
            model=name,
            places=config.spec.controlnets,
            folder=find_model(config.model),
            depth=config.spec.depth_estimator,
            device=device,
            offline=config.offline,
        ),
    )


def prepared(pipeline: Any, device: torch.device, *, offload: bool) -> Any:
    """On its device and without a progress bar of its own."""
    pipeline.set_progress_bar_config(disable=True)
    if device.type in ("cuda", "cpu"):  # what their convolutions are fastest in
        for part in filter(None, (getattr(pipeline, name, None) for name in ("unet", "vae"))):
            if all(weights.dim() <= 4 for weights in part.parameters()):  # an autoencoder of films has five
                part.to(memory_format=torch.channels_last)
    if offload and device.type != "cpu":
        pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.to(device)
    return pipeline


def is_inpainting(pipeline: Any) -> bool:
    """Whether its network takes a mask and the masked picture's latents beside the sample."""
    unet, vae = getattr(pipeline, "unet", None), getattr(pipeline, "vae", None)
    if unet is None or vae is None:
        return False
    return bool(unet.config.in_channels == 2 * vae.config.latent_channels + 1)


def pick_device(name: str) -> torch.device:
    """ "auto" takes cuda before mps before cpu. Raises ModelError for a device that is not here."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ModelError("no-device", device=name) from error
    return device


def _compiles(config: EngineConfig, device: torch.device) -> bool:
    """Compiling costs a minute or so for each size, which pays on a GPU that works all day."""
    return config.compile == "on" or (config.compile == "auto" and device.type == "cuda")


def pick_dtype(name: str, device: torch.device) -> torch.dtype:
    """ "auto" is what the device is good at."""
    if name != "auto":
        return _DTYPES[name]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def _from_pretrained(source: str, dtype: torch.dtype, *, offline: bool) -> Any:
    """Safetensors only: a pickle would run what it likes. Also from repositories that hold half precision alone."""
    options: dict[str, Any] = {"dtype": dtype, "use_safetensors": True, "local_files_only": offline}
    try:
        return AutoPipelineForImage2Image.from_pretrained(source, **options)
    except OSError as first:
        try:
            return AutoPipelineForImage2Image.from_pretrained(source, variant="fp16", **options)
        except (OSError, ValueError):
            if Path(source).is_dir():
                raise first from None
            raise ModelError("not-found", model=source) from first


def _as_stable_diffusion(pipeline: Any, dtype: torch.dtype) -> Any:
    """A consistency model counts steps, and takes schedulers, masks and ControlNets, as the network that it is does."""
    if isinstance(pipeline, LatentConsistencyModelImg2ImgPipeline):
        return StableDiffusionImg2ImgPipeline.from_pipe(pipeline, dtype=dtype)
    return pipeline


def _prepare_libraries() -> None:
    # A batch has another number of rows in every other tick, and for each number oneDNN prepares every layer anew. It
    # keeps 1,024 of those, not even four numbers of rows: most ticks would begin with that.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", _PREPARED_LAYERS)
    # their warnings quote prompts, and their bars would garble the log
    for library in (diffusers.utils.logging, transformers.utils.logging):
        library.set_verbosity_error()
        library.disable_progress_bar()
