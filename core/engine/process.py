"""The engine process: commands in, events out, one job at a time."""

from __future__ import annotations

import io
import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from core.domain.job import Problem
from core.domain.names import JobId
from core.engine import wire
from core.engine.contract import (
    Broken,
    Cancel,
    Cancelled,
    EngineConfig,
    EngineEvent,
    Failed,
    Finished,
    Previewed,
    Pulse,
    Ready,
    Run,
    Started,
    Stepped,
    Stop,
    Watch,
)
from core.engine.places import find_model
from core.engine.running import Hooks, Rendered, Runner, StoppedError
from core.errors import EngineError, ModelError

log = logging.getLogger(__name__)

_PULSE = 1.0  # seconds
_NICENESS = 5  # the chat process answers people; the engine can wait for it
_OOM_SCORE = "500"  # when memory ends, the system should take the engine: its job is only started again


class Channel:
    """The child's end of the socket. Sending is safe from any thread."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._stream = end.makefile("rb")
        self._lock = threading.Lock()

    def read(self) -> wire.Message | None:
        with suppress(ConnectionError):
            return wire.read(self._stream)
        return None

    def send(self, event: EngineEvent) -> None:
        frame = wire.pack(event)
        with self._lock:
            self._end.sendall(frame)


class Orders:
    """What the parent wants, as the reader thread hears it and the working thread looks it up."""

    def __init__(self) -> None:
        self._runs: queue.SimpleQueue[Run | None] = queue.SimpleQueue()
        self._cancelled: set[JobId] = set()
        self._watched: set[JobId] = set()
        self._stopping = False

    def take(self, command: wire.Message) -> None:
        match command:
            case Run():
                self.watch(command.job, previews=command.previews)
                self._runs.put(command)
            case Cancel():
                self._cancelled.add(command.job)
            case Watch():
                self.watch(command.job, previews=command.previews)
            case Stop():
                self._stopping = True
                self._runs.put(None)

    def watch(self, job: JobId, *, previews: bool) -> None:
        (self._watched.add if previews else self._watched.discard)(job)

    def next_run(self) -> Run | None:
        """Waits for work; None when the process should leave."""
        run = self._runs.get()
        return None if self._stopping else run

    def is_cancelled(self, job: JobId) -> bool:
        return job in self._cancelled

    def is_watched(self, job: JobId) -> bool:
        return job in self._watched

    def forget(self, job: JobId) -> None:
        self._cancelled.discard(job)
        self._watched.discard(job)


def load_runner(config: EngineConfig) -> Runner:
    """The real one. Raises ModelError; imports torch, which takes seconds, only for a model that is there."""
    find_model(config.model)
    import torch

    from core.engine.runner import PipelineRunner

    if config.threads:
        torch.set_num_threads(config.threads)
    return PipelineRunner.load(config)


def serve(end: socket.socket, load: Callable[[EngineConfig], Runner] = load_runner) -> int:
    """Speak the contract over `end` until told to stop; the exit status. Leaves at once when the other end closes."""
    channel, orders = Channel(end), Orders()
    config = channel.read()
    if not isinstance(config, EngineConfig):
        return 2
    _step_back()
    threading.Thread(target=_listen, args=(channel, orders), name="engine-reader", daemon=True).start()
    threading.Thread(target=_beat, args=(channel,), name="engine-pulse", daemon=True).start()
    runner = _load(channel, config, load)
    if runner is None:
        return 3
    # A result is encoded and sent while the next job runs. That queue is bounded by the parent, which sends no more
    # than capacity + 1 jobs before it has their answers.
    with ThreadPoolExecutor(1, "engine-sender") as sender:
        while run := orders.next_run():
            _work(channel, orders, runner, run, sender)
    return 0


class _Report(Hooks):
    """The hooks of one job, spoken over the channel."""

    def __init__(self, channel: Channel, orders: Orders, job: JobId) -> None:
        self._channel = channel
        self._orders = orders
        self._job = job

    @property
    def watched(self) -> bool:
        return self._orders.is_watched(self._job)

    @property
    def cancelled(self) -> bool:
        return self._orders.is_cancelled(self._job)

    def started(self, steps: int) -> None:
        self._channel.send(Started(job=self._job, steps=steps))

    def stepped(self, step: int, steps: int) -> None:
        self._channel.send(Stepped(job=self._job, step=step, steps=steps))

    def previewed(self, step: int, jpeg: bytes) -> None:
        self._channel.send(Previewed(job=self._job, step=step, jpeg=jpeg))


def _work(channel: Channel, orders: Orders, runner: Runner, run: Run, sender: ThreadPoolExecutor) -> None:
    began = time.monotonic()
    hooks = _Report(channel, orders, run.job)
    try:
        if hooks.cancelled:
            raise StoppedError
        rendered = runner.run(run.request, run.picture, run.mask, hooks)
        sender.submit(_deliver, channel, run.job, rendered, time.monotonic() - began)
    except StoppedError:
        channel.send(Cancelled(job=run.job))
    except EngineError as error:
        channel.send(Failed(job=run.job, problem=_problem(error)))
    finally:
        orders.forget(run.job)


def _deliver(channel: Channel, job: JobId, rendered: Rendered, seconds: float) -> None:
    try:
        buffer = io.BytesIO()
        rendered.image.save(buffer, "PNG")
        width, height = rendered.image.size
        finished = Finished(
            job=job,
            png=buffer.getvalue(),
            width=width,
            height=height,
            steps_run=rendered.steps_run,
            seconds=seconds,
        )
        channel.send(finished)
    except Exception:
        log.exception("engine.undelivered job=%s", job)
        channel.send(Failed(job=job, problem=_problem(EngineError("failed"))))


def _listen(channel: Channel, orders: Orders) -> None:
    while command := channel.read():
        orders.take(command)
    os._exit(0)  # nobody is left to work for, and a step in the middle must not delay that


def _beat(channel: Channel) -> None:
    parent = os.getppid()
    # a sibling that was forked at the wrong moment can hold the parent's end open, so its death is looked for too
    while os.getppid() == parent:
        with suppress(OSError):
            channel.send(Pulse())
        time.sleep(_PULSE)
    os._exit(0)


def _load(channel: Channel, config: EngineConfig, load: Callable[[EngineConfig], Runner]) -> Runner | None:
    began = time.monotonic()
    try:
        runner = load(config)
    except Exception as error:
        if not isinstance(error, EngineError):
            log.exception("engine.broken")
            error = ModelError("broken", model=Path(config.model).name)
        channel.send(Broken(problem=_problem(error)))
        return None
    for note in runner.notes:
        log.info("engine.note %s", note)
    channel.send(
        Ready(
            device=runner.device,
            dtype=runner.dtype,
            model=config.model,
            schedulers=runner.schedulers,
            capacity=1,
            seconds=time.monotonic() - began,
            notes=runner.notes,
        )
    )
    return runner


def _problem(error: EngineError) -> Problem:
    return Problem(key=error.key, values=error.values)


def _step_back() -> None:
    with suppress(OSError):
        os.nice(_NICENESS)
    with suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
