"""Solver tables against the library's schedulers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine.schedulers import build_scheduler, usable_names
from core.engine.solver import NotLinearError, SolverTable, advance, measure
from tests.small_models import BETAS

BATCHED = ["ddim", "euler", "euler-ancestral", "dpm++2m", "dpm++2m-karras", "dpm++2m-sde", "unipc", "lcm", "heun"]
NOISE = {"euler-ancestral", "dpm++2m-sde", "lcm"}
OWN = {
    "epsilon": diffusers.DDIMScheduler(**BETAS, clip_sample=False, set_alpha_to_one=False, steps_offset=1),
    "v": diffusers.DDIMScheduler(
        **BETAS, clip_sample=False, prediction_type="v_prediction", timestep_spacing="trailing"
    ),
    "turbo": diffusers.EulerAncestralDiscreteScheduler(**BETAS, steps_offset=1, timestep_spacing="trailing"),
    "lightning": diffusers.EulerDiscreteScheduler(**BETAS, timestep_spacing="trailing", prediction_type="sample"),
    "lcm": diffusers.LCMScheduler(**BETAS),
    "flow": diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
}


def maker(name: str, own: str, steps: int) -> Callable[[], Any]:
    def make() -> Any:
        scheduler = build_scheduler(name, OWN[own], "model", steps)
        scheduler.set_timesteps(steps)
        return scheduler

    return make


def stepped(scheduler: Any, table: SolverTable, first: int, seed: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The table's own inputs and samples beside the scheduler's, from the same past, in float64."""
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)
    values = torch.Generator().manual_seed(seed)
    ours, theirs = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed)
    sample = torch.randn(1, 4, 4, 4, dtype=torch.float64, generator=values)
    carry, out = torch.zeros_like(sample), []
    past: list[tuple[torch.Tensor, torch.Tensor]] = []
    for row, timestep in enumerate(table.timesteps):
        if hasattr(scheduler, "scale_model_input"):
            scaled = scheduler.scale_model_input(sample, timestep)
            out.append((table.input_scale[row].to(sample) * sample, scaled))
        output = torch.randn(sample.shape, dtype=torch.float64, generator=values)
        past.insert(0, (sample, output))
        try:
            expected = scheduler.step(output, timestep, sample, generator=theirs, return_dict=False)[0]
        except TypeError:
            expected = scheduler.step(output, timestep, sample, return_dict=False)[0]
        noise = torch.zeros_like(sample)
        if table.draws[row]:
            noise = torch.randn(sample.shape, dtype=drawn_by(scheduler), generator=ours).double()
        made, carry = advance(table, row, past, carry, noise)
        out.append((made, expected))
        sample = expected
    return out


def drawn_by(scheduler: Any) -> torch.dtype:
    """The precision of a scheduler's noise: that of what it steps, but for DPM++ SDE."""
    return torch.float32 if isinstance(scheduler, diffusers.DPMSolverMultistepScheduler) else torch.float64


@pytest.mark.parametrize("name", [*BATCHED, "model", "flow-euler"])
@settings(max_examples=20, deadline=None)
@given(data=st.data(), steps=st.integers(1, 60), skipped=st.floats(0, 0.99), seed=st.integers(0, 2**31))
def test_a_table_steps_as_its_scheduler_does(
    name: str, data: st.DataObject, steps: int, skipped: float, seed: int
) -> None:
    own = data.draw(st.sampled_from([own for own in OWN if name in usable_names(OWN[own])]))
    make = maker(name, own, steps)
    first = int(steps * skipped) * make().order
    table = measure(make(), first)
    assert table.evaluations == len(make().timesteps) - first
    for made, expected in stepped(make(), table, first, seed):
        torch.testing.assert_close(made, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", BATCHED)
def test_noise_is_drawn_where_the_scheduler_draws_it(name: str) -> None:
    table = measure(maker(name, "epsilon", 8)(), 0)
    assert any(table.draws) == (name in NOISE)
    assert bool((table.noise != 0).any()) == (name in NOISE)


@pytest.mark.parametrize("name", [*BATCHED, "flow-euler"])
def test_levels_put_noise_on_as_the_scheduler_does_at_the_start(name: str) -> None:
    make = maker(name, "flow" if name == "flow-euler" else "epsilon", 8)
    scheduler, first = make(), 3 * make().order
    table = measure(make(), first)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)
    picture, noise = torch.randn(2, 1, 4, 4, 4)
    timestep = scheduler.timesteps[first : first + 1]
    if name == "flow-euler":
        expected = scheduler.scale_noise(picture, timestep, noise)
    else:
        expected = scheduler.add_noise(picture, noise, timestep)
    a, s = table.levels[0].tolist()
    torch.testing.assert_close(a * picture + s * noise, expected)
    assert table.levels[-1].tolist() == [1.0, 0.0]


def test_the_estimate_of_the_last_step_is_the_result() -> None:
    table = measure(maker("ddim", "v", 8)(), 2)
    sample, output = torch.randn(2, 1, 4, 4, 4)
    made, _ = advance(table, 5, [(sample, output)], torch.zeros_like(sample), torch.zeros_like(sample))
    believed = table.estimate[5, 0] * sample + table.estimate[5, 1] * output
    torch.testing.assert_close(made, believed, rtol=0.05, atol=0.05)


class Clipping(diffusers.EulerDiscreteScheduler):  # type: ignore[misc]  # the library ships no types
    """Does what no weighted sum does."""

    def step(self, *args: Any, **kwargs: Any) -> Any:
        return (super().step(*args, **kwargs)[0].clamp(-0.5, 0.5),)


def test_a_scheduler_that_is_not_linear_is_refused() -> None:
    def make() -> Any:
        scheduler = Clipping(**BETAS)
        scheduler.set_timesteps(8)
        return scheduler

    with pytest.raises(NotLinearError, match="is no weighted sum"):
        measure(make(), 0)


def test_pndm_looks_back_further_than_tables_do() -> None:
    with pytest.raises(NotLinearError, match="looks back"):
        measure(maker("pndm", "epsilon", 8)(), 0)
