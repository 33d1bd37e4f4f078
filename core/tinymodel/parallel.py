"""Training in several processes of one thread each: on a busy machine they lose less time than threads that wait.

Every step the processes average their gradients, so that the result is that of one larger batch.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn


def rank() -> int:
    """The number of this process, 0 for the first or only one."""
    return dist.get_rank() if dist.is_initialized() else 0


def count() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


@torch.no_grad()
def average_gradients(module: nn.Module, seconds: float) -> float:
    """Average all gradients over the processes, and the time used, so that all of them stop at the same step."""
    if count() == 1:
        return seconds
    grads = [p.grad for p in module.parameters() if p.grad is not None]
    flat = torch.cat([*(g.reshape(-1) for g in grads), torch.tensor([seconds])])
    dist.all_reduce(flat)
    flat /= count()
    start = 0
    for grad in grads:
        grad.copy_(_piece(flat, start, grad))
        start += grad.numel()
    return float(flat[-1])


def owners(tensors: Sequence[Tensor]) -> list[int]:
    """For each tensor the process that computes it, so that all processes have about as many values to compute."""
    load = [0] * count()
    out = [0] * len(tensors)
    for index in sorted(range(len(tensors)), key=lambda i: -tensors[i].numel()):
        out[index] = load.index(min(load))
        load[out[index]] += tensors[index].numel()
    return out


@torch.no_grad()
def share(tensors: Sequence[Tensor], owner: list[int]) -> None:
    """Give every process the values that each tensor has in the process that owns it."""
    if count() == 1:
        return
    for process in range(count()):
        owned = [t for t, o in zip(tensors, owner, strict=True) if o == process]
        flat = torch.cat([t.reshape(-1) for t in owned])
        dist.broadcast(flat, src=process)
        start = 0
        for tensor in owned:
            tensor.copy_(_piece(flat, start, tensor))
            start += tensor.numel()


def _piece(flat: Tensor, start: int, like: Tensor) -> Tensor:
    return flat[start : start + like.numel()].view_as(like)


def _enter(number: int, function: Callable[..., Any], processes: int, meeting: str, args: tuple[Any, ...]) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=number, world_size=processes)
    try:
        function(*args)
    finally:
        dist.destroy_process_group()


def together(function: Callable[..., Any], processes: int, *args: Any) -> None:
    """Run a module-level function with the same arguments in `processes` processes that can average gradients."""
    if processes <= 1:
        function(*args)
        return
    with tempfile.TemporaryDirectory() as folder:
        # the library ships no types for this
        mp.start_processes(  # type: ignore[attr-defined, no-untyped-call]
            _enter, (function, processes, str(Path(folder) / "meeting"), args), nprocs=processes, start_method="spawn"
        )
