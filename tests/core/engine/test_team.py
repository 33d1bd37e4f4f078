"""How many threads compute together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from core.engine.batcher import StepBatcher
from core.engine.families import family_of
from core.engine.loading import load_model
from core.engine.runner import PipelineRunner
from core.engine.team import Team
from tests.core.engine.batching import task_of, through
from tests.core.engine.conftest import config_for
from tests.core.engine.making import request_for


def work(team: Team, seconds: float, cores: float, since: float = 0.0) -> float:
    """Ticks of 50 ms for so long, on that many cores; what time it is then."""
    now = since
    while now < since + seconds:
        now += 0.05
        team.worked(0.05, 0.05 * min(cores, team.size), now)
    return now


def test_all_threads_work_while_they_get_their_cores() -> None:
    team = Team(8)
    work(team, 30, cores=7.5)
    assert team.size == 8


@pytest.mark.parametrize(("most", "cores", "left"), [(2, 1.0, 1), (2, 0.4, 1), (8, 5.2, 5), (1, 0.2, 1)])
def test_as_many_work_as_there_are_cores_for(most: int, cores: float, left: int) -> None:
    team = Team(most)
    work(team, 1, cores=cores)
    assert team.size == left


def test_all_are_tried_again_after_a_while() -> None:
    team = Team(2)
    now = work(team, 1, cores=1.0)
    assert team.size == 1
    work(team, 8, cores=2.0, since=now)
    assert team.size == 2


def test_the_longer_somebody_stands_in_the_way_the_seldomer_all_are_tried() -> None:
    team, now, tried = Team(2), 0.0, []
    while now < 600:
        now = work(team, 0.2, cores=1.0, since=now)
        tried.append(team.size == 2)
    assert sum(tried) < 20
    assert any(tried[-400:])


def test_a_disturbance_long_ago_is_forgiven() -> None:
    team = Team(2)
    now = work(team, 300, cores=1.0)
    now = work(team, 300, cores=2.0, since=now)
    now = work(team, 1, cores=1.0, since=now)
    assert team.size == 1
    work(team, 8, cores=2.0, since=now)
    assert team.size == 2


@pytest.fixture
def _two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("_two_threads")
def test_torch_computes_with_that_many_only_while_they_work() -> None:
    team = Team(2)
    with team.at_work():
        assert torch.get_num_threads() == 2
        work(team, 1, cores=1.0)
        team.look()
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with team.at_work():
        assert torch.get_num_threads() == 1


@pytest.mark.usefixtures("_two_threads")
def test_a_batch_and_a_picture_by_itself_have_a_team_that_is_looked_after_at_each_step(
    folder_of: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(config_for(folder_of("sd")))
    family = family_of(model)
    assert family
    batcher, runner, task = StepBatcher(family), PipelineRunner(model), task_of(request_for(seed=1))
    looks: list[int] = []
    monkeypatch.setattr(Team, "look", lambda team: looks.append(torch.get_num_threads()))
    steps = task.request.plan.run
    for team in (batcher._team, runner._team):
        team.size = 1
    assert through(batcher, [task])[task.job].rendered
    assert looks == [1] * steps
    looks.clear()
    runner.run(task.request, task.picture)
    assert looks == [1] * (steps + 1)  # and at the end
    assert torch.get_num_threads() == 2
