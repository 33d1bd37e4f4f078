"""One engine process: started, spoken to, noticed when it dies or falls silent, never left behind."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, get_args

from core.engine import wire
from core.engine.contract import EngineCommand, EngineConfig, EngineEvent, ModelState, Pulse, Stop

log = logging.getLogger(__name__)

ENGINE = "core.engine"  # the module that is run
SILENCE = 30.0  # seconds without a pulse after which an engine counts as hanging
_CHECKS = 10  # within that time
_BUFFER = 2**20  # bytes read ahead
_LEAVING = 3.0  # seconds an engine has to leave when told to
_PROJECT = Path(__file__).parents[2]  # the working folder may be anywhere
_DEFAULTS = {
    # Threads that spin for long make each other up to thirty times slower once the cores are shared; threads that
    # never spin cost two thirds more on a quiet machine. This is some tens of microseconds.
    "GOMP_SPINCOUNT": "30000",
    # hints that the library prints while it is imported, before anybody can ask it not to
    "TRANSFORMERS_VERBOSITY": "error",
}
_EVENTS = get_args(EngineEvent)


class EngineProcess:
    """`async with EngineProcess(config) as engine`: the process lives exactly as long as the block."""

    def __init__(self, config: EngineConfig, *, program: str = ENGINE, silence: float = SILENCE) -> None:
        self._config = config
        self._interval = silence / _CHECKS
        self._program = program
        self._quiet_checks = 0
        self.was_silent = False
        self.figures: dict[str, float] = {}  # its own counts, of about a second ago
        self.models: list[ModelState] = []  # likewise

    @property
    def pid(self) -> int:
        return self._process.pid

    async def __aenter__(self) -> Self:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = await self._spawn(theirs.fileno())
            self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=_BUFFER)
        except BaseException:
            ours.close()  # which also tells the process, if there is one, to leave
            raise
        self._watchdog = asyncio.create_task(self._watch(), name=f"engine-watchdog-{self.pid}")
        log.info("engine.started pid=%d", self.pid)
        with suppress(ConnectionError):  # an engine that died already is noticed by whoever reads its events
            await self._write(self._config)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watchdog.cancel()
        try:
            with suppress(ConnectionError):
                await self.send(Stop())
            async with asyncio.timeout(_LEAVING):
                await self._process.wait()
        except TimeoutError:
            log.info("engine.leaving-late pid=%d", self.pid)
        finally:
            self.kill()
            self._writer.close()
            status = await self._process.wait()
            log.info("engine.ended pid=%d status=%s", self.pid, status)

    async def send(self, command: EngineCommand) -> None:
        """Raises ConnectionError when the engine is gone, wire.FrameError for what is too large to send."""
        await self._write(command)

    def tell(self, command: EngineCommand) -> None:
        """A small command at once; one that comes too late is lost without harm."""
        self._writer.write(wire.pack(command))

    async def events(self) -> AsyncIterator[EngineEvent]:
        """What the engine says, without its pulses; ends when the engine is gone."""
        while message := await self._receive():
            self._quiet_checks = 0
            if isinstance(message, Pulse):
                self.figures, self.models = message.figures, message.models
            else:
                yield message

    def kill(self) -> None:
        """SIGKILL; harmless on an engine that is gone."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _spawn(self, channel: int) -> asyncio.subprocess.Process:
        path = os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH"))))
        environment = _DEFAULTS | os.environ | {"PYTHONPATH": path}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self._program, "--channel", str(channel)),
            *("--log-level", logging.getLevelName(log.getEffectiveLevel())),
            env=environment,
            pass_fds=[channel],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )

    async def _receive(self) -> EngineEvent | None:
        message = await wire.receive(self._reader)
        assert message is None or isinstance(message, _EVENTS)
        return message

    async def _write(self, message: EngineConfig | EngineCommand) -> None:
        self._writer.write(wire.pack(message))
        await self._writer.drain()

    async def _watch(self) -> None:
        # checks are counted, not seconds: after this process itself was held up, the engine gets its full time
        while self._quiet_checks < _CHECKS:
            await asyncio.sleep(self._interval)
            self._quiet_checks += 1
        log.error("engine.silent pid=%d", self.pid)
        self.was_silent = True
        self.kill()
