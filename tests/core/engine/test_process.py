"""The engine as a process: started, spoken to, killed, orphaned."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.domain.names import JobId
from core.domain.request import Request
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
    Ready,
    Run,
    Started,
    Stepped,
    Watch,
)
from core.worker.engine_process import EngineProcess
from tests.core.engine.conftest import config_for
from tests.core.engine.making import drawn, png, request_for

PICTURE = png(drawn(1))
LONG = request_for(steps=1000)  # runs for many seconds unless somebody stops it


def run_of(job: str, request: Request, *, previews: bool = False) -> Run:
    return Run(job=JobId(job), request=request, picture=PICTURE, previews=previews)


async def until(events: AsyncIterator[EngineEvent], kind: type[EngineEvent]) -> list[EngineEvent]:
    """What the engine says up to and including the first event of this kind."""
    heard = []
    async for event in events:
        heard.append(event)
        if isinstance(event, kind):
            return heard
    raise AssertionError(f"the engine ended after {heard}")


@pytest.fixture
def config(folder_of: Callable[[str], Path]) -> EngineConfig:
    return config_for(folder_of("sd"))


async def test_an_engine_takes_jobs_together_and_obeys_between_steps(config: EngineConfig) -> None:
    async with EngineProcess(config) as engine:
        events = engine.events()
        ready = (await until(events, Ready))[-1]
        assert isinstance(ready, Ready)
        assert (ready.device, ready.dtype, ready.capacity) == ("cpu", "float32", 8)

        await engine.send(run_of("long", LONG))
        await engine.send(run_of("wrong", request_for(scheduler="flow-euler")))
        await engine.send(run_of("alone", request_for(scheduler="pndm")))  # which is not stepped in batches
        await engine.send(run_of("short", request_for()))
        heard: list[EngineEvent] = []
        while sum(isinstance(event, Finished | Failed) for event in heard) < 3:
            heard.append(await anext(events))
        for job in ("alone", "short"):  # both end while the long one goes on
            told = [type(event) for event in heard if getattr(event, "job", None) == job]
            assert told == [Started, Stepped, Stepped, Stepped, Finished]
        (refused,) = (event for event in heard if isinstance(event, Failed))
        assert (refused.job, refused.problem.key) == ("wrong", "model.no-scheduler")

        await engine.send(Watch(job=JobId("long"), previews=True))
        await until(events, Previewed)
        await engine.send(Cancel(job=JobId("long")))
        assert (await until(events, Cancelled))[-1] == Cancelled(job=JobId("long"))
        assert psutil.Process(engine.pid).nice() > psutil.Process().nice()
        for number in (signal.SIGINT, signal.SIGTERM):  # they reach the whole group; the parent decides
            os.kill(engine.pid, number)
        await engine.send(run_of("last", request_for()))
        await until(events, Finished)
    assert not psutil.pid_exists(engine.pid)


async def test_an_engine_serves_several_models_and_a_broken_one_fails_its_own_jobs(
    config: EngineConfig, folder_of: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "model_index.json").write_text("{}")
    others = [str(folder_of("flux-schnell")), str(tmp_path)]
    several = replace(config, further=dict.fromkeys(others, config.spec), memory=1)
    async with EngineProcess(several) as engine:
        events = engine.events()
        await until(events, Ready)
        for number in range(6):
            model = [config.model, *others][number % 3]
            await engine.send(run_of(f"{number}", request_for(model=model, scheduler="model", seed=number)))
        ended: list[EngineEvent] = []
        while len(ended) < 6:
            ended += [event for event in [await anext(events)] if isinstance(event, Finished | Failed)]
        assert sorted(event.job for event in ended if isinstance(event, Finished)) == ["0", "1", "3", "4"]
        assert {event.problem.key for event in ended if isinstance(event, Failed)} == {"model.broken"}
        assert sum(bool(state.bytes) for state in engine.models) <= 1


async def test_an_engine_that_falls_silent_is_killed(config: EngineConfig) -> None:
    async with EngineProcess(config, silence=2.0) as engine:
        os.kill(engine.pid, signal.SIGSTOP)
        assert [event async for event in engine.events()] == []
        assert engine.was_silent


async def test_a_model_that_cannot_be_loaded_is_reported(tmp_path: Path) -> None:
    async with EngineProcess(config_for(tmp_path)) as engine:
        broken = (await until(engine.events(), Broken))[-1]
    assert isinstance(broken, Broken)
    assert broken.problem.key == "model.not-found"


PARENT = """
import socket, subprocess, sys, time
ours, theirs = socket.socketpair()
child = subprocess.Popen([sys.executable, "-m", "core.engine", "--channel", str(theirs.fileno())],
                         pass_fds=[theirs.fileno()])
theirs.close()
ours.sendall(sys.stdin.buffer.read())
stream = ours.makefile("rb")
from core.engine import wire
while not type(wire.read(stream)).__name__ == "Stepped":
    pass
print(child.pid, flush=True)
time.sleep(600)
"""


def test_an_engine_leaves_in_the_middle_of_a_job_when_its_parent_is_killed(config: EngineConfig) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin
    assert parent.stdout
    parent.stdin.write(wire.pack(config) + wire.pack(run_of("job", LONG)))
    parent.stdin.close()
    engine = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    with contextlib.suppress(psutil.NoSuchProcess):
        engine.wait(timeout=5)
    assert not engine.is_running() or engine.status() == psutil.STATUS_ZOMBIE


async def test_an_engine_that_is_left_in_the_middle_of_a_start_leaves_no_process(config: EngineConfig) -> None:
    before = {child.pid for child in psutil.Process().children()}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5), EngineProcess(config) as engine:
            await until(engine.events(), Finished)
    left = [child for child in psutil.Process().children() if child.pid not in before]
    assert [child for child in left if "core.engine" in child.cmdline()] == []


def test_an_engine_without_a_configuration_leaves() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [sys.executable, "-m", "core.engine", "--channel", str(theirs.fileno())]
        child = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        ours.sendall(wire.pack(Cancel(job=JobId("x"))))
        assert child.wait(timeout=60) == 2
