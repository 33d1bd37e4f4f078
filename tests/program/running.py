"""The whole program, started as a person starts it, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

START_SECONDS = 60.0


@dataclass(slots=True)
class Program:
    """`restyle run` on a data folder. `settings` are RESTYLE_ variables without their prefix, in lower case."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    address: str = ""
    greeting: str = ""
    command: tuple[str, ...] = ("bot", "run")

    def start(self) -> None:
        """Returns when the page answers, which is before the engine has loaded its model."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("RESTYLE_")}
        mine = {"data": str(self.data), "web_port": "0", "threads": "1", "offline": "true"} | self.settings
        environment |= {f"RESTYLE_{key.upper()}": value for key, value in mine.items()}
        log = (self.data.parent / "program.log").open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", *self.command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=Path(__file__).parent.parent.parent,
        )
        log.close()
        assert self.process.stdout
        self.greeting = _read_until(self.process.stdout, "Ctrl-C")
        found = re.search(r"http://\S+", self.greeting)
        assert found, f"it did not start: {self.greeting} {self.log()[-2000:]}"
        self.address = found[0].rstrip("/")

    def log(self) -> str:
        return (self.data.parent / "program.log").read_text()

    def kill(self) -> None:
        """SIGKILL for the chat process; nobody gets to say goodbye."""
        assert self.process
        self.process.kill()
        self.process.wait(START_SECONDS)

    def stop(self) -> int:
        """SIGTERM, as a supervisor would; returns the exit status."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(START_SECONDS)

    def engines(self) -> list[psutil.Process]:
        """The engine processes that live now."""
        assert self.process
        try:
            children = psutil.Process(self.process.pid).children(recursive=True)
            return [child for child in children if "core.engine" in child.cmdline()]
        except psutil.NoSuchProcess:
            return []

    def kill_engine(self) -> bool:
        """SIGKILL for an engine process; False where none lives at this moment."""
        engines = self.engines()
        for engine in engines:
            engine.kill()
        return bool(engines)

    def memory(self) -> int:
        """Resident bytes of the chat process."""
        assert self.process
        return int(psutil.Process(self.process.pid).memory_info().rss)


def _read_until(stream: IO[str], word: str) -> str:
    lines = []
    for line in stream:
        lines.append(line)
        if word in line:
            break
    return "".join(lines)
