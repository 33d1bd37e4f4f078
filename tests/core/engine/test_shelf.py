"""Several models on one device: who is loaded, who leaves, who waits. Steppers here need no network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.catalogue import load_catalogue
from core.domain.names import JobId
from core.engine.contract import EngineConfig, ModelState
from core.engine.running import Ended, Rendered, StoppedError, Task
from core.engine.shelf import Shelf, Store
from core.engine.single import OneAtATime
from core.errors import EngineError, ModelError
from tests.core.engine.making import Recorder, difference, drawn, png, request_for

STEPS = 3
SIZES = {"one": 40, "two": 40, "three": 40, "huge": 1000}
IMAGE = drawn(1)


@dataclass
class House:
    """A device of 100 bytes whose time passes with the work that is done on it."""

    memory: int = 100
    broken: dict[str, str] = field(default_factory=dict)  # why a model cannot be loaded
    time: float = 0.0
    loads: list[str] = field(default_factory=list)
    loading: float = 1.0  # seconds
    shelf: Shelf = field(init=False)
    most: int = 0  # bytes that were loaded at once

    def open(self) -> House:
        spec = load_catalogue().model("bundled")
        config = EngineConfig(model="one", spec=spec, further={name: spec for name in SIZES if name != "one"})
        store = Store(
            fetch=lambda config: at_once(SIZES[config.model]),
            load=self.load,
            give_back=lambda: None,
            memory=self.memory,
            now=lambda: self.time,
        )
        self.shelf = Shelf(config, store)
        return self

    def load(self, config: EngineConfig) -> Stepping:
        self.loads.append(config.model)
        self.time += self.loading
        if config.model in self.broken:
            raise ModelError(self.broken[config.model], model=config.model)
        return Stepping(self, config.model)

    @property
    def loaded(self) -> set[str]:
        return {state.model for state in self.shelf.models if state.bytes}

    def start(self, job: str, model: str, hooks: Recorder | None = None) -> None:
        request = request_for(model=model, steps=STEPS)
        task = Task(job=JobId(job), request=request, picture=b"", mask=None, hooks=hooks or Recorder())
        self.shelf.start(task)

    def tick(self) -> list[Ended]:
        ended = self.shelf.tick()
        self.most = max(self.most, sum(SIZES[model] for model in self.loaded))
        return ended

    def until_idle(self, joining: Iterable[tuple[str, str]] = ()) -> dict[str, Ended]:
        """Everybody's end; a pair of `joining` is started before each tick."""
        ended: dict[str, Ended] = {}
        coming = iter(joining)
        for _ in range(10_000):
            if new := next(coming, None):
                self.start(*new)
            elif not self.shelf.is_busy:
                return ended
            for end in self.tick():
                assert end.job not in ended
                ended[end.job] = end
        raise AssertionError("somebody waits for ever")


def at_once(size: int) -> Future[int]:
    future: Future[int] = Future()
    future.set_result(size)
    return future


class Stepping(OneAtATime):
    """Takes a second for each step of its first task."""

    device, dtype, schedulers, notes, capacity = "none", "float32", ["ddim"], [], 4

    def __init__(self, house: House, model: str) -> None:
        self.house, self.model = house, model
        self.tasks: deque[list[object]] = deque()
        self.done = 0

    @property
    def models(self) -> list[ModelState]:
        return [ModelState(model=self.model, bytes=SIZES[self.model], schedulers=self.schedulers)]

    @property
    def is_busy(self) -> bool:
        return bool(self.tasks)

    def start(self, task: Task) -> None:
        assert task.request.model == self.model
        self.tasks.append([task, 0])

    def tick(self) -> list[Ended]:
        assert self.model in self.house.loaded, "a model that has left still works"
        self.house.time += 1
        self.done += 1
        if self.done % STEPS:
            return []
        task, _ = self.tasks.popleft()
        assert isinstance(task, Task)
        return [Ended(job=task.job, rendered=Rendered(image=IMAGE, steps_run=STEPS))]


def errors_of(ended: dict[str, Ended]) -> dict[str, str]:
    return {job: end.error.key for job, end in ended.items() if isinstance(end.error, EngineError)}


def test_the_default_is_there_at_the_start_and_others_come_when_wanted() -> None:
    house = House().open()
    assert (house.loads, house.loaded) == (["one"], {"one"})
    house.start("a", "two")
    assert house.until_idle()["a"].rendered
    assert house.loaded == {"one", "two"}
    house.start("b", "two")
    house.until_idle()
    assert house.loads == ["one", "two"]
    assert house.shelf.figures == {"model_loads": 2.0, "models_loaded": 2.0}


def test_the_least_recently_used_leaves_when_the_next_does_not_fit() -> None:
    house = House().open()
    for job, model in (("a", "two"), ("b", "one"), ("c", "three")):
        house.start(job, model)
        house.until_idle()
    assert house.loaded == {"one", "three"}
    assert house.most <= house.memory


def test_a_model_that_works_does_not_leave_and_the_others_wait_for_it() -> None:
    house = House(memory=50).open()
    house.start("a", "one")
    house.tick()
    house.start("b", "two")
    ended = house.until_idle()
    assert list(ended) == ["a", "b"]
    assert house.loads == ["one", "two"]


def test_a_model_that_is_never_idle_must_make_room_once_it_had_its_time() -> None:
    house = House(memory=50).open()
    joining = [("wanted", "two"), *((f"{number}", "one") for number in range(30))]
    house.start("first", "one")
    ended = list(house.until_idle(joining))
    assert len(ended) == 32
    assert ended.index("wanted") < 8
    assert house.loads == ["one", "two", "one"]


def test_swaps_cost_no_more_than_a_share_of_the_time() -> None:
    """Two people, each with a model of their own, always want one more picture."""
    house = House(memory=50, loading=20.0).open()
    for model in ("one", "two"):
        house.start(model, model)
    while house.time < 3000:
        for end in house.tick():
            house.start(end.job, end.job)
    assert 4 < len(house.loads) < 3000 / 4 / house.loading


def test_a_model_larger_than_the_memory_is_loaded_where_nothing_else_is() -> None:
    house = House().open()
    house.start("a", "huge")
    assert house.until_idle()["a"].rendered
    assert house.loaded == {"huge"}
    house.start("b", "one")
    assert house.until_idle()["b"].rendered
    assert house.most == SIZES["huge"]
    assert house.loads == ["one", "huge", "one"]


def test_a_model_that_cannot_be_loaded_fails_its_own_jobs_and_is_tried_again_later() -> None:
    house = House(broken={"two": "broken"}).open()
    for job, model in (("a", "one"), ("b", "two"), ("c", "two"), ("d", "one")):
        house.start(job, model)
    assert errors_of(house.until_idle()) == {"b": "model.broken", "c": "model.broken"}
    house.start("soon", "two")
    assert errors_of(house.until_idle()) == {"soon": "model.broken"}
    assert house.loads == ["one", "two"]
    assert [state.problem.key for state in house.shelf.models if state.problem] == ["model.broken"]
    house.broken.clear()
    house.time += 100
    house.start("later", "two")
    assert house.until_idle()["later"].rendered
    assert [state for state in house.shelf.models if state.problem] == []


def test_a_model_that_does_not_fit_beside_others_is_tried_alone() -> None:
    house = House(broken={"two": "out-of-memory"}).open()
    house.start("a", "two")
    assert errors_of(house.until_idle()) == {"a": "model.out-of-memory"}
    assert house.loads == ["one", "two", "two"]
    assert house.loaded == set()
    house.start("b", "one")
    assert house.until_idle()["b"].rendered


def test_a_model_that_is_not_offered_is_said_to_be_gone() -> None:
    house = House().open()
    house.start("a", "/models/Yesterday")
    (end,) = house.until_idle().values()
    assert isinstance(end.error, ModelError)
    assert end.error.sentence.startswith("The model yesterday is not offered here any more: name one of one, two")


def test_a_default_that_cannot_be_loaded_is_raised() -> None:
    with pytest.raises(ModelError):
        House(broken={"one": "broken"}).open()


def test_who_is_cancelled_while_waiting_for_a_model_leaves_and_nobody_makes_room_for_it() -> None:
    house = House(memory=50).open()
    for number in range(8):
        house.start(f"{number}", "one")
    stopped = Recorder(cancel_after=None)
    house.start("b", "two", stopped)
    for _ in range(6):
        house.tick()
    house.start("late", "one")  # which has to wait: its model makes room
    stopped.cancel_after = 0
    ended = house.until_idle()
    assert isinstance(ended["b"].error, StoppedError)
    assert ended["late"].rendered
    house.start("later", "one")
    house.until_idle()
    assert house.loads == ["one"]


@given(
    jobs=st.lists(st.sampled_from(["one", "two", "three", "huge", "broken", "gone"]), max_size=25),
    memory=st.sampled_from([10, 50, 100, 2000]),
    loading=st.sampled_from([0.0, 1.0, 10.0]),
)
def test_everybody_ends_once_whatever_is_wanted_when(jobs: list[str], memory: int, loading: float) -> None:
    house = House(memory=memory, loading=loading, broken={"three": "broken"}).open()
    ended = house.until_idle((f"{number}", model) for number, model in enumerate(jobs))
    assert set(ended) == {f"{number}" for number in range(len(jobs))}
    failed = {job for job, end in ended.items() if end.rendered is None}
    assert failed == {f"{number}" for number, model in enumerate(jobs) if model in {"three", "broken", "gone"}}
    assert house.most <= max(memory, SIZES["huge"] if "huge" in jobs else SIZES["one"])


# real ones


def test_two_real_models_in_little_memory_give_what_they_give_alone(folder_of: Callable[[str], Path]) -> None:
    from core.engine.fetching import fetch
    from core.engine.runner import PipelineRunner
    from core.engine.steppers import MixedStepper
    from tests.core.engine.conftest import config_for

    spec = replace(load_catalogue().model("anything"), dtype="float32")
    first, second = (replace(config_for(folder_of(kind)), spec=spec) for kind in ("sd", "sdxl"))
    size = MixedStepper.load(second).models[0].bytes
    assert fetch(second) == pytest.approx(size, rel=0.01)  # the files know nearly all of it
    config = replace(first, further={second.model: spec})
    store = Store(
        fetch=lambda config: at_once(fetch(config)), load=MixedStepper.load, give_back=lambda: None, memory=size + 1
    )
    shelf = Shelf(config, store)
    picture, ended = png(drawn(1)), []
    for number in range(6):
        request = request_for(model=(first, second)[number % 2].model, seed=number)
        shelf.start(Task(job=JobId(f"{number}"), request=request, picture=picture, mask=None, hooks=Recorder()))
    while shelf.is_busy:
        ended += shelf.tick()
        assert sum(state.bytes for state in shelf.models) <= store.memory
    assert len(ended) == 6
    alone = [PipelineRunner.load(config) for config in (first, second)]
    for end in ended:
        assert end.rendered
        number = int(end.job)
        request = request_for(seed=number)
        assert difference(end.rendered.image, alone[number % 2].run(request, picture).image) <= 1


def test_who_waits_for_a_model_beyond_the_deadline_is_told_so_at_once() -> None:
    house = House().open()
    near: Future[int] = Future()  # never comes
    house.shelf._store = replace(house.shelf._store, fetch=lambda config: near)
    house.start("late", "two", Recorder(late_after=0))
    house.start("patient", "two")
    ended = house.tick() + house.tick()
    assert errors_of({end.job: end for end in ended}) == {"late": "engine.late"}
