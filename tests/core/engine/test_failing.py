"""What goes wrong takes no more with it than it must: memory, networks, schedulers, pictures, devices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from core.domain.names import JobId
from core.engine import slots
from core.engine.batcher import StepBatcher
from core.engine.families import family_of
from core.engine.families.family import Family
from core.engine.loading import load_model
from core.engine.runner import PipelineRunner
from core.engine.running import Ended, Hooks, Task
from core.engine.steppers import MixedStepper
from core.errors import EngineError
from tests.core.engine.batching import Watched, image_of, task_of, through
from tests.core.engine.conftest import config_for
from tests.core.engine.making import Recorder, difference, request_for

Families = Callable[[str], Family]
Runners = Callable[[str], PipelineRunner]


@pytest.mark.parametrize("most_rows", [2, 1])
def test_memory_that_ends_makes_batches_smaller_and_loses_nothing(
    family_named: Families, runner_of: Runners, most_rows: int
) -> None:
    watched = Watched(family_named("sd"), most_rows=most_rows)
    jobs = [task_of(request_for(seed=seed)) for seed in range(4)]
    ended = through(StepBatcher(watched), jobs)
    assert max(watched.rows) == most_rows
    for job in jobs:
        alone = runner_of("sd").run(job.request, job.picture).image
        assert difference(image_of(ended, job), alone) <= 1


def test_a_job_of_which_not_even_one_row_fits_says_that_memory_ended(family_named: Families) -> None:
    job = task_of(request_for(seed=1))
    error = through(StepBatcher(Watched(family_named("sd"), most_rows=0)), [job])[job.job].error
    assert isinstance(error, EngineError)
    assert error.key == "engine.out-of-memory"


def test_pictures_that_do_not_fit_together_are_encoded_and_decoded_apart_from_then_on(family_named: Families) -> None:
    watched = Watched(family_named("sd"), most_pictures=1)
    batcher = StepBatcher(watched)
    asked = watched.most_pictures
    for first in (0, 4):
        jobs = [task_of(request_for(seed=seed, guidance=1.0)) for seed in range(first, first + 4)]
        ended = through(batcher, jobs)
        assert all(ended[job.job].rendered for job in jobs)
    assert set(watched.pictures) == {asked}
    assert len(watched.pictures) == 2 * 8  # each picture once in and once out
    watched.most_pictures = 4
    through(batcher, [task_of(request_for(seed=seed, guidance=1.0)) for seed in range(8, 12)])
    assert set(watched.pictures) == {asked}  # it is remembered


def test_a_picture_gets_a_second_chance_once_memory_was_freed(
    family_named: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    family, job = family_named("sd"), task_of(request_for(seed=1))
    fails = iter([True, False])
    decode = family.decode

    def short(latents: torch.Tensor) -> torch.Tensor:
        if next(fails):
            raise torch.OutOfMemoryError("pretended")
        return decode(latents)

    monkeypatch.setattr(family, "decode", short)
    assert through(StepBatcher(family), [job])[job.job].rendered


@pytest.mark.parametrize("scheduler", ["euler-ancestral", "dpm++2m", "unipc", "dpm++2m-sde"])
def test_a_step_that_fails_behind_the_network_is_taken_again_as_if_nothing_was(
    family_named: Families, monkeypatch: pytest.MonkeyPatch, scheduler: str
) -> None:
    jobs = [task_of(request_for(seed=seed, scheduler=scheduler, steps=8)) for seed in (1, 2)]
    expected = through(StepBatcher(family_named("sd")), jobs)
    calls, original = iter(range(1000)), slots._weights

    def weights(*arguments: Any) -> torch.Tensor:  # asked for once the noise is drawn
        if next(calls) in (3, 5):
            raise torch.OutOfMemoryError("pretended")
        return original(*arguments)

    monkeypatch.setattr("core.engine.slots._weights", weights)
    ended = through(StepBatcher(family_named("sd")), jobs)
    assert next(calls) > 2 * 4
    for job in jobs:
        assert difference(image_of(ended, job), image_of(expected, job)) <= 1


def test_a_tick_that_raises_fails_only_the_job_at_fault(family_named: Families) -> None:
    watched = Watched(family_named("sd"), poison=6.66)
    jobs = [task_of(request_for(seed=seed, guidance=6.66 if seed == 1 else 3.0)) for seed in range(4)]
    ended = through(StepBatcher(watched), jobs)
    assert isinstance(ended[JobId("1")].error, EngineError)
    assert [job for job, end in ended.items() if end.rendered is None] == ["1"]


def test_a_job_that_cannot_begin_fails_alone(family_named: Families) -> None:
    broken = task_of(request_for(seed=1))
    broken = Task(job=broken.job, request=broken.request, picture=b"no picture", mask=None, hooks=Hooks())
    ended = through(
        StepBatcher(family_named("sd")), [task_of(request_for(seed=0)), broken, task_of(request_for(seed=2))]
    )
    assert [job for job, end in ended.items() if end.error] == ["1"]


class Tiring(diffusers.HeunDiscreteScheduler):  # type: ignore[misc]  # the library ships no types
    """Raises in the middle."""

    def step(self, *args: Any, **kwargs: Any) -> Any:
        if self._step_index and self._step_index > 10:
            raise ValueError("pretended")
        return super().step(*args, **kwargs)


def test_a_scheduler_that_raises_in_the_middle_of_a_job_fails_that_job_alone(
    folder_of: Callable[[str], Path], runner_of: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diffusers, "HeunDiscreteScheduler", Tiring)
    model = load_model(config_for(folder_of("sd")))
    family = family_of(model)
    assert family
    stepper = MixedStepper(PipelineRunner(model), StepBatcher(family), "sd", list)
    tired = Recorder()
    jobs = [task_of(request_for(seed=seed, steps=8)) for seed in (1, 2)]
    jobs.insert(1, task_of(request_for(seed=3, steps=8, scheduler="heun"), hooks=tired))
    ended = {end.job: end for end in run(stepper, jobs)}
    assert 0 < len(tired.steps) < 4
    error = ended[JobId("3")].error
    assert isinstance(error, EngineError)
    assert error.key == "engine.failed"
    for job in (jobs[0], jobs[2]):
        alone = runner_of("sd").run(job.request, job.picture).image
        assert difference(image_of(ended, job), alone) <= 1


def run(stepper: MixedStepper, jobs: list[Task]) -> list[Ended]:
    ended: list[Ended] = []
    for job in jobs:
        stepper.start(job)
    while stepper.is_busy:
        ended += stepper.tick()
    return ended


def test_a_device_that_computes_no_more_ends_the_process_and_not_the_jobs(
    family_named: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are leased again by whoever comes next; here they would all fail one by one."""
    family = family_named("sd")

    def lost(*_: Any) -> torch.Tensor:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(family, "predict", lost)
    with pytest.raises(torch.AcceleratorError):
        through(StepBatcher(family), [task_of(request_for(seed=seed)) for seed in range(3)])
