"""Qwen-Image through its own pipelines, as the runner calls them, and what is its own in a batch."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from core.engine.families import family_of
from core.engine.families.family import Row
from core.engine.loading import load_model
from core.engine.runner import PipelineRunner
from tests.core.engine.conftest import config_for
from tests.core.engine.making import SIDE, difference, drawn, half_mask, png, request_for

Runners = Callable[[str], PipelineRunner]
WORDS = "a cat in red armour"


def stock(kind: Any, folder: Path, **more: Any) -> Any:
    pipeline = kind.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator("cpu").manual_seed(7)
    size = {"width": SIDE, "height": SIDE}
    options = {"prompt": WORDS, "negative_prompt": "blurry", "true_cfg_scale": 4.0, "num_inference_steps": 6}
    return pipeline(generator=generator, **options, **size, **more).images[0]


@pytest.mark.parametrize("strength", ["0.5", "1"])
@pytest.mark.parametrize("masked", [False, True])
def test_the_runner_gives_what_its_pipelines_give(
    folder_of: Callable[[str], Path], runner_of: Runners, strength: str, masked: bool
) -> None:
    picture = drawn(1)
    request = request_for(
        prompt=WORDS, negative="blurry", guidance=4.0, scheduler="model", strength=Decimal(strength), seed=7
    )
    mask = png(half_mask()) if masked else None
    made = runner_of("qwen-image").run(request, png(picture), mask).image
    kind = diffusers.QwenImageInpaintPipeline if masked else diffusers.QwenImageImg2ImgPipeline
    more = {"image": picture, "strength": float(strength)} | ({"mask_image": half_mask()} if masked else {})
    if strength == "1" and not masked:
        kind, more = diffusers.QwenImagePipeline, {}
    expected = stock(kind, folder_of("qwen-image"), **more)
    if masked:
        expected.paste(picture, (0, 0), half_mask().point(lambda value: 255 - value))
    assert difference(made, expected) <= 1


def test_one_step_gives_a_picture(runner_of: Runners) -> None:
    request = request_for(scheduler="model", steps=1, strength=Decimal(1))
    assert runner_of("qwen-image").run(request, png(drawn(1))).image.size == (SIDE, SIDE)


def test_words_of_any_length_share_an_evaluation_without_hearing_each_other(folder_of: Callable[[str], Path]) -> None:
    family = family_of(load_model(config_for(folder_of("qwen-image"))))
    assert family
    long, short = (family.read(request_for(prompt=prompt)).positive for prompt in (WORDS * 5, "dragon"))
    assert long.structure == short.structure
    samples, timesteps = torch.randn(2, *family.latent_shape(SIDE, SIDE)), torch.tensor([700.0, 300.0])
    together = family.predict(samples, timesteps, [Row(condition=long), Row(condition=short)])
    alone = family.predict(samples[1:], timesteps[1:], [Row(condition=short)])
    assert torch.allclose(together[1:], alone, atol=1e-5)
