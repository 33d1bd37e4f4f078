"""Who is stepped, and how many: no torch."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.engine.policy import CostCurve, Shares, Turns, bucket_of


def settle(curve: CostCurve, fixed: float, each: float) -> int:
    """Run full ticks on a device of that cost until the limit stays."""
    for _ in range(60):
        curve.observe(curve.limit, fixed + each * curve.limit)
    return curve.limit


def test_rows_grow_while_they_cost_nothing() -> None:
    assert settle(CostCurve(cap=64), fixed=1.0, each=0.0) == 64


def test_rows_stay_few_where_each_costs_its_full_price() -> None:
    assert settle(CostCurve(cap=64), fixed=0.0, each=1.0) <= 8


def test_one_job_at_a_time_where_a_second_one_only_makes_both_slow() -> None:
    curve = CostCurve(cap=64)
    for _ in range(3):
        curve.observe(2, 2.0)  # somebody was alone
    assert settle(curve, fixed=0.0, each=1.0) == 2


def test_rows_stop_at_the_knee() -> None:
    """Twice 8 gives 1.05 as many a second, twice 16 only 1.03."""
    assert settle(CostCurve(cap=64), fixed=1.0, each=1.0) in {8, 16, 32}


def test_the_first_tick_of_a_number_of_rows_does_not_count_against_it() -> None:
    """It chooses its kernels, which takes longer than the tick, and jobs that come and go make many numbers of rows."""
    curve = CostCurve(cap=16)
    while curve.limit < 16:
        curve.observe(curve.limit, 1.0)
    for rows in range(9, 17):
        curve.observe(rows, 10.0)
    assert curve.limit == 16


def test_a_bad_moment_does_not_keep_batches_small_for_good() -> None:
    """While another program works, a larger batch looks slow; afterwards it is tried again."""
    curve = CostCurve(cap=16)
    while curve.limit < 16:
        curve.observe(curve.limit, 1.0)
    for _ in range(20):
        curve.observe(16, 5.0)
    assert curve.limit == 8
    settled = [_tick(curve, 1.0) for _ in range(100)]
    assert settled[-1] == 16
    assert settled.count(8) < 70


def _tick(curve: CostCurve, seconds: float) -> int:
    rows = curve.limit
    curve.observe(rows, seconds)
    return rows


@given(rows=st.integers(1, 1000))
def test_a_bucket_holds_its_rows(rows: int) -> None:
    assert bucket_of(rows) // 2 < rows <= bucket_of(rows)


def test_what_did_not_fit_is_remembered() -> None:
    curve = CostCurve(cap=64)
    curve.shrink(16)
    assert settle(curve, fixed=1.0, each=0.0) == 8
    curve.shrink(1)
    assert curve.limit == 1


def test_keys_share_the_device_by_time_not_by_turns() -> None:
    turns: Turns[str] = Turns()
    cost = {"cheap": 0.02, "dear": 0.9}
    spent = dict.fromkeys(cost, 0.0)
    for _ in range(1000):
        key = turns.next(cost)
        assert key
        spent[key] += cost[key]
        turns.spend(key, cost[key])
    assert abs(spent["cheap"] - spent["dear"]) < 2.5


def test_a_key_without_work_saves_up_nothing() -> None:
    turns: Turns[str] = Turns()
    for _ in range(100):
        assert turns.next(["one"]) == "one"
        turns.spend("one", 1.0)
    order = []
    for _ in range(20):
        key = turns.next(["one", "two"])
        assert key
        order.append(key)
        turns.spend(key, 1.0)
    assert order.count("one") >= 8
    assert turns.next([]) is None


def test_owners_who_are_level_take_turns_and_the_least_served_comes_first() -> None:
    shares: Shares[str] = Shares()
    shares.keep(["ann", "bob"])
    assert shares.order(["ann", "ann", "ann", "bob"]) == [0, 3, 1, 2]
    shares.spend("ann", 10.0)
    assert shares.order(["ann", "ann", "bob", "bob"]) == [2, 3, 0, 1]


def test_a_share_of_a_moment_sends_nobody_back() -> None:
    shares: Shares[str] = Shares()
    shares.keep(["ann", "bob"])
    shares.spend("ann", 0.2)
    assert shares.order(["ann", "bob"]) == [0, 1]


def test_a_newcomer_starts_level_with_the_least_served() -> None:
    shares: Shares[str] = Shares()
    shares.keep(["ann", "bob"])
    shares.spend("ann", 100.0)
    shares.spend("bob", 50.0)
    shares.keep(["ann", "bob", "cay"])
    assert shares.order(["ann", "bob", "cay"]) == [1, 2, 0]
    shares.keep(["ann", "cay"])
    shares.keep(["ann", "bob", "cay"])  # what bob had is forgotten
    shares.spend("cay", 20.0)
    assert shares.order(["cay", "ann", "bob"]) == [2, 0, 1]


@given(seconds=st.lists(st.floats(0.01, 0.9), min_size=3, max_size=3), jobs=st.integers(1, 4))
def test_whatever_their_jobs_cost_owners_who_always_have_work_get_the_same(seconds: list[float], jobs: int) -> None:
    shares: Shares[int] = Shares()
    shares.keep(range(3))
    given_to = [0.0, 0.0, 0.0]
    owners = [0] * 6 + [1] * jobs + [2]
    for _ in range(400):
        for place in shares.order(owners)[:1]:
            owner = owners[place]
            given_to[owner] += seconds[owner]
            shares.spend(owner, seconds[owner])
    assert max(given_to) - min(given_to) <= 3.0
