"""The precision and the memory layout in which a processor computes a network fastest: measured when it is loaded."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch

_WORTH_IT = 1.25  # how much faster the lower precision must be
_PROBES = 3
_LAYOUTS = (torch.channels_last, torch.contiguous_format)

Run = Callable[[Any], object]  # computes once with a network, in the network's precision


def has_fast_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def quickened(network: Any, run: Run) -> tuple[Any, float]:
    """A copy of `network`, which is float32, in bfloat16, and how many times as fast it is; itself and 1 where not."""
    if not has_fast_bfloat16():
        return network, 1.0
    copy, seconds = deepcopy(network).to(torch.bfloat16), dict[torch.memory_format, float]()
    for layout in _LAYOUTS:
        seconds[layout] = _seconds(copy.to(memory_format=layout), run)
    best = min(_LAYOUTS, key=seconds.__getitem__)
    gain = _seconds(network, run) / seconds[best]
    return (copy.to(memory_format=best), gain) if gain >= _WORTH_IT else (network, 1.0)


@torch.inference_mode()
def _seconds(network: Any, run: Run) -> float:
    """Of one thread, of which others on this machine take nothing away: the best of a few.

    The first of all is not counted, as it chooses how to compute.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        run(network)
        return min(_timed(network, run) for _ in range(_PROBES))
    finally:
        torch.set_num_threads(threads)


def _timed(network: Any, run: Run) -> float:
    began = time.thread_time()
    run(network)
    return time.thread_time() - began
