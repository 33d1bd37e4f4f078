"""Bringing a model's files near, while others work: from the hub to the disk, from the disk into the system's memory.

That is what takes minutes. Building the model from files that are near takes seconds and is done between two ticks:
the libraries change torch's default dtype for the whole process while they build, which a tick must not see.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from pathlib import Path

from diffusers import DiffusionPipeline
from safetensors import safe_open

from core.engine.contract import EngineConfig
from core.engine.loading import pick_device, pick_dtype
from core.engine.places import find_model

log = logging.getLogger(__name__)

_PIECE = 16 * 2**20  # bytes that are read at a time


def fetch(config: EngineConfig) -> int:
    """The bytes that its weights will take, as its files say; 0 where they do not. Raises nothing."""
    try:
        files = weight_files(_folder(find_model(config.model), offline=config.offline))
        for file in files:
            _read(file)
        size = pick_dtype(config.spec.dtype, pick_device(config.device)).itemsize
        return sum(_numbers(file) for file in files) * size
    except Exception:  # building it will say what is wrong with it, with its own sentence
        log.info("fetch.failed model=%s", Path(config.model).name, exc_info=True)
        return 0


def weight_files(folder: Path) -> list[Path]:
    """Those that are loaded: in half precision only where there are no others, one in a part's folder or its shards."""
    files = sorted(folder.glob("*/*.safetensors"))
    full = [file for file in files if ".fp16." not in file.name]
    parts = {file.parent for file in full}
    return full + [file for file in files if file.parent not in parts]


def _folder(source: str, *, offline: bool) -> Path:
    """Where the files of a folder or hub id are; those of the hub are there afterwards."""
    if Path(source).is_dir():
        return Path(source)
    options = {"use_safetensors": True, "local_files_only": offline}
    try:
        return Path(DiffusionPipeline.download(source, **options))
    except OSError:  # as the loading does: a repository may hold half precision alone
        return Path(DiffusionPipeline.download(source, variant="fp16", **options))


def _read(file: Path) -> None:
    piece = bytearray(_PIECE)
    with file.open("rb", buffering=0) as stream:
        while stream.readinto(piece):
            pass


def _numbers(file: Path) -> int:
    with safe_open(file, "pt") as tensors:
        shapes: Iterable[list[int]] = (tensors.get_slice(name).get_shape() for name in tensors.keys())  # noqa: SIM118
        return sum(math.prod(shape) for shape in shapes)
