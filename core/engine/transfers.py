"""Numbers between the host and a device, without waiting for them.

On CUDA a copy from ordinary memory waits for the device, and one back always does. So what goes there is pinned first,
and what comes back is asked for and looked at later.
"""

from __future__ import annotations

from typing import Any

import torch


def onto(device: torch.device, tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the host on the device; it is there before whatever is computed next. Others are left alone."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


class Fetch:
    """A tensor on its way to the host."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self._arrived: Any = None  # a CUDA event
        self._tensor = tensor
        if tensor.device.type == "cuda":
            self._tensor = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
            self._tensor.copy_(tensor, non_blocking=True)
            self._arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]  # torch does not say its types
            self._arrived.record()

    @property
    def is_ready(self) -> bool:
        return self._arrived is None or bool(self._arrived.query())

    def wait(self) -> torch.Tensor:
        """The tensor on the host, as soon as it is there."""
        if self._arrived:
            self._arrived.synchronize()
        return self._tensor.cpu()
