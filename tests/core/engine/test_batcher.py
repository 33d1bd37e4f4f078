"""Batched equals alone: many jobs at their own places in one batch, against one run through the library's pipeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.names import BlobId, JobId
from core.domain.request import Request
from core.engine.batcher import StepBatcher
from core.engine.families import family_of
from core.engine.families.family import Family, Row
from core.engine.loading import Model, load_model
from core.engine.runner import PipelineRunner
from core.engine.running import Ended, Hooks, StoppedError, Task
from core.errors import EngineError
from tests.core.engine.conftest import config_for
from tests.core.engine.making import Recorder, difference, drawn, grey_mask, half_mask, png, request_for
from tests.core.engine.test_solver import BATCHED

Runners = Callable[[str], PipelineRunner]
FLOW_KINDS = ["sd3", "sd3-dynamic", "flux", "flux-schnell", "z-image", "qwen-image"]
INPAINTING_KINDS = ["sd-inpainting", "sdxl-inpainting"]
KINDS = ["sd", "sd-16-channels", "sdxl", *INPAINTING_KINDS, *FLOW_KINDS]
WITHOUT_MASKS = {"sd3", "sd3-dynamic"}


@pytest.fixture(scope="session")
def family_named(folder_of: Callable[[str], Path]) -> Callable[[str], Family]:
    def load(kind: str) -> Family:
        family = family_of(load_model(config_for(folder_of(kind))))
        assert family
        return family

    return cache(load)


Families = Callable[[str], Family]


def task_of(request: Request, *, mask: bytes | None = None, hooks: Hooks | None = None) -> Task:
    """Named by its seed, which also draws its picture."""
    picture = png(drawn(request.seed, request.width, request.height))
    named = request.varied(picture=BlobId(f"picture {request.seed}"), mask=BlobId("mask") if mask else None)
    return Task(job=JobId(str(request.seed)), request=named, picture=picture, mask=mask, hooks=hooks or Hooks())


def through(batcher: StepBatcher, tasks: Sequence[Task], random: Random | None = None) -> dict[JobId, Ended]:
    """All tasks to their ends; with `random`, they join at moments it draws."""
    left, ended = list(tasks), {}
    while left or batcher.is_busy:
        joining = len(left) if random is None else random.choice([0, 0, 1, 2])
        for task in left[:joining]:
            assert batcher.accepts(task)
            batcher.start(task)
        left = left[joining:]
        for end in batcher.tick():
            assert end.job not in ended
            ended[end.job] = end
        batcher.check_integrity()
    return ended


@st.composite
def tasks(draw: st.DrawFn, kind: str) -> list[Task]:
    """A handful of jobs that differ in everything a person can choose."""
    schedulers = ["flow-euler", "model"] if kind in FLOW_KINDS else [*BATCHED, "model"]
    made = []
    for seed in range(draw(st.integers(2, 6))):
        steps = draw(st.integers(1, 7))
        width = draw(st.sampled_from([32, 32, 48]))
        masked = draw(st.sampled_from(["no", "no", "no", "hard", "grey"]))
        hard = masked == "hard" and kind not in WITHOUT_MASKS
        mask = png(half_mask()) if hard else png(grey_mask(seed, width)) if masked == "grey" else None
        inpainted = hard or kind in INPAINTING_KINDS
        least = 2 if inpainted and steps == 1 else 1  # stock inpainting takes its only step from pure noise
        request = request_for(
            strength=Decimal(draw(st.integers(least - 1, 4))) / 4 if least == 1 else Decimal(1),
            steps=steps,
            guidance=draw(st.sampled_from([0.0, 1.0, 2.5, 7.0])),
            scheduler=draw(st.sampled_from(schedulers)),
            seed=seed,
            prompt=draw(st.sampled_from(["a red cat", "dragon", "", "a red cat in blue armour, " * 8])),
            negative=draw(st.sampled_from(["", "blurry"])),
            width=width,
        )
        made.append(task_of(request, mask=mask))
    return made


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), moments=st.integers(0, 2**31))
def test_everybody_gets_what_the_stock_pipeline_gives_whoever_joins_when(
    family_named: Families, runner_of: Runners, kind: str, data: st.DataObject, moments: int
) -> None:
    jobs = data.draw(tasks(kind))
    ended = through(StepBatcher(family_named(kind)), jobs, Random(moments))
    for job in jobs:
        rendered = ended[job.job].rendered
        assert rendered
        alone = runner_of(kind).run(job.request, job.picture, job.mask)
        assert rendered.steps_run == alone.steps_run
        assert difference(rendered.image, alone.image) <= 1


def test_strength_one_ignores_all_of_the_picture_but_its_size(family_named: Families) -> None:
    one = task_of(request_for(strength=Decimal(1), seed=1))
    other = Task(job=JobId("2"), request=one.request, picture=png(drawn(2)), mask=None, hooks=Hooks())
    ended = through(StepBatcher(family_named("sd")), [one, other])
    first, second = (ended[job].rendered for job in (one.job, other.job))
    assert first
    assert second
    assert difference(first.image, second.image) <= 1


@dataclass(eq=False)
class Watched:
    """A family whose network is watched, and fails where it is told to."""

    family: Family
    rows: list[int] = field(default_factory=list)
    most_rows: int = 10**6
    poison: float | None = None  # a guidance scale that raises

    def __getattr__(self, name: str) -> Any:
        return getattr(self.family, name)

    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        if len(samples) > self.most_rows:
            raise torch.OutOfMemoryError("pretended")
        if self.poison in [row.guidance for row in rows]:
            raise RuntimeError("pretended")
        self.rows.append(len(samples))
        return self.family.predict(samples, timesteps, rows)


def test_strength_zero_runs_no_model(family_named: Families) -> None:
    watched = Watched(family_named("sd"))
    job = task_of(request_for(strength=Decimal(0), seed=3))
    ended = through(StepBatcher(watched), [job])
    rendered = ended[job.job].rendered
    assert rendered
    assert difference(rendered.image, drawn(3)) == 0
    assert watched.rows == []


def test_neighbours_share_one_evaluation_and_only_the_guided_take_two_rows(family_named: Families) -> None:
    watched = Watched(family_named("sd"))
    jobs = [task_of(request_for(seed=seed, guidance=guidance)) for seed, guidance in ((1, 3.0), (2, 1.0))]
    through(StepBatcher(watched), jobs)
    assert watched.rows == [3, 3, 3]


def test_memory_that_ends_makes_batches_smaller_and_loses_nothing(family_named: Families, runner_of: Runners) -> None:
    watched = Watched(family_named("sd"), most_rows=2)
    jobs = [task_of(request_for(seed=seed)) for seed in range(4)]
    ended = through(StepBatcher(watched), jobs)
    assert max(watched.rows) == 2
    for job in jobs:
        rendered = ended[job.job].rendered
        assert rendered
        assert difference(rendered.image, runner_of("sd").run(job.request, job.picture).image) <= 1


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


def test_a_cancelled_job_leaves_at_the_next_tick_and_others_go_on(family_named: Families) -> None:
    stopped, recorder = Recorder(cancel_after=2), Recorder()
    jobs = [
        task_of(request_for(seed=1, steps=40), hooks=stopped),
        task_of(request_for(seed=2), hooks=recorder),
    ]
    ended = through(StepBatcher(family_named("sd")), jobs)
    assert isinstance(ended[JobId("1")].error, StoppedError)
    assert stopped.steps == [(1, 20), (2, 20)]
    assert ended[JobId("2")].rendered
    assert (recorder.announced, recorder.steps) == (3, [(1, 3), (2, 3), (3, 3)])


@pytest.mark.parametrize("kind", ["sd", "sdxl", "flux", "qwen-image"])
def test_previews_are_made_for_those_who_are_watched(kind: str, folder_of: Callable[[str], Path]) -> None:
    from core.engine.previews import fit_previewer

    model: Model = load_model(config_for(folder_of(kind)))
    family = family_of(model)
    assert family
    seen, unseen = Recorder(watching=True), Recorder()
    request = request_for(scheduler="ddim" if kind.startswith("sd") else "model")
    jobs = [task_of(request, hooks=seen), task_of(request.varied(seed=2), hooks=unseen)]
    through(StepBatcher(family, lambda: fit_previewer(model.image2image)), jobs)
    assert len(seen.previews) == 1  # at most one a second
    assert seen.previews[0].startswith(b"\xff\xd8")
    assert unseen.previews == []


def test_a_second_job_of_the_same_words_and_picture_encodes_neither_again(family_named: Families) -> None:
    batcher = StepBatcher(family_named("sd"))
    first = task_of(request_for(seed=1))
    again = Task(
        job=JobId("again"),
        request=first.request.varied(seed=2, strength=Decimal("0.8")),
        picture=first.picture,
        mask=None,
        hooks=Hooks(),
    )
    through(batcher, [first])
    through(batcher, [again])
    assert (batcher.figures["words_hits"], batcher.figures["pictures_hits"]) == (1, 1)
    assert batcher.figures["ticks"] > 3


def test_schedulers_without_a_table_are_left_to_the_pipeline(family_named: Families) -> None:
    assert not StepBatcher(family_named("sd")).accepts(task_of(request_for(scheduler="pndm", steps=20, seed=1)))


@pytest.mark.parametrize("kind", sorted(WITHOUT_MASKS))
def test_masks_are_left_to_the_pipeline_where_it_decodes_them_its_own_way(family_named: Families, kind: str) -> None:
    batcher = StepBatcher(family_named(kind))
    request = request_for(scheduler="model", seed=1)
    assert batcher.accepts(task_of(request))
    assert not batcher.accepts(task_of(request, mask=png(half_mask())))
    assert batcher.accepts(task_of(request, mask=png(grey_mask(1))))


def test_a_scheduler_that_raises_is_its_job_s_business_alone(
    family_named: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = family_named("sd")

    def broken(request: Request) -> Any:
        raise ValueError("pretended")

    monkeypatch.setattr(family, "scheduler", broken)
    assert not StepBatcher(family).accepts(task_of(request_for(seed=1, scheduler="heun")))


def test_a_job_beyond_its_deadline_leaves_with_a_sentence_and_others_go_on(family_named: Families) -> None:
    late, recorder = Recorder(late_after=2), Recorder()
    jobs = [task_of(request_for(seed=1, steps=40), hooks=late), task_of(request_for(seed=2), hooks=recorder)]
    ended = through(StepBatcher(family_named("sd")), jobs)
    error = ended[JobId("1")].error
    assert isinstance(error, EngineError)
    assert error.key == "engine.late"
    assert late.steps == [(1, 20), (2, 20)]
    assert ended[JobId("2")].rendered


def test_somebody_with_one_job_does_not_wait_behind_all_of_somebody_else_s(family_named: Families) -> None:
    watched = Watched(family_named("sd"), most_rows=2)  # one guided job at a time
    batcher = StepBatcher(watched)
    through(batcher, [task_of(request_for(seed=9)), task_of(request_for(seed=10))])  # it learns what fits
    jobs = [task_of(request_for(seed=seed)) for seed in range(5)]
    jobs = [replace(job, owner="bob" if job.request.seed == 4 else "ann") for job in jobs]
    assert list(through(batcher, jobs)).index(JobId("4")) <= 1
