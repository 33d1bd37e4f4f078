"""The real engine process with a runner that needs no model: it steps at the pace the prompt asks for.

`python -m tests.core.worker.quick_engine` is started by the worker in tests. A prompt is "<seconds a step>", and
"die", "broken" or "fail" anywhere in it does that; "noise" makes a result that no format makes small. The model
"together" takes four jobs at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from io import BytesIO

from PIL import Image

from core.domain.likeness import Likeness
from core.domain.names import BlobId
from core.domain.request import Request
from core.engine.contract import EngineConfig, Look
from core.engine.likeness.eyes import Eyes
from core.engine.process import serve
from core.engine.running import NOTHING, Ended, Hooks, Rendered, Stepper, Task, interruption
from core.engine.single import OneAtATime
from core.errors import EngineError, ModelError


def preview(step: int) -> bytes:
    """A small JPEG, another one for each step."""
    file = BytesIO()
    Image.new("RGB", (16, 16), (9 * step % 256, 80, 80)).save(file, "JPEG")
    return file.getvalue()


class QuickRunner:
    device = "none"
    dtype = "float32"

    def __init__(self) -> None:
        self.schedulers = ["ddim"]
        self.notes: list[str] = []

    def run(
        self,
        request: Request,
        picture: bytes,
        mask: bytes | None,
        hooks: Hooks,
        others: Mapping[BlobId, bytes] = NOTHING,
    ) -> Rendered:
        hooks.started(request.plan.run)
        for step in range(1, request.plan.run + 1):
            time.sleep(float(request.prompt.split()[0]))
            if "die" in request.prompt:
                os.kill(os.getpid(), signal.SIGKILL)
            if "fail" in request.prompt:
                raise EngineError("failed")
            if reason := interruption(hooks):
                raise reason
            hooks.stepped(step, request.plan.run)
            if hooks.watched:
                hooks.previewed(step, preview(step))
        size = (request.width, request.height)
        image = Image.new("RGB", size, (request.seed % 256, 0, 0))
        if "noise" in request.prompt:
            image = Image.effect_noise(size, 90).convert("RGB")
        return Rendered(image=image, steps_run=request.plan.run)


class QuickStepper(OneAtATime):
    """Four at a time, a step of each in turn."""

    capacity = 4

    def __init__(self, runner: QuickRunner) -> None:
        super().__init__(runner)
        self._tasks: dict[Task, int] = {}

    @property
    def is_busy(self) -> bool:
        return bool(self._tasks)

    def start(self, task: Task) -> None:
        self._tasks[task] = 0
        task.hooks.started(task.request.plan.run)

    def tick(self) -> list[Ended]:
        ended = []
        for task, done in list(self._tasks.items()):
            one = task.request.varied(strength=Decimal(1), steps=1)
            rendered = self._runner.run(one, task.picture, None, Hooks())
            self._tasks[task] = done + 1
            task.hooks.stepped(done + 1, task.request.plan.run)
            if done + 1 == task.request.plan.run:
                del self._tasks[task]
                ended.append(Ended(job=task.job, rendered=rendered))
        return ended


class QuickEyes(Eyes):
    """Sees nothing, without the networks whose import takes seconds."""

    def score(self, task: Task, asked: Likeness, image: Image.Image) -> float | None:
        return None

    def find(self, look: Look) -> bytes:
        raise EngineError("no-face", what="face")


def load(config: EngineConfig) -> Stepper:
    if config.model == "broken":
        raise ModelError("broken", model="broken")
    return QuickStepper(QuickRunner()) if config.model == "together" else OneAtATime(QuickRunner())


def main(see: Callable[[EngineConfig], Eyes] = QuickEyes) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--channel", type=int, required=True)
    parser.add_argument("--log-level")
    return serve(socket.socket(fileno=parser.parse_args().channel), load, see)


if __name__ == "__main__":
    sys.exit(main())
