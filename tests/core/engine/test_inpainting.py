"""Inpainting checkpoints, whose networks see the mask and the picture around it: in the batch, and alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import pytest
from PIL import Image

from core.domain.names import BlobId, JobId
from core.domain.request import Request
from core.engine.batcher import StepBatcher
from core.engine.families import family_of
from core.engine.loading import load_model
from core.engine.runner import PipelineRunner
from core.engine.running import Hooks, Task
from tests.core.engine.conftest import config_for
from tests.core.engine.making import SIDE, STOCK, difference, drawn, half_mask, png, request_for, stock_result

Folders = Callable[[str], Path]
Runners = Callable[[str], PipelineRunner]
Render = Callable[[str, Request, Image.Image, Image.Image | None], Image.Image]

STOCK_CLASSES = {
    "sd-inpainting": diffusers.StableDiffusionInpaintPipeline,
    "sdxl-inpainting": diffusers.StableDiffusionXLInpaintPipeline,
}
EVERYTHING = Image.new("L", (SIDE, SIDE), 255)
INSIDE = (SIDE // 2, 0, SIDE, SIDE)  # of the half mask


@pytest.fixture(params=["in the batch", "alone"])
def render(request: pytest.FixtureRequest, folder_of: Folders, runner_of: Runners) -> Render:
    """Both ways through the engine."""

    def batched(kind: str, request: Request, picture: Image.Image, mask: Image.Image | None) -> Image.Image:
        family = family_of(load_model(config_for(folder_of(kind))))
        assert family
        batcher = StepBatcher(family)
        task = Task(
            job=JobId("one"), request=request, picture=png(picture), mask=png(mask) if mask else None, hooks=Hooks()
        )
        assert batcher.accepts(task)
        batcher.start(task)
        while batcher.is_busy:
            for ended in batcher.tick():
                assert ended.rendered
                return ended.rendered.image
        raise AssertionError("nothing came out")

    def alone(kind: str, request: Request, picture: Image.Image, mask: Image.Image | None) -> Image.Image:
        return runner_of(kind).run(request, png(picture), png(mask) if mask else None).image

    return batched if request.param == "in the batch" else alone


@pytest.fixture(scope="module")
def stock_of(folder_of: Folders) -> Callable[[str, str], Any]:
    """The library's own pipeline of a kind, with a scheduler by its name."""
    loaded = cache(lambda kind: STOCK_CLASSES[kind].from_pretrained(folder_of(kind)))

    def with_scheduler(kind: str, scheduler: str) -> Any:
        pipeline = loaded(kind)
        pipeline.scheduler = STOCK[scheduler]({**pipeline.scheduler.config, "clip_sample": False})
        return pipeline

    return with_scheduler


def asked(masked: bool, **changes: Any) -> Request:
    return request_for(mask=BlobId("b" * 64) if masked else None, steps=8, **changes)


@pytest.mark.parametrize("kind", STOCK_CLASSES)
@pytest.mark.parametrize("strength", ["0.5", "1"])
@pytest.mark.parametrize("scheduler", ["ddim", "dpm++2m-karras", "euler-ancestral"])
def test_a_masked_result_equals_that_of_the_stock_pipeline(
    render: Render, stock_of: Callable[[str, str], Any], kind: str, strength: str, scheduler: str
) -> None:
    picture, request = drawn(6), asked(True, strength=Decimal(strength), scheduler=scheduler)
    stock = stock_of(kind, scheduler)
    more = {"mask_image": half_mask(), "strength": float(strength), "width": SIDE, "height": SIDE}
    expected = Image.composite(stock_result(stock, request, picture, **more), picture, half_mask())
    assert difference(render(kind, request, picture, half_mask()), expected) <= 1


@pytest.mark.parametrize("kind", STOCK_CLASSES)
@pytest.mark.parametrize("strength", ["0.5", "1"])
def test_without_a_mask_everything_may_change(
    render: Render, stock_of: Callable[[str, str], Any], kind: str, strength: str
) -> None:
    picture, request = drawn(6), asked(False, strength=Decimal(strength))
    stock = stock_of(kind, "ddim")
    more = {"mask_image": EVERYTHING, "strength": float(strength), "width": SIDE, "height": SIDE}
    expected = stock_result(stock, request, picture, **more)
    assert difference(render(kind, request, picture, None), expected) <= 1


@pytest.mark.parametrize("kind", STOCK_CLASSES)
@pytest.mark.parametrize("masked", [True, False])
def test_strength_one_does_not_see_what_may_change(render: Render, kind: str, masked: bool) -> None:
    picture, request = drawn(1), asked(masked, strength=Decimal(1))
    mask = half_mask() if masked else None
    changed = Image.composite(drawn(2), picture, mask or EVERYTHING)
    one, other = (render(kind, request, each, mask) for each in (picture, changed))
    assert difference(picture.crop(INSIDE), changed.crop(INSIDE)) > 20
    assert difference(one, other) == 0


def test_strength_one_sees_what_stays(render: Render) -> None:
    request = asked(True, strength=Decimal(1))
    one, other = (render("sd-inpainting", request, drawn(seed), half_mask()).crop(INSIDE) for seed in (1, 2))
    assert difference(one, other) > 0


def test_what_stays_is_kept_to_the_pixel(render: Render) -> None:
    picture = drawn(5)
    left = (0, 0, SIDE // 2, SIDE)
    result = render("sd-inpainting", asked(True), picture, half_mask())
    assert difference(result.crop(left), picture.crop(left)) == 0
    assert difference(result.crop(INSIDE), picture.crop(INSIDE)) > 0
