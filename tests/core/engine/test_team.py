"""How many threads compute together."""

from __future__ import annotations

import pytest
import torch

from core.engine.team import Team


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


def test_torch_computes_with_that_many_only_while_they_work() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        team = Team(2)
        with team.at_work():
            assert torch.get_num_threads() == 2
            work(team, 1, cores=1.0)
            team.look()
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with team.at_work():
            assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
