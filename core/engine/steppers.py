"""How a loaded model serves several tasks: in one batch where its family and their settings allow, else one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Self

from core.engine.batcher import StepBatcher
from core.engine.contract import EngineConfig, ModelState
from core.engine.families import family_of
from core.engine.loading import load_model
from core.engine.memory import weight_bytes
from core.engine.policy import Turns
from core.engine.previews import previewer_of
from core.engine.runner import PipelineRunner
from core.engine.running import Ended, Task
from core.engine.single import OneAtATime, OverRunner

_CAPACITY = {"cpu": 8, "cuda": 16, "mps": 4}  # tasks at once; more than that only wait inside the engine
Parts = Callable[[], Sequence[object]]  # what a model is made of at the moment: its ControlNets come when used
_BATCH, _SINGLE = "batch", "single"


class MixedStepper(OverRunner):
    """Batches what it can; the rest goes through its own pipeline. The two take turns by the time they use."""

    def __init__(
        self, runner: PipelineRunner, batcher: StepBatcher | None, name: str, parts: Parts, notes: Sequence[str] = ()
    ) -> None:
        super().__init__(runner)
        self._name = name
        self._parts = parts
        self._notes = notes
        self._batcher = batcher
        self._single = OneAtATime(runner)
        self._turns: Turns[str] = Turns()

    @classmethod
    def load(cls, config: EngineConfig) -> Self:
        """Raises ModelError."""
        model = load_model(config)
        family = family_of(model)
        note = family.hasten() if family and config.spec.dtype == "auto" else None
        batcher = StepBatcher(family, lambda: previewer_of(model)) if family else None
        runner = PipelineRunner(model)
        own = [*model.image2image.components.values(), *(vars(family).values() if family else ())]
        return cls(runner, batcher, config.model, lambda: own + model.controlnets.parts, [note] if note else [])

    @property
    def notes(self) -> list[str]:
        return [*super().notes, *self._notes]

    @property
    def models(self) -> list[ModelState]:
        return [ModelState(model=self._name, bytes=weight_bytes(self._parts()), schedulers=self.schedulers)]

    @property
    def capacity(self) -> int:
        return _CAPACITY.get(self.device.partition(":")[0], 4) if self._batcher else 1

    @property
    def is_busy(self) -> bool:
        return bool(self._single.is_busy or (self._batcher and self._batcher.is_busy))

    @property
    def figures(self) -> dict[str, float]:
        return self._batcher.figures if self._batcher else {}

    def start(self, task: Task) -> None:
        if self._batcher and self._batcher.accepts(task):
            self._batcher.start(task)
        else:
            self._single.start(task)

    def tick(self) -> list[Ended]:
        ended: list[Ended] = []
        began = time.perf_counter()
        busy = [_BATCH] if self._batcher and self._batcher.is_busy else []
        busy += [_SINGLE] if self._single.is_busy else []
        turn = self._turns.next(busy)
        if turn == _BATCH and self._batcher:
            ended = self._batcher.tick()
        elif turn == _SINGLE:
            ended = self._single.tick()
        if turn:
            self._turns.spend(turn, time.perf_counter() - began)
        return ended
