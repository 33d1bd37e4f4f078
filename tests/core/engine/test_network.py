"""A network that is called with changing numbers of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.exc import TorchDynamoException
from torch._dynamo.testing import CompileCounter

from core.engine.families import family_of
from core.engine.families.family import Row
from core.engine.loading import load_model
from core.engine.network import Network, bucket
from tests.core.engine.conftest import config_for
from tests.core.engine.making import request_for

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


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> Iterator[CompileCounter]:
    """Counts what is compiled, to nothing; going on uncompiled because of too many is a failure."""
    torch._dynamo.reset()
    counter = CompileCounter()
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=counter))
    with torch._dynamo.config.patch(fail_on_recompile_limit_hit=True):
        yield counter


def test_it_is_compiled_for_one_row_and_once_for_all_other_numbers_however_their_tensors_lie(
    compilations: CompileCounter,
) -> None:
    network = Network(doubled, CPU, compiled=True)
    for rows in (3, 1, *range(2, 65)):
        given = inputs(rows)
        if rows % 2:
            given["sample"] = given["sample"].t().contiguous().t()
        with torch.inference_mode():
            assert torch.equal(network(rows, given), doubled(**given))
    assert compilations.frame_count == 2


def test_many_kinds_of_inputs_are_all_compiled(compilations: CompileCounter) -> None:
    network = Network(doubled, CPU, compiled=True)
    for dimensions in range(1, 13):
        network(2, inputs(2) | {"more": {"offset": torch.ones(2, *[1] * dimensions)}})
    assert compilations.frame_count == 12


@pytest.mark.parametrize("kind", ["z-image", "qwen-image"])
def test_a_family_is_compiled_for_its_first_size_and_then_for_any(
    folder_of: Callable[[str], Path], kind: str, compilations: CompileCounter
) -> None:
    family, plain = (family_of(load_model(config_for(folder_of(kind), compile=mode))) for mode in ("on", "off"))
    assert family
    assert plain
    told = [Row(condition=plain.read(request_for(prompt=prompt)).positive) for prompt in ("a cat", "dragon " * 20)]
    compiled = []
    for width, height in ((32, 32), (48, 64)):
        for rows in (3, 1, 5):
            samples, timesteps = torch.randn(rows, *plain.latent_shape(width, height)), torch.full((rows,), 500.0)
            asked = [told[row % 2] for row in range(rows)]
            made, expected = (each.predict(samples, timesteps, asked) for each in (family, plain))
            assert torch.allclose(made, expected, atol=1e-5)
        compiled.append(compilations.frame_count)
    assert compiled == [2, 4]
