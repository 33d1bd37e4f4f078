"""Batched equals alone: many jobs at their own places in one batch, against one run through the library's pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.names import JobId
from core.domain.request import Request
from core.domain.strength import StepCounting
from core.engine.batcher import StepBatcher
from core.engine.families.family import Family
from core.engine.runner import PipelineRunner
from core.engine.running import Hooks, StoppedError, Task
from core.errors import EngineError
from tests.core.engine.batching import Watched, image_of, task_of, through
from tests.core.engine.making import Recorder, difference, drawn, grey_mask, half_mask, png, request_for
from tests.core.engine.test_solver import BATCHED

Runners = Callable[[str], PipelineRunner]
FLOW_KINDS = ["sd3", "sd3-dynamic", "flux", "flux-schnell", "z-image", "qwen-image"]
INPAINTING_KINDS = ["sd-inpainting", "sdxl-inpainting"]
KINDS = ["sd", "sd-16-channels", "lcm", "sdxl", *INPAINTING_KINDS, *FLOW_KINDS]
Families = Callable[[str], Family]
WITHOUT_MASKS = {"sd3", "sd3-dynamic"}


@st.composite
def requests(draw: st.DrawFn, kind: str, masked: str) -> Request:
    """Whatever a person can choose."""
    steps = draw(st.integers(1, 7))
    inpainted = masked == "hard" or kind in INPAINTING_KINDS
    least = 2 if inpainted and steps == 1 else 1  # stock inpainting takes its only step from pure noise
    counting = draw(st.sampled_from([StepCounting.SCHEDULED, StepCounting.SCHEDULED, StepCounting.EXACT]))
    return request_for(
        strength=Decimal(draw(st.integers(least - 1, 4))) / 4 if least == 1 else Decimal(1),
        steps=steps,
        counting=counting,
        guidance=draw(st.sampled_from([0.0, 1.0, 2.5, 7.0])),
        scheduler=draw(st.sampled_from(["flow-euler", "model"] if kind in FLOW_KINDS else [*BATCHED, "model"])),
        seed=draw(st.integers(0, 2**32 - 1)),
        prompt=draw(st.sampled_from(["a red cat", "dragon", "", "a red cat in blue armour, " * 8])),
        negative=draw(st.sampled_from(["", "blurry"])),
        width=draw(st.sampled_from([32, 32, 48])),
        height=draw(st.sampled_from([32, 32, 32, 48])),
    )


@st.composite
def tasks(draw: st.DrawFn, kind: str) -> list[Task]:
    """A handful of jobs that differ in everything; some are cancelled on the way."""
    made: dict[int, Task] = {}
    for _ in range(draw(st.integers(2, 6))):
        masked = draw(st.sampled_from(["no", "no", "no", "hard", "grey"]))
        masked = "no" if masked == "hard" and kind in WITHOUT_MASKS else masked
        request = draw(requests(kind, masked))
        grey = grey_mask(request.seed, request.width, request.height)
        mask = png(half_mask()) if masked == "hard" else png(grey) if masked == "grey" else None
        leaves = draw(st.sampled_from([None, None, None, 0, 1, 3]))
        made[request.seed] = task_of(request, mask=mask, hooks=Recorder(cancel_after=leaves))
    return list(made.values())


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), moments=st.integers(0, 2**31))
def test_everybody_gets_what_the_stock_pipeline_gives_whoever_joins_and_leaves_when(
    family_named: Families, runner_of: Runners, kind: str, data: st.DataObject, moments: int
) -> None:
    jobs = data.draw(tasks(kind))
    ended = through(StepBatcher(family_named(kind)), jobs, Random(moments))
    for job in jobs:
        rendered = ended[job.job].rendered
        if rendered is None:
            assert isinstance(ended[job.job].error, StoppedError)
            assert job.hooks.cancelled
            continue
        alone = runner_of(kind).run(job.request, job.picture, job.mask)
        assert rendered.steps_run == alone.steps_run
        assert difference(rendered.image, alone.image) <= 1


@pytest.mark.parametrize("kind", ["sd", "sdxl", "flux"])
def test_other_neighbours_in_as_many_rows_change_no_bit(family_named: Families, kind: str) -> None:
    job = task_of(request_for(seed=1, scheduler="model", steps=8))
    seen = []
    for seed in (2, 3):
        other = request_for(seed=seed, scheduler="model", steps=8, prompt=f"a cat {seed}", guidance=float(seed))
        seen.append(image_of(through(StepBatcher(family_named(kind)), [job, task_of(other)]), job))
    assert difference(*seen) == 0


def test_strength_one_ignores_all_of_the_picture_but_its_size(family_named: Families) -> None:
    one = task_of(request_for(strength=Decimal(1), seed=1))
    other = Task(job=JobId("2"), request=one.request, picture=png(drawn(2)), mask=None, hooks=Hooks())
    ended = through(StepBatcher(family_named("sd")), [one, other])
    first, second = (ended[job].rendered for job in (one.job, other.job))
    assert first
    assert second
    assert difference(first.image, second.image) <= 1


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
