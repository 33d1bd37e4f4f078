"""What jobs are thought to cost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.names import BlobId
from core.domain.request import Control, Request
from core.queue.cost import CostModel, work

BASE = Request(
    picture=BlobId("a" * 64),
    prompt="a fox",
    width=512,
    height=512,
    strength=Decimal("0.5"),
    steps=20,
    guidance=7.5,
    scheduler="ddim",
    seed=1,
    model="bundled",
)


@pytest.mark.parametrize(
    "dearer",
    [
        BASE.varied(width=768),
        BASE.varied(steps=30),
        BASE.varied(strength=Decimal("0.6")),
        BASE.varied(controls=(Control(net="edges", end=0.5),)),
    ],
    ids=["more pixels", "more steps", "more strength", "a control"],
)
def test_more_work_costs_more(dearer: Request) -> None:
    assert work(dearer) > work(BASE)


def test_guidance_doubles_the_steps_but_not_the_rest() -> None:
    assert work(BASE) < 2 * work(BASE.varied(guidance=1.0)) < 2 * work(BASE)


def test_a_picture_that_runs_no_step_still_costs_something() -> None:
    assert CostModel().seconds(BASE.varied(strength=Decimal(0), width=8, height=8)) > 0


def test_the_first_job_of_a_model_sets_its_rate_and_no_others() -> None:
    costs = CostModel()
    costs.learn(BASE, 40.0)
    assert costs.seconds(BASE) == pytest.approx(40.0)
    assert costs.seconds(BASE.varied(model="other")) == pytest.approx(work(BASE))


@given(truth=st.floats(min_value=0.01, max_value=1000.0), wrong=st.floats(min_value=0.01, max_value=1000.0))
def test_the_estimate_comes_close_after_a_few_dozen_jobs(truth: float, wrong: float) -> None:
    costs = CostModel()
    costs.learn(BASE, wrong)
    for _ in range(60):
        costs.learn(BASE, truth)
    assert costs.seconds(BASE) == pytest.approx(truth, rel=0.2)


def test_nonsense_teaches_nothing() -> None:
    costs = CostModel()
    costs.learn(BASE, 0.0)
    costs.learn(BASE, -3.0)
    assert costs.seconds(BASE) == pytest.approx(work(BASE))
