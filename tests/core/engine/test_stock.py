"""Batches against the library's own pipelines, called as its pages show: every family, and models of few steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.domain.request import Request
from core.domain.strength import StepCounting
from core.engine.batcher import StepBatcher
from core.engine.families.family import Family
from tests.core.engine.batching import Watched, image_of, task_of, through
from tests.core.engine.making import SIDE, STOCK, difference, drawn, request_for

Folders = Callable[[str], Path]
Families = Callable[[str], Family]
Options = dict[str, Any]
SIZE = {"width": SIDE, "height": SIDE}
QUICK = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def guided(request: Request) -> Options:
    return {"guidance_scale": request.guidance, "negative_prompt": request.negative or None}


def scaled(request: Request) -> Options:
    """Guidance is an input of the network."""
    return {"guidance_scale": request.guidance}


def truly_guided(request: Request) -> Options:
    return {"true_cfg_scale": request.guidance, "negative_prompt": request.negative or " "}


@dataclass(frozen=True, kw_only=True)
class Stock:
    """How the library makes pictures of a kind of model: of a picture, and of pure noise at strength 1."""

    image2image: Any
    text2image: Any
    options: Callable[[Request], Options] = guided
    scales: tuple[float, ...] = (0.0, 1.0, 4.0)  # of guidance
    schedulers: tuple[str, ...] = ("model",)
    is_flow: bool = False
    least: int = 1  # steps that the library can lay out

    def counts_as_we_do(self, request: Request) -> bool:
        """Flow models run the ceiling of steps * strength, others the floor, and nothing where that is 0."""
        spanned = request.plan.scheduled * request.strength
        return request.plan.scheduled >= self.least and request.plan.run == (spanned if self.is_flow else int(spanned))

    def made(self, folder: Path, request: Request, **more: Any) -> Image.Image:
        has_picture = request.strength < 1
        used = pipeline(self.image2image if has_picture else self.text2image, folder, request.scheduler)
        seen = {"image": drawn(request.seed), "strength": float(request.strength)} if has_picture else SIZE
        sized = SIZE if self.is_flow else {}
        options = {"num_inference_steps": request.plan.scheduled, **seen, **sized, **self.options(request), **more}
        generator = torch.Generator("cpu").manual_seed(request.seed)
        image: Image.Image = used(prompt=request.prompt, generator=generator, **options).images[0]
        return image


@cache
def pipeline(kind: Any, folder: Path, scheduler: str) -> Any:
    made = kind.from_pretrained(folder)
    made.set_progress_bar_config(disable=True)
    if scheduler != "model":
        own = made.scheduler.load_config(folder / "scheduler")
        made.scheduler = STOCK[scheduler]({"clip_sample": False, **own})
    return made


SD = Stock(
    image2image=diffusers.StableDiffusionImg2ImgPipeline,
    text2image=diffusers.StableDiffusionPipeline,
    schedulers=("model", *STOCK),
)
XL = replace(SD, image2image=diffusers.StableDiffusionXLImg2ImgPipeline, text2image=diffusers.StableDiffusionXLPipeline)
FEW = replace(XL, scales=(0.0, 1.0), schedulers=("model",))
LCM = replace(SD, options=scaled, scales=(0.0, 1.0, 4.0, 8.0), schedulers=("model",))
SD3 = Stock(
    image2image=diffusers.StableDiffusion3Img2ImgPipeline, text2image=diffusers.StableDiffusion3Pipeline, is_flow=True
)
FLUX = replace(SD3, image2image=diffusers.FluxImg2ImgPipeline, text2image=diffusers.FluxPipeline, options=scaled)
Z_IMAGE = replace(SD3, image2image=diffusers.ZImageImg2ImgPipeline, text2image=diffusers.ZImagePipeline)
QWEN_IMAGE = replace(
    SD3,
    image2image=diffusers.QwenImageImg2ImgPipeline,
    text2image=diffusers.QwenImagePipeline,
    options=truly_guided,
    least=2,
)
KINDS = {
    "sd": SD,
    "lcm": LCM,
    "sdxl": XL,
    "sdxl-turbo": FEW,
    "sdxl-lightning": FEW,
    "sdxl-lightning-1": FEW,
    "sd3": SD3,
    "sd3-dynamic": SD3,
    "flux": FLUX,
    "flux-schnell": replace(FLUX, options=truly_guided),
    "z-image": Z_IMAGE,
    "qwen-image": QWEN_IMAGE,
}


@st.composite
def requests(draw: st.DrawFn, stock: Stock) -> Request:
    """A few steps, counted either way, at strengths that binary floats hold: the library's are."""
    request = request_for(
        scheduler=draw(st.sampled_from(stock.schedulers)),
        steps=draw(st.integers(1, 4)),
        strength=Decimal(draw(st.integers(1, 4))) / 4,
        counting=draw(st.sampled_from(StepCounting)),
        guidance=draw(st.sampled_from(stock.scales)),
        seed=draw(st.integers(0, 2**32 - 1)),
        prompt=draw(st.sampled_from(["a red cat", "dragon"])),
        negative=draw(st.sampled_from(["", "blurry"])),
    )
    assume(stock.counts_as_we_do(request))
    return request


@st.composite
def even(draw: st.DrawFn) -> Request:
    """Of a consistency model, in a schedule that takes every so many-th of the 50 steps it was distilled on."""
    steps = draw(st.sampled_from([2, 5, 10, 25]))
    strength = Decimal(draw(st.integers(1, min(steps, 8)))) / steps
    return draw(requests(LCM)).varied(steps=steps, strength=strength, counting=StepCounting.SCHEDULED)


def several(one: st.SearchStrategy[Request]) -> st.SearchStrategy[list[Request]]:
    return st.lists(one, min_size=1, max_size=4, unique_by=lambda request: request.seed)


def compare(family: Family, asked: list[Request], expected: Callable[[Request], Image.Image]) -> None:
    """All in one batch, and the first by itself."""
    tasks = [task_of(request) for request in asked]
    ended, alone = through(StepBatcher(family), tasks), through(StepBatcher(family), tasks[:1])
    assert difference(image_of(alone, tasks[0]), expected(asked[0])) <= 1
    for task in tasks:
        assert difference(image_of(ended, task), expected(task.request)) <= 1


@pytest.mark.parametrize("kind", KINDS)
@QUICK
@given(data=st.data())
def test_a_batch_gives_what_the_stock_pipelines_give(
    folder_of: Folders, family_named: Families, kind: str, data: st.DataObject
) -> None:
    asked = data.draw(several(requests(KINDS[kind])))
    compare(family_named(kind), asked, lambda request: KINDS[kind].made(folder_of(kind), request))


@QUICK
@given(asked=several(even()))
def test_a_consistency_model_equals_its_own_pipelines_where_these_choose_the_same_steps(
    folder_of: Folders, family_named: Families, asked: list[Request]
) -> None:
    own = replace(
        LCM,
        image2image=diffusers.LatentConsistencyModelImg2ImgPipeline,
        text2image=diffusers.LatentConsistencyModelPipeline,
    )

    def expected(request: Request) -> Image.Image:
        run = request.plan.run  # all of which they spread over what the strength leaves
        return own.made(folder_of("lcm"), request, num_inference_steps=run)

    compare(family_named("lcm"), asked, expected)


def test_the_scale_is_heard_by_the_model_that_takes_it_in(family_named: Families) -> None:
    jobs = [task_of(request_for(scheduler="model", steps=4, seed=1, guidance=guidance)) for guidance in (1.0, 8.0)]
    one, other = (image_of(through(StepBatcher(family_named("lcm")), [job]), job) for job in jobs)
    assert difference(one, other) > 8


@pytest.mark.parametrize("guidance", [0.0, 1.0])
@pytest.mark.parametrize("kind", ["sdxl-turbo", "sdxl-lightning", "lcm", "flux-schnell"])
def test_what_nothing_guides_takes_one_row_a_step(family_named: Families, kind: str, guidance: float) -> None:
    watched = Watched(family_named(kind))
    job = task_of(
        request_for(scheduler="model", steps=4, strength=Decimal("0.75"), guidance=guidance, negative="blurry")
    )
    through(StepBatcher(watched), [job])
    assert watched.rows == [1, 1, 1]
