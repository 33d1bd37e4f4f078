"""Who is next: fair queuing between people, weighted by what their jobs cost. Pure arithmetic.

Self-clocked fair queuing (Golestani, "A self-clocked fair queueing scheme for broadband applications", INFOCOM 1994).
Virtual time is measured in engine seconds a person has been given. A job's rank is the virtual time at which it
would end if its owner had the engine to themselves: the later of now and the owner's last rank, plus its cost. The
lowest rank goes next, and its rank is the new now.

So somebody's hundredth job stands behind a newcomer's first, a video does not pass as one picture, and two people
who both always wait are given engine time that differs by at most the cost of one job of each. Now moves on with every
job that is served, so a waiting job's rank is reached however many newcomers keep arriving (with start-time fair
queuing, where now is the start of the last job, an endless row of newcomers would all start at the same now).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A job's place in the order, in engine seconds of virtual time. `arrived` is what now was at its submission."""

    arrived: float
    cost: float
    rank: float

    @property
    def start(self) -> float:
        return self.rank - self.cost


def take_turns(now: float, last_rank: float, costs: Iterable[float]) -> list[Turn]:
    """The turns of one person's new jobs, in order. `last_rank` is that of the person's newest job (0: none yet)."""
    turns = []
    for cost in costs:
        last_rank = max(now, last_rank) + cost
        turns.append(Turn(arrived=now, cost=cost, rank=last_rank))
    return turns


def close_gap(gone: Turn, later: Sequence[Turn]) -> list[Turn]:
    """The turns that `later`, the same person's jobs behind `gone`, would have if `gone` had never been asked for.

    Each still counts from when it arrived: cancelling a long job must not carry the ones behind it past other people.
    """
    moved, last_rank = [], gone.start
    for turn in later:
        last_rank = max(turn.arrived, last_rank) + turn.cost
        moved.append(replace(turn, rank=last_rank))
    return moved
