from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.strength import StepCounting, parse_strength, plan_steps
from core.errors import OptionError

strengths = st.decimals(min_value=0, max_value=1, places=3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.6", "0.6"),
        ("0,6", "0.6"),
        (".6", "0.6"),
        ("60%", "0.6"),
        ("60 %", "0.6"),
        ("1", "1"),
        ("0", "0"),
        ("100%", "1"),
    ],
)
def test_every_way_to_write_a_strength_is_read(text: str, value: str) -> None:
    assert parse_strength(text) == Decimal(value)


def test_names_stand_for_the_guides_values() -> None:
    assert parse_strength("Bold") == Decimal("0.75")


@pytest.mark.parametrize(
    "text", ["abc", "-1", "1.5", "101%", "", "nan", "inf", "1e-3000000", "0.6.1", "٠.٥x", "9" * 10_000]
)
def test_what_is_no_strength_is_refused_with_its_range(text: str) -> None:
    with pytest.raises(OptionError, match="from 0 "):
        parse_strength(text)


def test_decimal_steps_are_counted_where_binary_floats_lose_one() -> None:
    assert int(50 * 0.58) == 28
    assert plan_steps(50, Decimal("0.58")).run == 29


@given(st.integers(1, 150), strengths)
def test_the_librarys_own_arithmetic_gives_the_planned_steps(steps: int, strength: Decimal) -> None:
    plan = plan_steps(steps, strength)
    if plan.run:
        assert min(int(plan.scheduled * plan.library_strength), plan.scheduled) == plan.run


@given(st.integers(1, 150), strengths.filter(lambda strength: strength > 0))
def test_any_strength_above_zero_runs_at_least_one_step(steps: int, strength: Decimal) -> None:
    assert 1 <= plan_steps(steps, strength).run <= steps


def test_exact_counting_never_asks_for_more_noise_levels_than_there_are() -> None:
    plan = plan_steps(50, Decimal("0.001"), StepCounting.EXACT)
    assert (plan.scheduled, plan.run) == (1000, 1)


@given(st.integers(1, 50), strengths.filter(lambda strength: strength >= Decimal("0.05")))
def test_exact_counting_runs_the_steps_asked_for_from_the_strengths_noise(steps: int, strength: Decimal) -> None:
    plan = plan_steps(steps, strength, StepCounting.EXACT)
    assert plan.run == steps
    assert abs(Decimal(plan.run) / plan.scheduled - strength) <= Decimal(1) / plan.scheduled


def test_strength_zero_runs_nothing() -> None:
    assert plan_steps(30, Decimal(0)).run == 0
