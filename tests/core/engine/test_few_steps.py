"""Models of few steps, batched, against the library's own pipelines for them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.domain.request import Request
from core.domain.strength import StepCounting
from core.engine.batcher import StepBatcher
from core.engine.families.family import Family
from tests.core.engine.batching import Watched, image_of, task_of, through
from tests.core.engine.making import SIDE, difference, drawn, request_for

Folders = Callable[[str], Path]
Families = Callable[[str], Family]
Stock = Callable[[Request], Image.Image]
SCALES = [0.0, 1.0, 4.0, 8.0]  # of guidance that is an input
QUICK = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def requests(draw: st.DrawFn, guidance: list[float]) -> Request:
    """One to four steps, counted either way, of those that the library counts as we do: its strengths are floats."""
    return request_for(
        scheduler="model",
        steps=draw(st.integers(1, 4)),
        strength=Decimal(draw(st.integers(1, 4))) / 4,
        counting=draw(st.sampled_from(StepCounting)),
        guidance=draw(st.sampled_from(guidance)),
        seed=draw(st.integers(0, 2**32 - 1)),
        prompt=draw(st.sampled_from(["a red cat", "dragon"])),
        negative=draw(st.sampled_from(["", "blurry"])),
    )


def jobs(one: st.SearchStrategy[Request]) -> st.SearchStrategy[list[Request]]:
    return st.lists(one, min_size=1, max_size=4, unique_by=lambda request: request.seed)


def floored(request: Request) -> bool:
    return request.plan.run == int(request.plan.scheduled * request.strength)


def whole(request: Request) -> bool:
    """Flow models run the ceiling."""
    return request.plan.run == request.plan.scheduled * request.strength


@cache
def pipeline(kind: Any, folder: Path) -> Any:
    made = kind.from_pretrained(folder)
    made.set_progress_bar_config(disable=True)
    return made


def stock(image2image: Any, text2image: Any, folder: Path, request: Request, **more: Any) -> Image.Image:
    """At strength 1 from the pipeline that sees no picture."""
    size = {"width": request.width, "height": request.height}
    seen = {"image": drawn(request.seed), "strength": float(request.strength)} if request.strength < 1 else size
    image: Image.Image = pipeline(image2image if request.strength < 1 else text2image, folder)(
        prompt=request.prompt,
        generator=torch.Generator("cpu").manual_seed(request.seed),
        **{"num_inference_steps": request.plan.scheduled, **seen, **more},
    ).images[0]
    return image


def compare(family: Family, asked: list[Request], expected: Stock) -> None:
    """All in one batch, and the first by itself."""
    tasks = [task_of(request) for request in asked]
    ended, alone = through(StepBatcher(family), tasks), through(StepBatcher(family), tasks[:1])
    assert difference(image_of(alone, tasks[0]), expected(asked[0])) <= 1
    for task in tasks:
        assert difference(image_of(ended, task), expected(task.request)) <= 1


# XL as turbo and lightning are set up: no guidance, and a schedule that begins at the noisiest level


@pytest.mark.parametrize("kind", ["sdxl-turbo", "sdxl-lightning", "sdxl-lightning-1"])
@QUICK
@given(asked=jobs(requests([0.0, 1.0]).filter(floored)))
def test_xl_of_few_steps_equals_its_stock_pipelines_and_computes_no_unconditional_rows(
    folder_of: Folders, family_named: Families, kind: str, asked: list[Request]
) -> None:
    def expected(request: Request) -> Image.Image:
        kinds = diffusers.StableDiffusionXLImg2ImgPipeline, diffusers.StableDiffusionXLPipeline
        return stock(*kinds, folder_of(kind), request, guidance_scale=request.guidance)

    compare(family_named(kind), asked, expected)
    watched = Watched(family_named(kind))
    through(StepBatcher(watched), [task_of(request) for request in asked])
    assert sum(watched.rows) == sum(request.plan.run for request in asked)


# Flux schnell: guidance is no input of its network; above 1 it is real, with unconditional rows


@QUICK
@given(asked=jobs(requests([0.0, 1.0, 3.5]).filter(whole)))
def test_schnell_equals_its_stock_pipelines(folder_of: Folders, family_named: Families, asked: list[Request]) -> None:
    def expected(request: Request) -> Image.Image:
        real = {"true_cfg_scale": request.guidance, "negative_prompt": request.negative or " "}
        kinds = diffusers.FluxImg2ImgPipeline, diffusers.FluxPipeline
        return stock(*kinds, folder_of("flux-schnell"), request, width=SIDE, height=SIDE, **real)

    compare(family_named("flux-schnell"), asked, expected)


# consistency models that were distilled from guidance: its scale is an input of the network


@QUICK
@given(asked=jobs(requests(SCALES).filter(floored)))
def test_a_consistency_model_steps_as_stable_diffusion_does(
    folder_of: Folders, family_named: Families, asked: list[Request]
) -> None:
    def expected(request: Request) -> Image.Image:
        kinds = diffusers.StableDiffusionImg2ImgPipeline, diffusers.StableDiffusionPipeline
        return stock(*kinds, folder_of("lcm"), request, guidance_scale=request.guidance)

    compare(family_named("lcm"), asked, expected)


@st.composite
def even(draw: st.DrawFn) -> Request:
    """Part of a schedule that takes every so many-th of the 50 steps the model was distilled on."""
    steps = draw(st.sampled_from([2, 5, 10, 25]))
    strength = Decimal(draw(st.integers(1, min(steps, 8)))) / steps
    return draw(requests(SCALES)).varied(steps=steps, strength=strength, counting=StepCounting.SCHEDULED)


@QUICK
@given(asked=jobs(even()))
def test_a_consistency_model_equals_its_own_pipelines_where_these_choose_the_same_steps(
    folder_of: Folders, family_named: Families, asked: list[Request]
) -> None:
    def expected(request: Request) -> Image.Image:
        kinds = diffusers.LatentConsistencyModelImg2ImgPipeline, diffusers.LatentConsistencyModelPipeline
        run = request.plan.run  # all of which they spread over what the strength leaves
        return stock(*kinds, folder_of("lcm"), request, guidance_scale=request.guidance, num_inference_steps=run)

    compare(family_named("lcm"), asked, expected)


def test_the_scale_is_heard_by_the_model_that_takes_it_in(family_named: Families) -> None:
    one, other = (
        task_of(request_for(scheduler="model", steps=4, seed=1, guidance=guidance)) for guidance in (1.0, 8.0)
    )
    batcher = StepBatcher(family_named("lcm"))
    assert difference(image_of(through(batcher, [one]), one), image_of(through(batcher, [other]), other)) > 8
