"""Emphasis, long prompts and skipped layers: in the batch, alone, and against the library's own encoding."""

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

from core.engine.batcher import StepBatcher
from core.engine.clip import CHUNKS, PromptReader
from core.engine.families import family_of
from core.engine.families.family import Family
from core.engine.loading import load_model
from core.engine.runner import PipelineRunner
from core.errors import EngineError, ModelError
from tests.core.engine.batching import task_of, through
from tests.core.engine.conftest import config_for
from tests.core.engine.making import difference, drawn, half_mask, png, request_for, stock_result

Runners = Callable[[str], PipelineRunner]
Folders = Callable[[str], Path]
KINDS = ["sd", "sdxl"]
STOCK = {
    "sd": diffusers.StableDiffusionImg2ImgPipeline,
    "sdxl": diffusers.StableDiffusionXLImg2ImgPipeline,
    "sd3": diffusers.StableDiffusion3Img2ImgPipeline,
}
LONG = "a red cat in blue armour of the dragon, " * 12
WORDS = ["a", "(red:1.4)", "[cat]", "in", "((armour))", r"\(blue\)", "dragon,", "watercolour", LONG]


@pytest.fixture(scope="module")
def family_named(folder_of: Folders) -> Callable[[str], Family]:
    def load(kind: str) -> Family:
        family = family_of(load_model(config_for(folder_of(kind))))
        assert family
        return family

    return cache(load)


@pytest.fixture(scope="module")
def stock_named(folder_of: Folders) -> Callable[[str], Any]:
    return cache(lambda kind: STOCK[kind].from_pretrained(folder_of(kind)))


def prompts() -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prompt=st.lists(st.sampled_from(["a", "red", "cat,", "armour", "zebra!", r"\(blue\)"]), max_size=14).map(" ".join),
    negative=st.sampled_from(["", "blurry", "red cat"]),
    guidance=st.sampled_from([1.0, 5.0]),
)
def test_a_short_prompt_without_marks_becomes_exactly_what_the_library_makes_of_it(
    stock_named: Callable[[str], Any], kind: str, prompt: str, negative: str, guidance: float
) -> None:
    stock = stock_named(kind)
    read = PromptReader(stock).read(request_for(prompt=prompt, negative=negative, guidance=guidance))
    with torch.inference_mode():
        expected = stock.encode_prompt(
            prompt=prompt.replace("\\", ""),
            device=torch.device("cpu"),
            num_images_per_prompt=1,
            do_classifier_free_guidance=guidance > 1,
            negative_prompt=negative or None,
        )
    ours = [read.positive, read.negative, read.pooled, read.negative_pooled]
    for mine, theirs in zip(ours, (*expected, None, None), strict=False):
        assert (mine is None) == (theirs is None)
        assert mine is None or torch.equal(mine, theirs[0])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    several=st.lists(
        st.fixed_dictionaries(
            {
                "prompt": prompts(),
                "negative": st.sampled_from(["", "(blurry:1.5)", "[red] cat", LONG]),
                "guidance": st.sampled_from([1.0, 4.0]),
                "clip_skip": st.integers(0, 1),
                "strength": st.sampled_from([Decimal("0.5"), Decimal(1)]),
            }
        ),
        min_size=1,
        max_size=4,
    )
)
def test_in_the_batch_words_give_the_same_picture_as_through_the_stock_pipeline(
    family_named: Callable[[str], Family], runner_of: Runners, kind: str, several: list[dict[str, Any]]
) -> None:
    jobs = [task_of(request_for(seed=seed, **settings)) for seed, settings in enumerate(several)]
    ended = through(StepBatcher(family_named(kind)), jobs)
    for job in jobs:
        rendered = ended[job.job].rendered
        assert rendered
        assert difference(rendered.image, runner_of(kind).run(job.request, job.picture).image) <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_runner_gives_what_the_stock_pipeline_gives_for_the_same_embeddings(
    stock_named: Callable[[str], Any], runner_of: Runners, kind: str
) -> None:
    stock, picture = stock_named(kind), drawn(1)
    request = request_for(prompt=f"(red:1.6) {LONG}", negative="[blurry]", scheduler="model", steps=8)
    told = PromptReader(stock).read(request).arguments
    bare = {"prompt": None, "negative_prompt": None, **told}
    generator = torch.Generator("cpu").manual_seed(request.seed)
    stock.set_progress_bar_config(disable=True)
    expected = stock(
        **bare, image=picture, strength=0.5, num_inference_steps=8, guidance_scale=3.0, generator=generator
    ).images[0]
    assert difference(runner_of(kind).run(request, png(picture)).image, expected) <= 1


def result(runner: PipelineRunner, **settings: Any) -> Image.Image:
    return runner.run(request_for(steps=4, strength=Decimal("0.75"), **settings), png(drawn(1))).image


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_of_one_is_no_weight_and_another_one_changes_the_picture(runner_of: Runners, kind: str) -> None:
    runner = runner_of(kind)
    usual = result(runner, prompt="a red cat")
    assert difference(result(runner, prompt="a (red:1.0) cat"), usual) == 0
    assert (
        difference(
            result(runner, prompt="a (red:4) cat", guidance=9.0), result(runner, prompt="a red cat", guidance=9.0)
        )
        > 1
    )


@pytest.mark.parametrize("kind", KINDS)
def test_emphasis_moves_the_marked_words_and_leaves_the_others(stock_named: Callable[[str], Any], kind: str) -> None:
    reader = PromptReader(stock_named(kind))
    usual, more, less = (
        reader.read(request_for(prompt=f"a {word} cat")).positive for word in ("red", "(red:1.5)", "(red:0.5)")
    )
    assert torch.equal(usual[:2], more[:2])  # begin, "a"
    assert torch.equal(usual[3:], more[3:])
    torch.testing.assert_close(more[2] - usual[2], usual[2] - less[2])
    assert (more[2] - usual[2]).abs().max() > 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_words_behind_the_first_77_tokens_change_the_picture(runner_of: Runners, kind: str) -> None:
    one, other = (result(runner_of(kind), prompt=f"{LONG} {last}", guidance=9.0) for last in ("red cat", "blue dragon"))
    assert difference(one, other) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_words_behind_the_last_chunk_are_told_as_unread(runner_of: Runners, kind: str) -> None:
    tail = "cat " * (CHUNKS * 75) + "blue armour"
    rendered = runner_of(kind).run(request_for(prompt=tail), png(drawn(1)))
    assert rendered.unread == "blue armour"
    assert runner_of(kind).run(request_for(prompt=LONG), png(drawn(1))).unread == ""


@pytest.mark.parametrize("kind", ["sd", "sdxl", "sd3"])
def test_clip_skip_is_the_library_s(stock_named: Callable[[str], Any], runner_of: Runners, kind: str) -> None:
    stock, picture = stock_named(kind), drawn(1)
    if kind == "sd":  # the library looks for the final norm where older text encoders had it
        object.__setattr__(stock.text_encoder, "text_model", stock.text_encoder)
    request = request_for(clip_skip=1, negative="blurry", scheduler="model", steps=8)
    more = {"width": 32, "height": 32} if kind == "sd3" else {}
    expected = stock_result(stock, request, picture, strength=0.5, clip_skip=1, **more)
    made = runner_of(kind).run(request, png(picture)).image
    assert difference(made, expected) <= 1
    assert difference(made, stock_result(stock, request, picture, strength=0.5, **more)) > 0


@pytest.mark.parametrize(("kind", "key"), [("sd", "model.clip-skip"), ("z-image", "model.no-clip-skip")])
def test_layers_that_are_not_there_cannot_be_skipped(
    family_named: Callable[[str], Family], runner_of: Runners, kind: str, key: str
) -> None:
    job = task_of(request_for(clip_skip=9, scheduler="model", seed=1))
    with pytest.raises(ModelError) as caught:
        runner_of(kind).run(job.request, job.picture)
    assert caught.value.key == key
    error = through(StepBatcher(family_named(kind)), [job])[job.job].error
    assert isinstance(error, EngineError)
    assert error.key == key


@pytest.mark.parametrize("kind", ["sd3", "flux", "z-image"])
def test_other_text_encoders_read_the_words_without_the_marks(
    family_named: Callable[[str], Family], runner_of: Runners, kind: str
) -> None:
    marked = task_of(request_for(prompt=r"a (red:1.3) [cat] \(x\)", negative="(blurry)", scheduler="model", seed=1))
    bare = marked.request.varied(prompt=r"a red cat \(x\)", negative="blurry")
    expected = runner_of(kind).run(bare, marked.picture).image
    assert difference(runner_of(kind).run(marked.request, marked.picture).image, expected) == 0
    rendered = through(StepBatcher(family_named(kind)), [marked])[marked.job].rendered
    assert rendered
    assert difference(rendered.image, expected) <= 1


def test_other_text_encoders_say_what_they_have_no_room_for(runner_of: Runners) -> None:
    request = request_for(prompt="cat " * 255 + "blue armour", scheduler="model")
    assert runner_of("sd3").run(request, png(drawn(1))).unread == "blue armour"


def test_marks_work_in_a_mask_s_stock_pipeline_too(family_named: Callable[[str], Family], runner_of: Runners) -> None:
    job = task_of(request_for(prompt=f"(red:1.5) {LONG}", negative="[cat]", seed=1), mask=png(half_mask()))
    rendered = through(StepBatcher(family_named("sd")), [job])[job.job].rendered
    assert rendered
    assert difference(rendered.image, runner_of("sd").run(job.request, job.picture, job.mask).image) <= 1
