"""What a CUDA graph cannot hold: numbers that the host hands over, or asks for, in the middle of a network.

On a device that only knows shapes, so that it needs no GPU: whatever crosses to or from it is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.backends.common import aot_autograd
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from core.engine.families import family_of, latent
from core.engine.families.family import Condition, Family, Row
from core.engine.loading import load_model
from core.engine.network import Network
from tests.core.engine.conftest import config_for
from tests.core.engine.making import SIDE, request_for

Folders = Callable[[str], Path]
SHAPES = torch.device("meta")
KINDS = ["sd", "lcm", "sdxl", "sd3", "flux", "flux-schnell", "z-image", "qwen-image"]
PROMPTS = ["a red cat", "a red cat in blue armour, " * 8]
# what makes a tensor of the host's numbers, and what asks the device for some
_MAKING = (torch.tensor, torch.as_tensor, torch.asarray, torch.from_numpy)
_ASKING = (
    "_local_scalar_dense",
    "nonzero",
    "is_nonzero",
    "equal",
    "masked_select",
    "unique",
)  # for what the device has


class Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch does not say its types
    """Notes those that move numbers, or whose result has as many as the numbers say."""

    def __init__(self, seen: list[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self._seen = seen

    def __torch_dispatch__(self, called: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = called(*args, **(kwargs or {}))
        devices = {value.device for value in (*args, made) if isinstance(value, torch.Tensor)}
        if len(devices) > 1 or called.overloadpacket.__name__.startswith(_ASKING):
            self._seen.append(str(called))
        return made


class Functions(TorchFunctionMode):
    """Notes those that make a tensor of numbers of the host: they copy without an operator."""

    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self._seen = seen

    def __torch_function__(self, called: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = called(*args, **(kwargs or {}))
        if called in _MAKING and made.device == SHAPES:
            self._seen.append(called.__name__)
        return made


@contextmanager
def noting(seen: list[str]) -> Iterator[None]:
    seen.clear()
    with Operators(seen), Functions(seen):
        yield


def shapes_only(folder: Path, **changes: Any) -> Family:
    """A model whose network is where there are no numbers."""
    model = load_model(config_for(folder, **changes))
    for name in ("unet", "transformer"):
        network = getattr(model.image2image, name, None)
        if network is not None:
            network.to(SHAPES)
    family = family_of(replace(model, device=SHAPES))
    assert family
    return family


def moved(condition: Condition) -> Condition:
    parts = {each.name: getattr(condition, each.name) for each in fields(condition)}
    tensors: dict[str, Any] = {name: part.to(SHAPES) for name, part in parts.items() if isinstance(part, torch.Tensor)}
    return replace(condition, **tensors)


def step(family: Family, conditions: Sequence[Condition]) -> None:
    samples = torch.empty(len(conditions), *family.latent_shape(SIDE, SIDE), device=SHAPES)
    timesteps = torch.empty(len(conditions), device=SHAPES)
    family.predict(samples, timesteps, [Row(condition=moved(condition)) for condition in conditions])


def conditions_of(family: Family) -> list[Condition]:
    return [family.read(request_for(scheduler="model", prompt=prompt)).positive for prompt in PROMPTS]


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_that_has_run_once_needs_nothing_of_the_host(
    folder_of: Folders, family_named: Callable[[str], Family], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = ["never ran"]

    class Watched(Network):
        def __init__(self, forward: Any, device: torch.device, **options: Any) -> None:
            def watched(**inputs: Any) -> torch.Tensor:
                with noting(seen):
                    output: torch.Tensor = forward(**inputs)
                return output

            super().__init__(watched, device, **options)

    monkeypatch.setattr(latent, "Network", Watched)
    family = shapes_only(folder_of(kind))
    for _ in range(2):
        step(family, conditions_of(family_named(kind)))
    assert seen == []


@pytest.mark.parametrize("kind", ["z-image", "qwen-image"])  # whose forward is not the library's alone
def test_nor_does_it_compiled(
    folder_of: Folders, family_named: Callable[[str], Family], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = ["never ran"]

    def watched(graph: Any, inputs: Any) -> Any:
        def run(*given: Any) -> Any:
            with noting(seen):
                return graph(*given)

        return run

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=aot_autograd(fw_compiler=watched)))
    family = shapes_only(folder_of(kind), compile="on")
    for _ in range(2):
        step(family, conditions_of(family_named(kind)))
    assert seen == []
