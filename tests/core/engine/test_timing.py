"""How long a device works, known later: with events that end when the test says so."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pytest
import torch

from core.engine.timing import Stopwatch


@dataclass
class Device:
    """Does what it is asked in order, as far as `done`; each event is a second after the one before."""

    done: int = 0

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def event(self) -> Event:
        return Event(device=self)


@dataclass
class Event:
    device: Device
    number: int = 0

    def record(self) -> None:
        self.number = next(self.device._numbers)

    def query(self) -> bool:
        return self.number <= self.device.done

    def synchronize(self) -> None:
        self.device.done = max(self.device.done, self.number)

    def elapsed_time(self, later: Event) -> float:
        assert later.query(), "asked before it was there"
        return 1000.0 * (later.number - self.number)


def test_work_of_the_processor_is_known_at_once() -> None:
    watch: Stopwatch[str] = Stopwatch(torch.device("cpu"))
    with watch.time("tick"):
        pass
    ((work, seconds),) = watch.known()
    assert work == "tick"
    assert seconds >= 0


def test_work_of_a_device_is_known_when_the_device_has_done_it() -> None:
    device = Device()
    watch: Stopwatch[str] = Stopwatch(torch.device("cpu"), device.event)
    with watch.time("first"):
        pass
    assert list(watch.known()) == []
    device.done = 2
    assert list(watch.known()) == [("first", 1.0)]


def test_the_host_waits_where_it_is_too_far_ahead() -> None:
    device = Device()
    watch: Stopwatch[int] = Stopwatch(torch.device("cpu"), device.event)
    told: list[int] = []
    for number in range(10):
        with watch.time(number):
            pass
        told += [work for work, _ in watch.known()]
        assert number - len(told) < 2
    assert told == list(range(8))


@pytest.mark.parametrize("slow", [False, True])
def test_nothing_is_noted_of_work_that_raises(slow: bool) -> None:
    device = Device()
    watch: Stopwatch[str] = Stopwatch(torch.device("cpu"), device.event if slow else None)
    with pytest.raises(ValueError, match="broken"), watch.time("tick"):
        raise ValueError("broken")
    device.done = 100
    assert list(watch.known()) == []
