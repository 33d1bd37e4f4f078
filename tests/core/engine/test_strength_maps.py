"""A grey mask is a strength map: each pixel has the strength its grey says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.domain.names import BlobId
from core.engine.runner import PipelineRunner
from core.errors import ModelError
from tests.core.engine.making import SIDE, difference, drawn, grey_mask, half_mask, pixels, png, request_for

Runners = Callable[[str], PipelineRunner]
MASK = BlobId("b" * 64)
KINDS = ["sd", "sd-16-channels", "sdxl", "sd3", "flux", "flux-schnell", "z-image", "qwen-image"]


def even(grey: int) -> Image.Image:
    return Image.new("L", (SIDE, SIDE), grey)


def made(runner: PipelineRunner, mask: Image.Image | None, seed: int = 6, **changes: Any) -> Image.Image:
    request = request_for(mask=MASK if mask else None, **changes)
    return runner.run(request, png(drawn(seed)), png(mask) if mask else None).image


def apart(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of a channel, of 255."""
    return float(np.abs(pixels(one) - pixels(other)).mean())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("grey", [127, 128])
def test_half_grey_everywhere_is_half_the_strength(runner_of: Runners, kind: str, grey: int) -> None:
    for scheduler in ("model",) if kind not in {"sd", "sdxl"} else ("ddim", "euler"):
        options: dict[str, Any] = {"steps": 8, "scheduler": scheduler, "guidance": 1.0}
        through_map = made(runner_of(kind), even(grey), strength=Decimal("0.75"), **options)
        alone = made(runner_of(kind), None, strength=Decimal("0.375"), **options)
        assert difference(through_map, alone) <= 1


@pytest.mark.parametrize("scheduler", ["heun", "dpm++2m"])
def test_solvers_that_look_back_come_close_to_half_the_strength(runner_of: Runners, scheduler: str) -> None:
    """They have seen the steps before, so their own first one is of a higher order than it would be alone.

    Not so UniPC: it corrects each sample from the one before, so what it frees has moved most of a step already.
    """
    options: dict[str, Any] = {"steps": 16, "scheduler": scheduler, "guidance": 1.0}
    through_map = made(runner_of("sd"), even(128), strength=Decimal("0.75"), **options)
    alone, full = (made(runner_of("sd"), None, strength=Decimal(run) / 16, **options) for run in (6, 12))
    assert apart(through_map, alone) < 0.25 * apart(full, alone)


@pytest.mark.parametrize("kind", KINDS)
def test_black_in_a_map_keeps_its_pixels_exactly_and_light_changes_more_than_dark(
    runner_of: Runners, kind: str
) -> None:
    greys = Image.fromarray(np.repeat(np.array([[0, 64, 128, 255]], dtype=np.uint8), SIDE, 0).repeat(SIDE // 4, 1))
    result = made(runner_of(kind), greys, strength=Decimal("0.9"), steps=10, scheduler="model", guidance=1.0)
    change = np.abs(pixels(result) - pixels(drawn(6)))
    assert not change[:, : SIDE // 4].any()
    assert change[:, SIDE // 4 :].any()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grey=st.integers(30, 255), less=st.integers(0, 255))
def test_change_grows_with_the_grey(runner_of: Runners, grey: int, less: int) -> None:
    lower, upper = sorted((grey, less))
    options: dict[str, Any] = {"strength": Decimal("0.9"), "steps": 10, "scheduler": "ddim", "guidance": 1.0}
    changes = [apart(made(runner_of("sd"), even(value), **options), drawn(6)) for value in (lower, upper)]
    assert changes[0] <= changes[1] + 1


@pytest.mark.parametrize("scheduler", ["ddim", "euler", "heun"])
def test_a_map_that_is_almost_hard_is_almost_the_hard_mask(runner_of: Runners, scheduler: str) -> None:
    """One grey pixel takes the other road, which ends at the same place."""
    nearly = half_mask()
    nearly.putpixel((0, 0), 1)
    options: dict[str, Any] = {"steps": 8, "scheduler": scheduler, "guidance": 1.0}
    through_map, stock = (made(runner_of("sd"), mask, **options) for mask in (nearly, half_mask()))
    through_map.putpixel((0, 0), stock.getpixel((0, 0)) or 0)
    assert difference(through_map, stock) <= 1


def test_a_soft_edge_fades_into_the_original(runner_of: Runners) -> None:
    """Where not even one step runs, pixels come from both: no seam where a brush ends."""
    result = made(runner_of("sd"), even(5), steps=10, scheduler="ddim")
    changed = made(runner_of("sd"), even(60), steps=10, scheduler="ddim")
    assert 0 < difference(result, drawn(6)) < difference(changed, drawn(6))


def test_a_map_works_with_a_scheduler_that_has_no_table(runner_of: Runners) -> None:
    result = made(runner_of("sd"), grey_mask(1), steps=10, scheduler="pndm")
    black = np.asarray(grey_mask(1)) == 0
    assert black.any()
    assert not np.abs(pixels(result) - pixels(drawn(6)))[black].any()


def test_a_model_that_is_not_stepped_in_batches_takes_maps_too(
    runner_of: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"steps": 8, "scheduler": "ddim"}
    batched = made(runner_of("sd"), grey_mask(1), **options)
    monkeypatch.setattr("core.engine.region.family_of", lambda _: None)
    assert difference(made(runner_of("sd"), grey_mask(1), **options), batched) == 0


def test_a_model_with_another_kind_of_latents_says_that_it_knows_no_greys(
    runner_of: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.engine.region.family_of", lambda _: None)
    with pytest.raises(ModelError) as caught:
        made(runner_of("qwen-image"), grey_mask(1), scheduler="model")
    assert caught.value.key == "model.no-greys"
