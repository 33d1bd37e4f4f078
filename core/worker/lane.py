"""One device: keeps its engine alive and its hands full."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, replace

from core.domain.clock import Clock
from core.domain.job import Lease
from core.domain.names import JobId
from core.engine.contract import (
    Broken,
    Cancel,
    Cancelled,
    EngineCommand,
    EngineConfig,
    EngineEvent,
    Failed,
    Finished,
    Look,
    Looked,
    Previewed,
    Ready,
    Started,
    Stepped,
    Watch,
)
from core.engine.wire import FrameError
from core.errors import EngineError, RestyleError
from core.worker.desk import Desk, problem_of
from core.worker.engine_process import EngineProcess
from core.worker.events import Happening
from core.worker.looks import Looks
from core.worker.status import EngineState, EngineStatus

log = logging.getLogger(__name__)

LOOKAHEAD = 1.0  # seconds before a job's end at which the next one is fetched, so that the device never waits for it
_FIRST_PAUSE = 0.5  # seconds before a dead engine is started again, doubling until a job succeeds
_LONGEST_PAUSE = 30.0
_BROKEN_PAUSE = 60.0  # seconds before a model that could not be loaded is tried again


@dataclass(kw_only=True, slots=True)
class Flight:
    """A leased job on its way through the engine. `began` is monotonic."""

    lease: Lease
    sent: bool = False
    cancelled: bool = False
    began: float | None = None
    step: int = 0
    steps: int = 0

    def remaining(self, now: float) -> float | None:
        """Seconds until its last step, by the pace of those so far; None before the first."""
        if self.began is None or (self.steps and not self.step):
            return None
        return (now - self.began) / max(self.step, 1) * (self.steps - self.step)


class Lane:
    """Supervises one engine process and feeds it from the desk. Owns two tasks and one for each result being stored."""

    def __init__(self, name: str, config: EngineConfig, desk: Desk, clock: Clock, poll: float, program: str) -> None:
        self._name = name
        self._config = config
        self._desk = desk
        self._clock = clock
        self._poll = poll
        self._program = program
        self._status = EngineStatus(state=EngineState.STARTING, model=config.model)
        self._engine: EngineProcess | None = None
        self._capacity = 0
        self._flights: dict[JobId, Flight] = {}  # in the order in which the engine gets them
        self._watched: set[JobId] = set()
        self._looks = Looks()
        self._storing: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._left = asyncio.Event()  # a job has left the lane
        self._dry = False  # the queue had nothing when it was last asked
        self._stopping = False
        self._pause = _FIRST_PAUSE

    def start(self) -> None:
        self._tasks = [self._spawn(self._supervise(), "supervisor"), self._spawn(self._feed(), "feeder")]

    async def stop(self, limit: float) -> None:
        """Take nothing new, give what runs `limit` seconds, end the engine; the desk still holds what did not end."""
        self._stopping = True
        self.wake()
        supervisor, feeder = self._tasks
        try:
            async with asyncio.timeout(limit):
                await feeder
                await self._until_empty()
        except TimeoutError:
            log.warning("lane.unfinished lane=%s jobs=%d", self._name, len(self._flights))
        for task in (supervisor, feeder, *self._storing):
            task.cancel()
        await asyncio.gather(supervisor, feeder, *self._storing, return_exceptions=True)

    def wake(self) -> None:
        """There may be something new to take."""
        self._dry = False
        self._wake.set()

    def cancel(self, job: JobId) -> None:
        """The job has ended in the queue already: stop working on it and tell nobody about it any more."""
        if flight := self._flights.get(job):
            flight.cancelled = True
            self._desk.forget(job)
            self._tell(Cancel(job=job))

    def watch(self, job: JobId, *, previews: bool) -> None:
        (self._watched.add if previews else self._watched.discard)(job)
        if job in self._flights:
            self._tell(Watch(job=job, previews=previews))

    def look(self, look: Look) -> asyncio.Future[bytes]:
        """The answer to a question about a picture; see core.worker.looks."""
        if self._status.state is EngineState.READY:
            self._tell(look)
        return self._looks.add(look)

    @property
    def status(self) -> EngineStatus:
        jobs = [job for job, flight in self._flights.items() if not flight.cancelled]
        state = EngineState.BUSY if jobs and self._status.state is EngineState.READY else self._status.state
        figures = self._engine.figures if self._engine else {}
        models = self._engine.models if self._engine else []
        return replace(self._status, state=state, jobs=jobs, figures=figures, models=models)

    def remaining_seconds(self) -> float:
        """What the jobs in the engine still need, by their pace or, before that shows, by their estimate."""
        now = self._clock.monotonic()
        known = ((flight.remaining(now), flight.lease.job.cost) for flight in self._flights.values())
        return sum(cost if remaining is None else remaining for remaining, cost in known)

    # the engine's life

    async def _supervise(self) -> None:
        while not self._stopping:
            try:
                broken = await self._live()
            except Exception:  # no process could be started, or it spoke nonsense: the same as a death
                log.exception("lane.engine-failed lane=%s", self._name)
                broken = False
            if self._stopping:
                return
            await self._release_sent()
            pause = _BROKEN_PAUSE if broken else self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            log.warning("lane.engine-gone lane=%s broken=%s pause=%.1f", self._name, broken, pause)
            await asyncio.sleep(pause)

    async def _live(self) -> bool:
        """One engine from its start to its end; returns whether it could not load its model."""
        self._status = replace(self._status, state=EngineState.STARTING)
        try:
            async with EngineProcess(self._config, program=self._program) as engine:
                self._engine = engine
                self._status = replace(self._status, pid=engine.pid)
                async for event in engine.events():
                    self._heard(event)
                self._is_gone()  # before waiting for the process, so that nothing more is sent to it
        finally:
            self._is_gone()
        return self._status.state is EngineState.BROKEN

    def _is_gone(self) -> None:
        if self._engine is None:
            return
        self._engine = None
        self._looks.fail()
        self._status = replace(self._status, pid=None)
        if self._status.state is not EngineState.BROKEN:
            self._status = replace(self._status, state=EngineState.DOWN, restarts=self._status.restarts + 1)

    async def _release_sent(self) -> None:
        """Put back what the engine had. It died of what it worked on, not of what waited inside it."""
        sent = [flight for flight in self._flights.values() if flight.sent]
        self._flights = {job: flight for job, flight in self._flights.items() if not flight.sent}  # the feeder's
        for place, flight in enumerate(sent):
            if not flight.cancelled:
                await self._desk.release(flight.lease, died=place < self._capacity)
        self._left.set()

    # feeding

    async def _feed(self) -> None:
        while not self._stopping:
            self._wake.clear()
            if self._has_room and not self._dry:
                self._dry = True  # unless a call to wake says otherwise meanwhile
                if lease := await self._desk.take():
                    self._dry = False
                    if lease.job.deaths:
                        await self._until_alone()
                    await self._send(lease)
                continue
            try:
                async with asyncio.timeout(self._poll):
                    await self._wake.wait()
            except TimeoutError:
                self._dry = False

    @property
    def _has_room(self) -> bool:
        if self._status.state is not EngineState.READY or self._has_suspect:
            return False
        return len(self._flights) < self._capacity or (
            len(self._flights) == self._capacity and any(self._is_nearly_done(f) for f in self._flights.values())
        )

    @property
    def _has_suspect(self) -> bool:
        """An engine died with this job in it. It works alone, so that a second death shows that it was the job's."""
        return any(flight.lease.job.deaths for flight in self._flights.values())

    async def _until_alone(self) -> None:
        while self._flights and self._engine:
            self._left.clear()
            await self._left.wait()

    def _is_nearly_done(self, flight: Flight) -> bool:
        remaining = flight.remaining(self._clock.monotonic())
        return remaining is not None and remaining < LOOKAHEAD

    async def _send(self, lease: Lease) -> None:
        job = lease.job.id
        flight = self._flights[job] = Flight(lease=lease, steps=lease.job.request.plan.run)
        try:
            run = await self._desk.load(lease, previews=job in self._watched)
            if not flight.cancelled and self._engine:
                flight.sent = True
                await self._engine.send(run)
                return
            del self._flights[job]
            if not flight.cancelled:
                await self._desk.release(lease, died=False)
        except ConnectionError:
            log.info("lane.engine-gone-on-send lane=%s", self._name)  # the supervisor puts the job back
        except Exception as error:
            if not isinstance(error, RestyleError):
                log.exception("lane.not-sent job=%s size=%s", job, isinstance(error, FrameError))
                error = EngineError("failed")
            self._flights.pop(job, None)
            await self._desk.fail(lease, problem_of(error))

    def _tell(self, command: EngineCommand) -> None:
        if self._engine:
            self._engine.tell(command)

    # what the engine says

    def _heard(self, event: EngineEvent) -> None:
        match event:
            case Ready():
                self._is_ready(event)
            case Broken():
                self._status = replace(self._status, state=EngineState.BROKEN, problem=event.problem)
            case Started() | Stepped() | Previewed():
                self._relay(event)
            case Finished() | Failed() | Cancelled():
                self._ended(event)
            case Looked():
                self._looks.answered(event)

    def _is_ready(self, ready: Ready) -> None:
        self._capacity = ready.capacity
        self._status = replace(
            self._status,
            state=EngineState.READY,
            device=ready.device,
            dtype=ready.dtype,
            schedulers=ready.schedulers,
            notes=ready.notes,
            load_seconds=ready.seconds,
            problem=None,
        )
        for look in self._looks.waiting:
            self._tell(look)
        log.info("lane.ready lane=%s device=%s seconds=%.1f", self._name, ready.device, ready.seconds)
        self.wake()

    def _relay(self, event: Started | Stepped | Previewed) -> None:
        flight = self._flights.get(event.job)
        if flight is None:
            return
        preview = event.jpeg if isinstance(event, Previewed) else None
        if isinstance(event, Started):
            flight.began, flight.step, flight.steps = self._clock.monotonic(), 0, event.steps
        else:
            flight.step = event.step
        if not flight.cancelled:
            happening = Happening.STARTED if isinstance(event, Started) else Happening.STEPPED
            self._desk.tell(flight.lease.job, happening, step=flight.step, steps=flight.steps, preview=preview)
        if self._has_room and not self._dry:
            self._wake.set()

    def _ended(self, event: Finished | Failed | Cancelled) -> None:
        flight = self._flights.pop(event.job, None)
        self._watched.discard(event.job)
        if flight and not flight.cancelled:
            self._spawn_storing(self._store(flight, event), f"store-{event.job}")
        self._left.set()
        self.wake()

    async def _store(self, flight: Flight, event: Finished | Failed | Cancelled) -> None:
        match event:
            case Finished():
                self._pause = _FIRST_PAUSE
                if await self._desk.finish(flight.lease, event):
                    seconds = self._status.busy_seconds + event.seconds
                    self._status = replace(self._status, done=self._status.done + 1, busy_seconds=seconds)
            case Failed():
                self._status = replace(self._status, failures=self._status.failures + 1)
                await self._desk.fail(flight.lease, event.problem)
            case Cancelled():  # nobody asked for it
                await self._desk.release(flight.lease, died=False)
        self.wake()  # its owner may have another one started now

    # tasks

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"{self._name}-{name}")
        task.add_done_callback(_report_death)
        return task

    def _spawn_storing(self, work: Coroutine[None, None, None], name: str) -> None:
        task = self._spawn(work, name)
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        task.add_done_callback(lambda _: self._left.set())

    async def _until_empty(self) -> None:
        while self._flights or self._storing:
            self._left.clear()
            await self._left.wait()


def _report_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("lane.task-died task=%s", task.get_name(), exc_info=error)
