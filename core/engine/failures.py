"""What a failure means to the person, and what the log may know of it."""

from __future__ import annotations

import gc
import logging

import torch

from core.domain.request import Request
from core.errors import EngineError

log = logging.getLogger(__name__)


_NO_MEMORY = ("can't allocate memory", "out of memory")  # of the host, and of devices outside torch's own allocator


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ended; what can be freed is."""
    said = isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY)
    if not said and not isinstance(error, MemoryError | torch.OutOfMemoryError):
        return False
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return True


def summary(request: Request) -> str:
    """What the log may know of a request: everything except its words."""
    return (
        f"size={request.width}x{request.height} strength={request.strength} steps={request.steps} "
        f"guidance={request.guidance} scheduler={request.scheduler} seed={request.seed} mask={request.mask is not None}"
    )


def reported(error: Exception, request: Request) -> EngineError:
    """What the person is told; the log has the rest.

    Raises the error of a device that no longer computes, for anybody: the process has to end, and its jobs begin again.
    """
    if isinstance(error, EngineError):
        return error
    is_full = is_out_of_memory(error)
    if isinstance(error, torch.AcceleratorError) and not is_full:
        raise error
    log.error("engine.failed %s", summary(request), exc_info=error)
    return EngineError("out-of-memory" if is_full else "failed")
