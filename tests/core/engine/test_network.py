"""A network that is called with changing numbers of rows."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch._dynamo.exc import TorchDynamoException

from core.engine.network import Network, bucket

CPU = torch.device("cpu")


def doubled(*, sample: torch.Tensor, more: dict[str, Any]) -> torch.Tensor:
    made: torch.Tensor = 2 * sample + more["offset"]
    return made


def inputs(rows: int) -> dict[str, Any]:
    return {"sample": torch.arange(4.0 * rows).view(rows, 4), "more": {"offset": torch.ones(rows, 1), "scale": None}}


@pytest.mark.parametrize("rows", [1, 3, 5, 7, 11, 33, 65])
def test_rows_that_are_padded_give_what_they_give_alone(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counted(**given: Any) -> torch.Tensor:
        seen.append(len(given["sample"]))
        return doubled(**given)

    monkeypatch.setattr(torch, "compile", lambda forward, **options: forward)  # what it would do to time, not to values
    network = Network(counted, CPU, compiled=True)
    assert torch.equal(network(rows, inputs(rows)), doubled(**inputs(rows)))
    assert seen == [bucket(rows)]
    assert network.padding == bucket(rows) - rows


def test_a_processor_that_does_not_compile_pads_nothing() -> None:
    network = Network(doubled, CPU, compiled=False)
    assert torch.equal(network(5, inputs(5)), doubled(**inputs(5)))
    assert network.padding == 0


def test_padding_is_never_more_than_a_third() -> None:
    assert all(bucket(rows) - rows <= bucket(rows) / 3 for rows in range(1, 65))


def test_a_network_that_cannot_be_compiled_runs_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(forward: Any, **options: Any) -> Any:
        def broken(**given: Any) -> torch.Tensor:
            raise TorchDynamoException("no compiler here")

        return broken

    monkeypatch.setattr(torch, "compile", refuses)
    network = Network(doubled, CPU, compiled=True)
    for rows in (2, 5):
        assert torch.equal(network(rows, inputs(rows)), doubled(**inputs(rows)))


def test_what_the_network_itself_raises_is_not_hidden() -> None:
    def broken(**given: Any) -> torch.Tensor:
        raise RuntimeError("pretended")

    with pytest.raises(RuntimeError, match="pretended"):
        Network(broken, CPU, compiled=False)(1, inputs(1))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_recorded_graph_gives_what_the_network_gives() -> None:
    cuda = torch.device("cuda")
    network = Network(doubled, cuda, compiled=False)
    for step in range(8):
        offset = torch.full((5, 1), float(step), device=cuda)
        given: dict[str, Any] = {"sample": torch.rand(5, 4, device=cuda), "more": {"offset": offset}}
        assert torch.equal(network(5, given), doubled(**given))


def test_a_network_in_another_state_is_not_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[int] = []

    def counting(forward: Any, **options: Any) -> Any:
        def counted(**given: Any) -> torch.Tensor:
            compiled.append(len(given["sample"]))
            return doubled(**given)

        return counted

    monkeypatch.setattr(torch, "compile", counting)
    network = Network(doubled, CPU, compiled=True)
    for state in ((), ("a LoRA",), ()):
        assert torch.equal(network(2, inputs(2), state), doubled(**inputs(2)))
    assert compiled == [2, 2]
