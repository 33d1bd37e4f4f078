"""What Prometheus and the operator page see. Numbers and ids only: no prompt, no name."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.replies import say_problem
from core.domain.catalogue import short_name
from core.domain.job import Job
from core.domain.names import JobId
from core.service.events import EngineState, EngineStatus, Happening, JobEvent
from core.service.states import QueueView

_FAILURES_KEPT = 20
_LAG_EVERY = 0.5  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A job that failed, for the operator: when, which, and the sentence."""

    at: float
    job: JobId
    model: str
    size: str
    sentence: str


class Metrics:
    """One registry for each application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.snapshot = Snapshot()
        self.registry.register(self.snapshot)
        self.failures: deque[Failure] = deque(maxlen=_FAILURES_KEPT)
        self._steps: dict[JobId, tuple[int, int]] = {}
        self._ended = Counter("restyle_jobs_ended", "Jobs that ended.", ["status"], registry=self.registry)
        self._done_steps = Counter("restyle_steps", "Denoising steps that were run.", registry=self.registry)
        self.sockets = Gauge("restyle_websockets", "Open pages.", registry=self.registry)
        self.lag = Gauge("restyle_event_loop_lag_seconds", "How late the event loop woke.", registry=self.registry)
        self._submit = Histogram(
            "restyle_submit_seconds",
            "From a command's arrival to its answer.",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self.registry,
        )

    @contextmanager
    def submitting(self) -> Iterator[None]:
        """Times a command, refused ones included."""
        started = perf_counter()
        try:
            yield
        finally:
            self._submit.observe(perf_counter() - started)

    def count(self, event: JobEvent) -> None:
        """Events of one job may be skipped in the middle, never the last: steps are counted by difference."""
        step, steps = self._steps.get(event.job, (0, 0))
        if event.happening in {Happening.STARTED, Happening.STEPPED}:
            self._done_steps.inc(max(0, event.step - step))
            self._steps[event.job] = (event.step, event.steps)
        elif event.happening is Happening.QUEUED:  # back in the queue: it starts from nothing
            self._steps.pop(event.job, None)
        elif event.is_last:
            self._steps.pop(event.job, None)
            self._done_steps.inc(steps - step if event.happening is Happening.DONE else 0)
            self._ended.labels(status=event.happening.value).inc()

    def note_failure(self, at: float, job: Job) -> None:
        if job.problem:
            size = f"{job.request.width}x{job.request.height}"
            sentence = say_problem(job.problem)
            failure = Failure(at=at, job=job.id, model=job.request.model, size=size, sentence=sentence)
            self.failures.appendleft(failure)

    async def measure_lag(self, app: web.Application) -> AsyncIterator[None]:
        """A cleanup context of the application."""
        task = asyncio.create_task(self._measure_lag(), name="web-loop-lag")
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _measure_lag(self) -> None:
        while True:
            started = perf_counter()
            await asyncio.sleep(_LAG_EVERY)
            self.lag.set(max(0.0, perf_counter() - started - _LAG_EVERY))

    def text(self, view: QueueView, engines: list[EngineStatus]) -> bytes:
        """Prometheus' text format, with the queue and engines as they are now."""
        self.snapshot.view, self.snapshot.engines = view, engines
        return generate_latest(self.registry)


class Snapshot(Collector):
    """What is known only when asked: the queue's load and the engines' own counts."""

    def __init__(self) -> None:
        self.view: QueueView | None = None  # None until somebody asks
        self.engines: list[EngineStatus] = []

    def collect(self) -> Iterable[Metric]:
        if self.view:
            yield from self._queue(self.view)
        yield from self._engines()

    def _queue(self, view: QueueView) -> Iterable[Metric]:
        load = view.load
        jobs = GaugeMetricFamily("restyle_jobs", "Jobs that have not ended.", labels=["status"])
        jobs.add_metric(["queued"], load.waiting)
        jobs.add_metric(["running"], load.running)
        yield jobs
        yield GaugeMetricFamily("restyle_people_waiting", "People with a waiting job.", value=load.people)
        yield GaugeMetricFamily("restyle_queue_cost_seconds", "Estimated engine seconds.", value=load.cost)
        recalls = CounterMetricFamily(
            "restyle_exact_requests", "Jobs by whether an equal one's result answered them.", labels=["cache"]
        )
        recalls.add_metric(["hit"], view.recalls.hits)
        recalls.add_metric(["miss"], view.recalls.misses)
        yield recalls

    def _engines(self) -> Iterable[Metric]:
        state = GaugeMetricFamily("restyle_engine_state", "1 for the state it is in.", labels=["engine", "state"])
        counts = [
            CounterMetricFamily("restyle_engine_busy_seconds", "Engine time of finished jobs.", labels=["engine"]),
            CounterMetricFamily("restyle_engine_restarts", "Deaths since the start.", labels=["engine"]),
            CounterMetricFamily("restyle_engine_jobs_done", "Jobs done since the start.", labels=["engine"]),
            CounterMetricFamily("restyle_engine_jobs_failed", "Jobs failed since the start.", labels=["engine"]),
        ]
        models = GaugeMetricFamily(
            "restyle_model_bytes", "Of a loaded model's weights; 0 while it is not loaded.", labels=["engine", "model"]
        )
        figures = GaugeMetricFamily("restyle_engine_figure", "What its process counts.", labels=["engine", "name"])
        for number, engine in enumerate(self.engines):
            for name, value in engine.figures.items():
                figures.add_metric([str(number), name], value)
            for offered in engine.models:
                models.add_metric([str(number), short_name(offered.model)], offered.bytes)
            for possible in EngineState:
                state.add_metric([str(number), possible.value], engine.state is possible)
            values = (engine.busy_seconds, engine.restarts, engine.done, engine.failures)
            for family, value in zip(counts, values, strict=True):
                family.add_metric([str(number)], value)
        yield state
        yield figures
        yield models
        yield from counts
