"""Frames: what goes in comes out, and nonsense is refused."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.catalogue import load_catalogue
from core.domain.job import Problem
from core.domain.names import BlobId, JobId
from core.domain.request import Request
from core.domain.strength import StepCounting
from core.engine import wire
from core.engine.contract import Broken, Cancel, EngineConfig, Finished, Pulse, Ready, Run

REQUEST = Request(
    picture=BlobId("a" * 64),
    prompt="a cat in watercolour, 猫",
    width=512,
    height=384,
    strength=Decimal("0.58"),
    steps=50,
    guidance=7.5,
    scheduler="dpm++2m",
    seed=2**32 - 1,
    model="bundled",
    mask=BlobId("b" * 64),
    counting=StepCounting.EXACT,
)
MESSAGES: list[wire.Message] = [
    EngineConfig(model="bundled", spec=load_catalogue().model("lcm-model")),
    Run(job=JobId("j1"), request=REQUEST, picture=b"\x89PNG\xff\x00", mask=None, previews=True),
    Cancel(job=JobId("j1")),
    Ready(device="cpu", dtype="float32", model="bundled", schedulers=["ddim"], capacity=1, seconds=1.5, notes=["n"]),
    Broken(problem=Problem(key="model.broken", values={"model": "m", "count": 3, "share": 0.5, "none": None})),
    Pulse(),
    Finished(job=JobId("j1"), png=b"\x00" * 1000, width=8, height=8, steps_run=3, seconds=0.25),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
async def test_a_message_arrives_as_it_was_sent(message: wire.Message) -> None:
    frame = wire.pack(message)
    assert wire.read(io.BytesIO(frame)) == message
    stream = asyncio.StreamReader()
    stream.feed_data(frame)
    assert await wire.receive(stream) == message


@given(cut=st.integers(0, 200))
def test_a_stream_that_ends_anywhere_ends_the_conversation(cut: int) -> None:
    frame = wire.pack(MESSAGES[1])
    assert wire.read(io.BytesIO(frame[: min(cut, len(frame) - 1)])) is None


def test_a_frame_that_announces_too_much_is_refused_before_it_is_read() -> None:
    with pytest.raises(wire.FrameError):
        wire.read(io.BytesIO((wire.MAX_FRAME + 1).to_bytes(4, "big")))


@given(st.binary(max_size=64))
def test_nonsense_is_refused(body: bytes) -> None:
    with pytest.raises(wire.FrameError):
        wire.unpack(body)


def test_the_contract_and_the_worker_import_no_torch() -> None:
    program = "import sys, core.engine.wire, core.engine.process, core.worker.worker; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
