"""The real engine process with a runner that needs no model: it steps at the pace the prompt asks for.

`python -m tests.core.worker.quick_engine` is started by the worker in tests. A prompt is "<seconds a step>", and
"die", "broken" or "fail" anywhere in it does that.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time

from PIL import Image

from core.domain.request import Request
from core.engine.contract import EngineConfig
from core.engine.process import serve
from core.engine.running import Hooks, Rendered, Stepper, StoppedError
from core.engine.single import OneAtATime
from core.errors import EngineError, ModelError


class QuickRunner:
    device = "none"
    dtype = "float32"

    def __init__(self) -> None:
        self.schedulers = ["ddim"]
        self.notes: list[str] = []

    def run(self, request: Request, picture: bytes, mask: bytes | None, hooks: Hooks) -> Rendered:
        hooks.started(request.plan.run)
        for step in range(1, request.plan.run + 1):
            if "die" in request.prompt:
                os.kill(os.getpid(), signal.SIGKILL)
            if "fail" in request.prompt:
                raise EngineError("failed")
            time.sleep(float(request.prompt.split()[0]))
            if hooks.cancelled:
                raise StoppedError
            hooks.stepped(step, request.plan.run)
            if hooks.watched:
                hooks.previewed(step, b"jpeg")
        image = Image.new("RGB", (request.width, request.height), (request.seed % 256, 0, 0))
        return Rendered(image=image, steps_run=request.plan.run)


def load(config: EngineConfig) -> Stepper:
    if config.model == "broken":
        raise ModelError("broken", model="broken")
    return OneAtATime(QuickRunner())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--channel", type=int, required=True)
    sys.exit(serve(socket.socket(fileno=parser.parse_args().channel), load))
