"""The engine process: commands in, events out."""

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
    Look,
    Looked,
    Previewed,
    Pulse,
    Ready,
    Run,
    Started,
    Stepped,
    Stop,
    Watch,
)
from core.engine.likeness.eyes import Eyes
from core.engine.likeness.keeping import Keeper
from core.engine.places import find_model
from core.engine.running import Ended, Hooks, Rendered, Stepper, Task
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
        self._work: queue.SimpleQueue[Run | Look | None] = queue.SimpleQueue()
        self._cancelled: set[JobId] = set()
        self._watched: set[JobId] = set()
        self._stopping = False

    def take(self, command: wire.Message) -> None:
        match command:
            case Run():
                self.watch(command.job, previews=command.previews)
                self._work.put(command)
            case Look():
                self._work.put(command)
            case Cancel():
                self._cancelled.add(command.job)
            case Watch():
                self.watch(command.job, previews=command.previews)
            case Stop():
                self._stopping = True
                self._work.put(None)

    def watch(self, job: JobId, *, previews: bool) -> None:
        (self._watched.add if previews else self._watched.discard)(job)

    def next_work(self, *, wait: bool) -> list[Run | Look] | None:
        """What has come meanwhile, or what comes next; None when the process should leave, once it is idle."""
        work = [self._work.get()] if wait else []
        while not self._work.empty():
            work.append(self._work.get())
        if self._stopping:
            return None
        return [one for one in work if one]

    def is_cancelled(self, job: JobId) -> bool:
        return job in self._cancelled

    def is_watched(self, job: JobId) -> bool:
        return job in self._watched

    def forget(self, job: JobId) -> None:
        self._cancelled.discard(job)
        self._watched.discard(job)


def load_stepper(config: EngineConfig) -> Stepper:
    """The real one. Raises ModelError; imports torch, which takes seconds, only for a model that is there."""
    find_model(config.model)
    import torch

    from core.engine.steppers import MixedStepper

    if config.threads:
        torch.set_num_threads(config.threads)
    return _shelf(config) if config.further else MixedStepper.load(config)


def _shelf(config: EngineConfig) -> Stepper:
    from core.engine.fetching import fetch
    from core.engine.loading import pick_device
    from core.engine.memory import give_back, memory_for_models
    from core.engine.shelf import Shelf, Store
    from core.engine.steppers import MixedStepper

    device = pick_device(config.device)
    memory = config.memory or memory_for_models(device)
    fetcher = ThreadPoolExecutor(1, "model-fetcher")
    store = Store(
        fetch=lambda wanted: fetcher.submit(fetch, wanted),
        load=MixedStepper.load,
        give_back=lambda: give_back(device),
        memory=memory,
    )
    return Shelf(config, store)


def serve(
    end: socket.socket,
    load: Callable[[EngineConfig], Stepper] = load_stepper,
    see: Callable[[EngineConfig], Eyes] = Eyes,
) -> int:
    """Speak the contract over `end` until told to stop; the exit status. Leaves at once when the other end closes."""
    channel, orders = Channel(end), Orders()
    config = channel.read()
    if not isinstance(config, EngineConfig):
        return 2
    _step_back()
    threading.Thread(target=_listen, args=(channel, orders), name="engine-reader", daemon=True).start()
    beat = _Beat(channel)
    threading.Thread(target=beat.run, name="engine-pulse", daemon=True).start()
    loaded = _load(channel, config, load)
    if loaded is None:
        return 3
    eyes = see(config)
    stepper = beat.stepper = Keeper(loaded, eyes)
    # A result is encoded and sent while others are stepped. That queue is bounded by the parent, which sends no more
    # than capacity + 1 jobs before it has their answers.
    with ThreadPoolExecutor(1, "engine-sender") as sender:
        while (work := orders.next_work(wait=not stepper.is_busy)) is not None or stepper.is_busy:
            for one in work or ():
                if isinstance(one, Look):
                    channel.send(_looked(eyes, one))
                else:
                    stepper.start(_task(channel, orders, one))
            if stepper.is_busy:
                for ended in stepper.tick():
                    _tell(channel, orders, ended, sender)
    return 0


class _Report(Hooks):
    """The hooks of one job, spoken over the channel."""

    def __init__(self, channel: Channel, orders: Orders, run: Run) -> None:
        self._channel = channel
        self._orders = orders
        self._job = run.job
        self._deadline = float("inf") if run.seconds is None else time.monotonic() + run.seconds

    @property
    def watched(self) -> bool:
        return self._orders.is_watched(self._job)

    @property
    def cancelled(self) -> bool:
        return self._orders.is_cancelled(self._job)

    @property
    def overdue(self) -> bool:
        return time.monotonic() > self._deadline

    def started(self, steps: int) -> None:
        self._channel.send(Started(job=self._job, steps=steps))

    def stepped(self, step: int, steps: int) -> None:
        self._channel.send(Stepped(job=self._job, step=step, steps=steps))

    def previewed(self, step: int, jpeg: bytes) -> None:
        self._channel.send(Previewed(job=self._job, step=step, jpeg=jpeg))


def _task(channel: Channel, orders: Orders, run: Run) -> Task:
    return Task(
        job=run.job,
        request=run.request,
        owner=run.owner,
        picture=run.picture,
        mask=run.mask,
        others=run.others,
        hooks=_Report(channel, orders, run),
    )


def _looked(eyes: Eyes, look: Look) -> Looked:
    try:
        return Looked(id=look.id, area=eyes.find(look))
    except EngineError as error:
        return Looked(id=look.id, problem=_problem(error))
    except Exception:
        log.exception("engine.blind")
        return Looked(id=look.id, problem=_problem(EngineError("failed")))


def _tell(channel: Channel, orders: Orders, ended: Ended, sender: ThreadPoolExecutor) -> None:
    orders.forget(ended.job)
    if ended.rendered:
        sender.submit(_deliver, channel, ended.job, ended.rendered, ended.seconds)
    elif isinstance(ended.error, EngineError):
        channel.send(Failed(job=ended.job, problem=_problem(ended.error)))
    else:
        channel.send(Cancelled(job=ended.job))


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
            unread=rendered.unread,
            likeness=rendered.likeness,
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


class _Beat:
    """Tells the parent that this process lives, whatever the working thread does."""

    def __init__(self, channel: Channel) -> None:
        self.stepper: Stepper | None = None  # once it is loaded
        self._channel = channel

    def run(self) -> None:
        parent = os.getppid()
        # a sibling that was forked at the wrong moment can hold the parent's end open, so its death is looked for too
        while os.getppid() == parent:
            with suppress(OSError):
                self._channel.send(self._pulse())
            time.sleep(_PULSE)
        os._exit(0)

    def _pulse(self) -> Pulse:
        if self.stepper is None:
            return Pulse()
        return Pulse(figures=self.stepper.figures, models=self.stepper.models)


def _load(channel: Channel, config: EngineConfig, load: Callable[[EngineConfig], Stepper]) -> Stepper | None:
    began = time.monotonic()
    try:
        stepper = load(config)
    except Exception as error:
        if not isinstance(error, EngineError):
            log.exception("engine.broken")
            error = ModelError("broken", model=Path(config.model).name)
        channel.send(Broken(problem=_problem(error)))
        return None
    for note in stepper.notes:
        log.info("engine.note %s", note)
    channel.send(
        Ready(
            device=stepper.device,
            dtype=stepper.dtype,
            model=config.model,
            schedulers=stepper.schedulers,
            capacity=stepper.capacity,
            seconds=time.monotonic() - began,
            notes=stepper.notes,
        )
    )
    return stepper


def _problem(error: EngineError) -> Problem:
    return Problem(key=error.key, values=error.values)


def _step_back() -> None:
    with suppress(OSError):
        os.nice(_NICENESS)
    with suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
