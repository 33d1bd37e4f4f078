"""Schedulers by their names, whatever the model's own one is and whatever its configuration leaves out."""

from __future__ import annotations

from typing import Any

import diffusers
import pytest

from core.engine.schedulers import build_scheduler, usable_names
from core.errors import ModelError
from tests.small_models import BETAS

# configurations as they are found: much is left to the library
BRIEF = {
    "ddim": diffusers.DDIMScheduler(**BETAS),
    "euler": diffusers.EulerDiscreteScheduler(**BETAS),
    "dpm": diffusers.DPMSolverMultistepScheduler(**BETAS),
    "lcm": diffusers.LCMScheduler(**BETAS),
}
PREDICTS_PICTURES = diffusers.EulerDiscreteScheduler(**BETAS, prediction_type="sample", timestep_spacing="trailing")


@pytest.mark.parametrize("own", BRIEF.values(), ids=BRIEF)
@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("dpm++2m", "use_karras_sigmas", False),
        ("dpm++2m-karras", "use_karras_sigmas", True),
        ("dpm++2m-sde", "algorithm_type", "sde-dpmsolver++"),
        ("ddim", "clip_sample", False),
    ],
)
def test_a_name_means_what_it_says_where_the_models_configuration_is_silent(
    own: Any, name: str, option: str, value: object
) -> None:
    assert build_scheduler(name, own, "model", 8).config[option] == value


def test_what_a_models_configuration_says_is_kept() -> None:
    own = diffusers.DDIMScheduler(**BETAS, clip_sample=True, prediction_type="v_prediction")
    made = build_scheduler("ddim", own, "model", 8)
    assert (made.config.clip_sample, made.config.prediction_type) == (True, "v_prediction")


@pytest.mark.parametrize("name", ["lcm", "model"])
@pytest.mark.parametrize("steps", [4, 50, 60])
def test_consistency_models_take_more_steps_than_their_grid_has(name: str, steps: int) -> None:
    made = build_scheduler(name, BRIEF["lcm"], "model", steps)
    made.set_timesteps(steps)
    assert len(made.timesteps) == steps


def test_a_grid_of_its_own_is_kept() -> None:
    own = diffusers.LCMScheduler(**BETAS, original_inference_steps=100)
    assert build_scheduler("lcm", own, "model", 4).config.original_inference_steps == 100


@pytest.mark.parametrize("name", ["euler-ancestral", "pndm"])
def test_what_cannot_step_a_network_that_predicts_pictures_is_refused(name: str) -> None:
    assert name not in usable_names(PREDICTS_PICTURES)
    with pytest.raises(ModelError):
        build_scheduler(name, PREDICTS_PICTURES, "model", 4)
