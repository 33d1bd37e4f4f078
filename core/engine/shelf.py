"""Several models on one device, as many at a time as its memory holds. Imports no torch.

Whoever is loaded works, in turns by the time it uses. A model that is wanted is brought near in a thread, then room is
made: who is idle leaves, the least recently used first, and never who works. Where all work, those that had their time
take nothing new until they are done, so that nobody waits for a model that others never stop using.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace

from core.domain.catalogue import short_name
from core.domain.job import Problem
from core.engine.contract import EngineConfig, ModelState
from core.engine.policy import Turns
from core.engine.running import Ended, Stepper, Task, interruption
from core.errors import EngineError, ModelError

log = logging.getLogger(__name__)

_WORTH = 4.0  # times the seconds of its loading that a model may work before it must make room: swaps cost a fifth
_AGAIN = 60.0  # seconds before a model that could not be loaded is tried again
_PATIENCE = 0.05  # seconds of a tick in which there is only something to wait for


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """Where models come from.

    `fetch` brings one near in the background and gives the bytes that it will take (0: unknown); it never fails.
    `load` raises EngineError.
    """

    fetch: Callable[[EngineConfig], Future[int]]
    load: Callable[[EngineConfig], Stepper]
    give_back: Callable[[], None]  # frees what models left behind
    memory: int  # bytes that loaded models may take together
    now: Callable[[], float] = time.monotonic


@dataclass(eq=False, kw_only=True, slots=True)
class Place:
    """A loaded model. It `yields` when it takes nothing new, so that another one can have its place."""

    stepper: Stepper
    since: float
    loading: float  # seconds
    used: float
    yields: bool = False

    @property
    def bytes(self) -> int:
        return sum(state.bytes for state in self.stepper.models)

    @property
    def is_idle(self) -> bool:
        return not self.stepper.is_busy


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """A model that is brought near. `near` gives the bytes that it will take."""

    model: str
    near: Future[int]


class Shelf:
    """A `Stepper` over several: tasks go to the one of their request's model."""

    def __init__(self, config: EngineConfig, store: Store) -> None:
        """Loads the default model. Raises ModelError."""
        further = {model: replace(config, model=model, spec=spec) for model, spec in config.further.items()}
        self._configs = {config.model: config} | further
        self._store = store
        self._places: dict[str, Place] = {}
        self._waiting: dict[str, deque[Task]] = {}  # whose first task waits longest is first
        self._coming: Coming | None = None
        self._refused: dict[str, float] = {}  # until when, those that could not be loaded
        self._sizes: dict[str, int] = {}  # bytes, of those that were loaded once
        self._ended: list[Ended] = []
        self._turns: Turns[str] = Turns()
        self._loads = 0
        self._is_untidy = False
        self.models = [ModelState(model=model) for model in self._configs]
        first = self._load(config.model)
        self.device, self.dtype, self.schedulers, self.notes = first.device, first.dtype, first.schedulers, first.notes
        self.capacity = first.capacity * len(self._configs)  # who waits for a model must not keep others from theirs

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting or self._ended or any(place.stepper.is_busy for place in self._places.values()))

    @property
    def figures(self) -> dict[str, float]:
        """The sums over the models that are loaded, and how they come and go."""
        places = list(self._places.values())
        out = {"model_loads": float(self._loads), "models_loaded": float(len(places))}
        for place in places:
            for name, value in place.stepper.figures.items():
                out[name] = out.get(name, 0.0) + value
        return out

    def start(self, task: Task) -> None:
        model = task.request.model
        place = self._places.get(model)
        if place and not place.yields:
            place.stepper.start(task)
        elif error := self._obstacle(model):
            self._ended.append(Ended(job=task.job, error=error))
        else:
            self._waiting.setdefault(model, deque()).append(task)

    def tick(self) -> list[Ended]:
        """A step of one model, and what can be done towards the one that is wanted next."""
        self._drop_interrupted()
        self._bring()
        self._tidy()
        ended, self._ended = self._ended, []
        turn = self._turns.next(model for model, place in self._places.items() if place.stepper.is_busy)
        if turn:
            place, began = self._places[turn], self._store.now()
            ended += place.stepper.tick()
            place.used = self._store.now()
            self._turns.spend(turn, place.used - began)
        elif self._coming and not ended:
            wait([self._coming.near], timeout=_PATIENCE)
        return ended

    # who waits

    def _obstacle(self, model: str) -> EngineError | None:
        """Why a task of this model need not wait."""
        if model not in self._configs:
            known = ", ".join(map(short_name, self._configs))
            return ModelError("not-offered", model=short_name(model), known=known)
        problem = next(state.problem for state in self.models if state.model == model)
        if problem and self._store.now() < self._refused.get(model, 0.0):
            return ModelError(problem.key.partition(".")[2], **problem.values)
        return None

    def _drop_interrupted(self) -> None:
        for model, tasks in list(self._waiting.items()):
            gone = {task.job: reason for task in tasks if (reason := interruption(task.hooks))}
            self._ended += [Ended(job=job, error=reason) for job, reason in gone.items()]
            if left := deque(task for task in tasks if task.job not in gone):
                self._waiting[model] = left
            else:
                del self._waiting[model]

    # who comes

    def _bring(self) -> None:
        """A bit towards the model whose tasks wait longest."""
        if self._coming and self._coming.model not in self._waiting:  # all who wanted it have gone
            self._coming = None
            self._settle()
        if self._coming is None:
            wanted = next(iter(self._waiting), None)
            if wanted is None:
                return
            self._coming = Coming(model=wanted, near=self._store.fetch(self._configs[wanted]))
        if self._coming.near.done() and self._has_made_room(self._needed(self._coming)):
            self._put(self._coming.model)

    def _needed(self, coming: Coming) -> int:
        return self._sizes.get(coming.model) or coming.near.result()

    def _has_made_room(self, needed: int) -> bool:
        """Whether it fits now. One that is larger than all the memory fits where nothing else is."""
        idle = self._least_recently_used(place for place in self._places.values() if place.is_idle)
        others = sum(place.bytes for place in self._places.values())
        if others + needed - sum(place.bytes for place in idle) > self._store.memory and len(idle) < len(self._places):
            self._ask_to_yield(others + needed - self._store.memory)
            return False
        self._shrink(self._store.memory - needed, idle)
        return True

    def _ask_to_yield(self, excess: int) -> None:
        """As many as it takes, of those that had their time, take nothing new."""
        now = self._store.now()
        for place in self._places.values():  # who was loaded first is first
            if excess <= 0:
                return
            place.yields = now - place.since >= _WORTH * place.loading
            excess -= place.bytes

    def _shrink(self, limit: int, idle: list[Place]) -> None:
        """Idle ones leave until the others take no more than `limit` bytes."""
        for place in idle:
            if sum(other.bytes for other in self._places.values()) <= limit:
                return
            self._remove(place)

    def _remove(self, place: Place) -> None:
        model = next(name for name, other in self._places.items() if other is place)
        del self._places[model]
        self._is_untidy = True
        self._note(model, bytes=0)
        log.info("shelf.left model=%s", short_name(model))

    def _put(self, model: str) -> None:
        """Load it, and let its tasks begin, or end where it cannot be loaded."""
        self._coming = None
        tasks = self._waiting.pop(model)
        self._tidy()
        try:
            self._load(model)
        except EngineError as error:
            self._fail(model, tasks, error)
            return
        for task in tasks:
            self._places[model].stepper.start(task)
        self._settle()

    def _fail(self, model: str, tasks: deque[Task], error: EngineError) -> None:
        self._is_untidy = True
        if error.reason == "out-of-memory" and self._places:
            self._sizes[model] = max(self._store.memory, 1)  # it is tried again where nothing else is
            self._waiting = {model: tasks} | self._waiting
            return
        log.warning("shelf.refused model=%s reason=%s", short_name(model), error.reason)
        self._refused[model] = self._store.now() + _AGAIN
        self._note(model, problem=Problem(key=error.key, values=error.values))
        self._ended += [Ended(job=task.job, error=error) for task in tasks]
        self._settle()

    def _settle(self) -> None:
        """Who is still there after somebody came, or did not, goes on."""
        for model, place in self._places.items():
            place.yields = False
            for task in self._waiting.pop(model, ()):
                place.stepper.start(task)
        # the files may have promised less than came
        idle = self._least_recently_used(place for place in self._places.values() if place.is_idle)
        self._shrink(self._store.memory, idle)

    def _tidy(self) -> None:
        """Once nothing refers to those that left."""
        if self._is_untidy:
            self._is_untidy = False
            self._store.give_back()

    def _load(self, model: str) -> Stepper:
        """Raises EngineError."""
        began = self._store.now()
        try:
            stepper = self._store.load(self._configs[model])
        except EngineError:
            raise
        except Exception as error:
            log.exception("shelf.broken model=%s", short_name(model))
            raise ModelError("broken", model=short_name(model)) from error
        now = self._store.now()
        place = self._places[model] = Place(stepper=stepper, since=now, loading=now - began, used=now)
        self._loads += 1
        self._sizes[model] = place.bytes
        self._note(model, bytes=place.bytes, schedulers=list(stepper.schedulers), problem=None)
        log.info("shelf.loaded model=%s megabytes=%d seconds=%.1f", short_name(model), place.bytes / 1e6, now - began)
        return stepper

    def _note(self, model: str, **changes: int | list[str] | Problem | None) -> None:
        """A new list, because another thread reads the old one."""
        self.models = [
            replace(state, **changes) if state.model == model else state  # type: ignore[arg-type]  # fields by name
            for state in self.models
        ]

    @staticmethod
    def _least_recently_used(places: Iterable[Place]) -> list[Place]:
        return sorted(places, key=lambda place: place.used)
