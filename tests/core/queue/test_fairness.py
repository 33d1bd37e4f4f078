"""The order of turns, drawn at random and looked at for what people would call unfair."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from core.queue.fairness import Turn, close_gap, take_turns

costs = st.floats(min_value=0.01, max_value=100.0)
people = st.sampled_from("abc")


@dataclass
class Queue:
    """The smallest queue that follows the rules: turns of each person, the lowest rank next."""

    now: float = 0.0
    last: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, deque[Turn]] = field(default_factory=dict)
    given: dict[str, float] = field(default_factory=dict)

    def submit(self, person: str, cost: float) -> None:
        [turn] = take_turns(self.now, self.last.get(person, 0.0), [cost])
        self.last[person] = turn.rank
        self.waiting.setdefault(person, deque()).append(turn)

    def serve(self) -> str:
        person = min((person for person in self.waiting if self.waiting[person]), key=lambda p: self.waiting[p][0].rank)
        turn = self.waiting[person].popleft()
        self.now = max(self.now, turn.rank)
        self.given[person] = self.given.get(person, 0.0) + turn.cost
        return person


@given(costs_of=st.tuples(*[st.lists(costs, min_size=1, max_size=30)] * 3), history=st.lists(st.tuples(people, costs)))
def test_people_who_both_wait_get_the_same_up_to_one_job_each(
    costs_of: tuple[list[float], ...], history: list[tuple[str, float]]
) -> None:
    queue = Queue()
    for person, cost in history:  # whatever was before
        queue.submit(person, cost)
        queue.serve()
    queue.given = dict.fromkeys("abc", 0.0)
    for person, theirs in zip("abc", costs_of, strict=True):
        for cost in theirs:
            queue.submit(person, cost)
    while all(queue.waiting.values()):
        queue.serve()
        for one, its in zip("abc", costs_of, strict=True):
            for other, others in zip("abc", costs_of, strict=True):
                # Golestani's bound
                assert queue.given[one] - queue.given[other] <= max(its) + max(others) + 1e-6


@given(behind=st.lists(st.tuples(people, costs), max_size=60), cost=costs)
def test_a_newcomer_waits_for_at_most_its_own_cost_and_one_job_of_each_other_person(
    behind: list[tuple[str, float]], cost: float
) -> None:
    queue = Queue()
    for person, dear in behind:
        queue.submit(person, dear)
    if behind:
        queue.serve()
    queue.given = {}
    queue.submit("newcomer", cost)
    while queue.serve() != "newcomer":
        pass
    for person in queue.given.keys() - {"newcomer"}:
        dearest = max(dear for somebody, dear in behind if somebody == person)
        assert queue.given[person] <= cost + dearest + 1e-6


@given(cost=costs, newcomers=st.floats(min_value=0.5, max_value=100.0))
def test_an_endless_row_of_newcomers_starves_nobody(cost: float, newcomers: float) -> None:
    queue = Queue()
    queue.submit("a", cost)
    for number in range(int(cost / newcomers) + 2):
        queue.submit(f"newcomer {number}", newcomers)
        if queue.serve() == "a":
            return
    raise AssertionError("never served")


@given(theirs=st.lists(costs, min_size=2, max_size=20), others=st.lists(st.tuples(people, costs)))
def test_one_persons_jobs_keep_the_order_of_submission(theirs: list[float], others: list[tuple[str, float]]) -> None:
    queue = Queue()
    for cost in theirs:
        queue.submit("mine", cost)
        for person, dear in others[:2]:
            queue.submit(person, dear)
        queue.serve()
        others = others[2:]
    ranks = [turn.rank for turn in queue.waiting["mine"]]
    assert ranks == sorted(ranks)


@given(
    jobs=st.lists(st.tuples(costs, st.floats(min_value=0.0, max_value=50.0)), min_size=1, max_size=12), which=st.data()
)
def test_a_cancelled_job_leaves_the_order_as_if_it_had_never_been(
    jobs: list[tuple[float, float]], which: st.DataObject
) -> None:
    gone = which.draw(st.integers(min_value=0, max_value=len(jobs) - 1))
    asked = _submitted(jobs)
    moved = asked[:gone] + close_gap(asked[gone], asked[gone + 1 :])
    never = _submitted(jobs, without=gone)
    for one, other in zip(moved, never, strict=True):
        assert abs(one.rank - other.rank) < 1e-6


def _submitted(jobs: list[tuple[float, float]], without: int | None = None) -> list[Turn]:
    """One person's turns; before each job, now moves on by the second number."""
    now, last, turns = 0.0, 0.0, []
    for index, (cost, passed) in enumerate(jobs):
        now += passed
        if index != without:
            [turn] = take_turns(now, last, [cost])
            last = turn.rank
            turns.append(turn)
    return turns


def test_cancelling_a_long_job_does_not_carry_the_ones_behind_it_past_others() -> None:
    queue = Queue(now=0.0)
    queue.submit("a", 100.0)
    queue.now = 90.0  # others were served meanwhile
    queue.submit("a", 1.0)
    [moved] = close_gap(queue.waiting["a"][0], [queue.waiting["a"][1]])
    assert moved.rank == 91.0
