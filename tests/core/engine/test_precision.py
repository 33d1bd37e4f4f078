"""Which precision and layout a network is computed in: whichever needs the least time of the processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from core.engine.precision import quickened

LAST = torch.channels_last


@pytest.fixture(autouse=True)
def _has_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.precision.has_fast_bfloat16", lambda: True)


def taking(cost: Callable[[torch.Tensor], int]) -> Callable[[Any], object]:
    """Work that is the longer, the more its `cost` for a network's weights."""
    return lambda network: sum(range(20_000 * cost(network.weight)))


def network() -> torch.nn.Conv2d:
    return torch.nn.Conv2d(2, 2, 3)


def test_a_copy_in_bfloat16_is_taken_where_that_is_faster() -> None:
    plain = network()
    quick, gain = quickened(plain, taking(lambda weight: 1 if weight.dtype == torch.bfloat16 else 10))
    assert quick.weight.dtype == torch.bfloat16
    assert gain > 4
    assert plain.weight.dtype == torch.float32


def test_a_network_stays_as_it_is_where_bfloat16_gains_little() -> None:
    plain = network()
    assert quickened(plain, taking(lambda weight: 10)) == (plain, 1.0)


def test_a_network_stays_as_it_is_on_a_processor_without_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.precision.has_fast_bfloat16", lambda: False)
    plain = network()
    assert quickened(plain, taking(lambda weight: 1 if weight.dtype == torch.bfloat16 else 10)) == (plain, 1.0)


@pytest.mark.parametrize("is_last_better", [True, False])
def test_the_faster_layout_is_taken(is_last_better: bool) -> None:
    def cost(weight: torch.Tensor) -> int:
        if weight.dtype == torch.float32:
            return 20
        return 1 if weight.is_contiguous(memory_format=LAST) == is_last_better else 10

    quick, _ = quickened(network(), taking(cost))
    assert quick.weight.is_contiguous(memory_format=LAST) == is_last_better


def test_all_threads_are_there_again_afterwards() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        seen = []
        quickened(network(), lambda one: seen.append(torch.get_num_threads()))
        assert set(seen) == {1}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
