"""Pictures a second and waiting times of the step batcher against what bots do today, in one run.

    python -m benchmarks.engine [--people 1,2,4,8,16] [--jobs 24] [--model bundled] [--device auto] [--side 128]

Baselines: `lock`, the stock pipeline one picture at a time; `threads`, a pipeline object for each of four threads over
the same weights; `requests`, whole requests of identical settings batched together. Loads: everybody always has one
picture under way (saturation), and Poisson arrivals at 0.7 of what the lock can do. Settings are mixed: strengths
0.2 to 1, 10 to 40 steps, all samplers, with and without guidance.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.reporting import report
from core.domain.catalogue import load_catalogue
from core.domain.names import BlobId, JobId
from core.domain.request import Request
from core.engine.batcher import StepBatcher
from core.engine.contract import EngineConfig
from core.engine.families import family_of
from core.engine.families.family import Family, Row
from core.engine.loading import Model, load_model
from core.engine.runner import PipelineRunner
from core.engine.running import Hooks, Task

SAMPLERS = ("ddim", "euler", "euler-ancestral", "dpm++2m", "dpm++2m-karras", "unipc")
PROMPTS = ("a dragon", "a person in a red suit, watercolour", "pencil sketch of a cat", "oil painting")
STATIC_ROWS = 16


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", default="1,2,4,8,16")
    parser.add_argument("--jobs", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    spec = load_catalogue().model(options.model)
    model = load_model(EngineConfig(model=options.model, spec=spec, device=options.device, offline=True))
    bench = Bench(model, options.side)
    print(bench.family.hasten() or "batches run in the model's own precision")
    bench.warm_up()
    people = [int(number) for number in options.people.split(",")]
    report("engine", bench.saturation(people, options.jobs, options.rounds) | bench.arrivals(options.jobs * 2))


@dataclass(kw_only=True)
class Clocked(Hooks):
    """When a job came, showed its first step, and ended; seconds."""

    came: float = field(default_factory=time.perf_counter)
    first: float = 0.0
    ended: float = 0.0

    def stepped(self, step: int, steps: int) -> None:
        self.first = self.first or time.perf_counter()


class Bench:
    """A model, and the ways to serve people with it."""

    def __init__(self, model: Model, side: int) -> None:
        family = family_of(model)
        assert family, "this benchmark is for families that are stepped in batches"
        self.model = model
        self.family: Family = family
        self.runner = PipelineRunner(model)
        self.side = side

    def task(self, number: int) -> Task:
        """The same number always gives the same job."""
        random = Random(number)
        request = Request(
            picture=BlobId(f"picture {number}"),
            prompt=random.choice(PROMPTS),
            width=self.side,
            height=self.side,
            strength=Decimal(random.randint(4, 20)) / 20,
            steps=random.randint(10, 40),
            guidance=random.choice([1.0, 3.0, 5.0, 7.5]),
            scheduler=random.choice(SAMPLERS),
            seed=number,
            model="bench",
        )
        return Task(job=JobId(str(number)), request=request, picture=self.picture(number), mask=None, hooks=Clocked())

    def picture(self, seed: int) -> bytes:
        noise = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(noise).resize((self.side, self.side), Image.Resampling.BICUBIC).save(buffer, "PNG")
        return buffer.getvalue()

    def warm_up(self) -> None:
        for number in (1, 2):
            self.lock([self.task(number)], 1)
        self.batched([self.task(number) for number in range(8)], 8)

    # ways to serve; each takes all tasks and how many are under way at a time

    def lock(self, tasks: list[Task], people: int) -> None:
        self._stock_all(self.runner, tasks)

    def threads(self, tasks: list[Task], people: int) -> None:
        """A pipeline object for each thread, because their schedulers hold state; the weights are shared."""
        runners = [PipelineRunner(_copy(self.model)) for _ in range(min(4, people))]
        shares = [tasks[place :: len(runners)] for place in range(len(runners))]
        with ThreadPoolExecutor(len(runners)) as pool:
            for working in [pool.submit(self._stock_all, *one) for one in zip(runners, shares, strict=True)]:
                working.result()

    def requests(self, tasks: list[Task], people: int) -> None:
        """Whole requests with the same settings in one call: of the people who wait, those that agree."""
        waiting = list(tasks)
        while waiting:
            present, first = waiting[:people], waiting[0]
            together = [task for task in present if _settings(task) == _settings(first)]
            for task in together:
                waiting.remove(task)
            self._stock_batch(together)

    def batched(self, tasks: list[Task], people: int) -> StepBatcher:
        batcher = StepBatcher(self.family)
        left, under_way = list(tasks), 0
        while left or under_way:
            while left and under_way < people:
                batcher.start(left.pop(0))
                under_way += 1
            for ended in batcher.tick():
                assert ended.rendered, ended
                under_way -= 1
        return batcher

    # loads

    def saturation(self, people: list[int], jobs: int, rounds: int) -> dict[str, float]:
        """Pictures a second with so many people who each always have a picture under way; the best of the rounds."""
        figures: dict[str, float] = {}
        ways: dict[str, Callable[[list[Task], int], Any]] = {
            "lock": self.lock,
            "threads": self.threads,
            "requests": self.requests,
            "batched": self.batched,
        }
        for count in people:
            best = dict.fromkeys(ways, float("inf"))
            for _ in range(rounds):
                for name, serve in ways.items():
                    tasks = [self.task(number) for number in range(jobs)]
                    best[name] = min(best[name], _seconds(serve, tasks, count))
            figures |= {f"{name}_{count}_people": jobs / seconds for name, seconds in best.items()}
            figures[f"batched_over_lock_{count}_people"] = best["lock"] / best["batched"]
        return figures | self.static_share(jobs, max(people))

    def static_share(self, jobs: int, people: int) -> dict[str, float]:
        """The batcher's rows a second against those of the bare network in one static batch."""
        watched = _RowCount(self.family)
        tasks = [self.task(number) for number in range(jobs)]
        batcher_family, self.family = self.family, watched
        seconds = _seconds(self.batched, tasks, people)
        self.family = batcher_family
        condition = self.family.read(tasks[0].request).positive
        samples = torch.randn(STATIC_ROWS, *self.family.latent_shape(self.side, self.side)).to(self.family.device)
        timesteps = torch.full((STATIC_ROWS,), 500.0).to(self.family.device)

        def static() -> None:
            self.family.predict(samples, timesteps, [Row(condition=condition)] * STATIC_ROWS)

        static()
        each = min(_seconds(static) for _ in range(5)) / STATIC_ROWS
        return {
            "rows_a_tick": watched.rows / watched.ticks,
            "network_share_of_time": watched.seconds / seconds,
            "host_ms_a_tick": 1000 * (seconds - watched.seconds) / watched.ticks,
            "network_over_static_batch": each * watched.rows / watched.seconds,
            "all_over_static_batch": each * watched.rows / seconds,
        }

    def arrivals(self, jobs: int) -> dict[str, float]:
        """Poisson arrivals at 0.7 of the lock's rate: seconds from arrival to result, and to the first step."""
        tasks = [self.task(number) for number in range(jobs)]
        each = _seconds(self.lock, tasks, 1) / jobs
        random = Random(1)
        gaps = [random.expovariate(0.7 / each) for _ in range(jobs)]
        figures = {"arrivals_a_second": 0.7 / each}
        for name, serve in (("lock", self._lock_on_arrival), ("batched", self._batched_on_arrival)):
            ended = sorted(
                serve([self.task(number) for number in range(jobs)], gaps), key=lambda one: one.ended - one.came
            )
            waits = [one.ended - one.came for one in ended]
            figures[f"{name}_p50_seconds"] = statistics.median(waits)
            figures[f"{name}_p95_seconds"] = waits[int(len(waits) * 0.95) - 1]
            figures[f"{name}_first_step_p50_seconds"] = statistics.median(one.first - one.came for one in ended)
        return figures

    def _lock_on_arrival(self, tasks: list[Task], gaps: list[float]) -> list[Clocked]:
        out = []
        for task, came in _schedule(tasks, gaps):
            while time.perf_counter() < came:
                time.sleep(0.001)
            self._stock(self.runner, task)
            out.append(_ended(task, came))
        return out

    def _batched_on_arrival(self, tasks: list[Task], gaps: list[float]) -> list[Clocked]:
        batcher, out = StepBatcher(self.family), []
        coming = list(_schedule(tasks, gaps))
        arrived = {task.job: (task, came) for task, came in coming}
        while coming or batcher.is_busy:
            while coming and coming[0][1] <= time.perf_counter():
                batcher.start(coming.pop(0)[0])
            if not batcher.is_busy:
                time.sleep(0.001)
                continue
            out += [_ended(*arrived[ended.job]) for ended in batcher.tick()]
        return out

    def _stock_all(self, runner: PipelineRunner, tasks: list[Task]) -> None:
        for task in tasks:
            self._stock(runner, task)

    def _stock(self, runner: PipelineRunner, task: Task) -> None:
        runner.run(task.request, task.picture, None, task.hooks)

    def _stock_batch(self, tasks: list[Task]) -> None:
        if len(tasks) == 1:
            self._stock(self.runner, tasks[0])
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


class _RowCount:
    """A family that counts what its network does."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self.rows = self.ticks = 0
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._family, name)

    def predict(self, samples: torch.Tensor, timesteps: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        began = time.perf_counter()
        made = self._family.predict(samples, timesteps, rows)
        self.seconds += time.perf_counter() - began
        self.rows += len(samples)
        self.ticks += 1
        return made


def _copy(model: Model) -> Model:
    pipeline = type(model.image2image)(**model.image2image.components, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    return Model(name=model.name, device=model.device, dtype=model.dtype, offload=False, image2image=pipeline)


def _settings(task: Task) -> tuple[Any, ...]:
    request = task.request
    return (request.plan, request.guidance, request.scheduler, request.strength == 1)


def _schedule(tasks: list[Task], gaps: list[float]) -> Iterator[tuple[Task, float]]:
    """Each with the moment of its arrival."""
    moment = time.perf_counter()
    for task, gap in zip(tasks, gaps, strict=True):
        moment += gap
        yield task, moment


def _ended(task: Task, came: float) -> Clocked:
    assert isinstance(task.hooks, Clocked)
    task.hooks.came, task.hooks.ended = came, time.perf_counter()
    return task.hooks


def _seconds(work: Callable[..., Any], *arguments: Any) -> float:
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
