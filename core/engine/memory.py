"""What models take of a device, and how much a device has."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil
import torch

_SHARE = 0.6  # of a device's memory that loaded models may take together; the rest is for what they compute
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")  # Linux, in a container


def weight_bytes(parts: Iterable[object]) -> int:
    """Parameters and buffers of those parts that are networks, each counted once."""
    tensors = {
        tensor.data_ptr(): tensor.nbytes
        for part in parts
        if isinstance(part, torch.nn.Module)
        for tensor in (*part.parameters(), *part.buffers())
    }
    return sum(tensors.values())


def memory_for_models(device: torch.device) -> int:
    """Bytes that loaded models may take together, where nobody set it."""
    return int(_SHARE * _total(device))


def give_back(device: torch.device) -> None:
    """After a model was let go: its parts hold each other in circles, and the allocator keeps what was freed."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _total(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory())
    total = int(psutil.virtual_memory().total)
    with suppress(OSError, ValueError):  # there is no limit, or it is "max"
        total = min(total, int(_CONTAINER_LIMIT.read_text()))
    return total
