"""Ways to serve people with one model. Each takes all tasks and how many are under way at a time."""

from __future__ import annotations

import io
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import torch
from PIL import Image

from core.engine.batcher import StepBatcher
from core.engine.families import family_of
from core.engine.families.family import Family
from core.engine.loading import Model
from core.engine.previews import previewer_of
from core.engine.runner import PipelineRunner
from core.engine.running import Ended, Task

_THREADS = 4


class Ways:
    """A loaded model and all that can be done with it."""

    def __init__(self, model: Model) -> None:
        family = family_of(model)
        assert family, "this benchmark is for families that are stepped in batches"
        self.model = model
        self.family: Family = family
        self.runner = PipelineRunner(model)
        self.previewer = cache(lambda: previewer_of(model))

    def lock(self, tasks: list[Task], people: int = 1) -> None:
        """The stock pipeline, one picture at a time."""
        for task in tasks:
            self.stock(task)

    def threads(self, tasks: list[Task], people: int) -> None:
        """A pipeline object for each thread, because their schedulers hold state; the weights are shared."""
        runners = [PipelineRunner(_copy(self.model)) for _ in range(min(_THREADS, people))]
        shares = [tasks[place :: len(runners)] for place in range(len(runners))]
        with ThreadPoolExecutor(len(runners)) as pool:
            for working in [pool.submit(_each, *one) for one in zip(runners, shares, strict=True)]:
                working.result()

    def requests(self, tasks: list[Task], people: int) -> None:
        """Whole requests with the same settings in one call: of the people who wait, those that agree."""
        waiting = list(tasks)
        while waiting:
            first = waiting[0]
            together = [task for task in waiting[:people] if _settings(task) == _settings(first)]
            for task in together:
                waiting.remove(task)
            self._stock_batch(together)

    def batched(self, tasks: list[Task], people: int) -> StepBatcher:
        """Step-level continuous batching: what Restyle does."""
        batcher = self.batcher()
        left, under_way = list(tasks), 0
        while left or under_way:
            while left and under_way < people:
                batcher.start(left.pop(0))
                under_way += 1
            for ended in batcher.tick():
                served(ended)
                under_way -= 1
        return batcher

    def batcher(self) -> StepBatcher:
        return StepBatcher(self.family, self.previewer)

    def stock(self, task: Task) -> None:
        self.runner.run(task.request, task.picture, None, task.hooks)

    def _stock_batch(self, tasks: list[Task]) -> None:
        if len(tasks) == 1:
            self.stock(tasks[0])
            return
        request = tasks[0].request
        pipeline = self.model.image2image
        pipeline.scheduler = self.family.scheduler(request)
        pipeline(
            [task.request.prompt for task in tasks],
            image=[Image.open(io.BytesIO(task.picture)).convert("RGB") for task in tasks],
            strength=request.plan.library_strength,
            num_inference_steps=request.plan.scheduled,
            guidance_scale=request.guidance,
            generator=[torch.Generator().manual_seed(task.request.seed) for task in tasks],
        )


def served(ended: Ended) -> None:
    """A benchmark of failures would measure nothing."""
    assert ended.rendered, ended


def seconds(work: Any, *arguments: Any) -> float:
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


def _each(runner: PipelineRunner, tasks: list[Task]) -> None:
    for task in tasks:
        runner.run(task.request, task.picture, None, task.hooks)


def _copy(model: Model) -> Model:
    pipeline = type(model.image2image)(**model.image2image.components)
    pipeline.set_progress_bar_config(disable=True)
    return Model(name=model.name, device=model.device, dtype=model.dtype, offload=False, image2image=pipeline)


def _settings(task: Task) -> tuple[Any, ...]:
    request = task.request
    return (request.plan, request.guidance, request.scheduler, request.strength == 1)
