from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable

import psutil
import pytest
from PIL import Image

from core.errors import InputError, PictureError
from core.imaging.intake import Intake, IntakeLimits
from tests.core.imaging.pictures import astronaut, difference, encoded, opened, png_claiming

SMALL = encoded(astronaut(64, 64), "PNG")


_others: set[psutil.Process] = set()  # of an intake that other tests in this process keep for their session


@pytest.fixture(autouse=True)
def _only_mine() -> None:
    _others.clear()
    _others.update(decoding_processes())


def decoding_processes() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    spawned = [child for child in children if any("spawn_main" in word for word in child.cmdline())]
    return [child for child in spawned if child not in _others]


async def until(condition: Callable[[], bool]) -> None:
    """Look at another process until it is so: processes give no events."""

    def look() -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.01)

    await asyncio.to_thread(look)


def heavy_png(side: int = 6000) -> bytes:
    """Small to send, large and slow to open."""
    return encoded(Image.new("RGBA", (side, side), (9, 9, 9, 90)), "PNG", compress_level=1)


@pytest.fixture(scope="module")
def heavy() -> bytes:
    return heavy_png()


@pytest.fixture
async def intake() -> AsyncIterator[Intake]:
    async with Intake(IntakeLimits(workers=1)) as opened_intake:
        yield opened_intake


async def refusal(intake: Intake, data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        await intake.open(data)
    return caught.value.reason


async def test_a_picture_and_its_mask_come_back_from_the_other_process(intake: Intake) -> None:
    picture = await intake.open(SMALL)
    assert difference(opened(picture.png), astronaut(64, 64)) == 0
    mask = await intake.open_mask(encoded(Image.new("L", (64, 64), 200), "PNG"), 64, 64)
    assert opened(mask).getextrema() == (200, 200)


async def test_an_error_keeps_its_sentence_on_the_way_back(intake: Intake) -> None:
    with pytest.raises(PictureError) as caught:
        await intake.open(png_claiming(60_000, 60_000))
    assert caught.value.sentence == "That picture is 60000x60000; 50 megapixels is the most."
    with pytest.raises(InputError) as mask_error:
        await intake.open_mask(SMALL, 32, 32)
    assert mask_error.value.key == "input.mask-size"


async def test_empty_and_oversized_files_are_refused_without_asking_the_process() -> None:
    async with Intake(IntakeLimits(max_bytes=1_000_000)) as intake:
        await intake.open(SMALL)
        for process in decoding_processes():
            process.suspend()
        assert await refusal(intake, b"") == "empty"
        with pytest.raises(PictureError) as caught:
            await intake.open(bytes(2_500_000))
        assert caught.value.sentence == "That file is 2.5 MB; 1 MB is the most."
        for process in decoding_processes():
            process.resume()


async def test_a_picture_that_takes_too_long_is_given_up_and_the_next_one_works(heavy: bytes) -> None:
    async with Intake(IntakeLimits(workers=1, seconds=0.2)) as intake:
        assert await refusal(intake, heavy) == "too-slow"
        assert (await intake.open(SMALL)).width == 64


async def test_a_process_that_says_nothing_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.imaging.intake._GRACE", 1.0)
    async with Intake(IntakeLimits(workers=1, seconds=2)) as intake:
        await intake.open(SMALL)
        (process,) = decoding_processes()
        process.suspend()
        assert await refusal(intake, SMALL) == "too-slow"
        assert (await intake.open(SMALL)).width == 64
        await until(lambda: not process.is_running())


async def test_a_picture_that_needs_too_much_memory_is_refused_and_the_next_one_works(heavy: bytes) -> None:
    async with Intake(IntakeLimits(workers=1, memory_bytes=150 * 2**20)) as intake:
        assert await refusal(intake, heavy) == "too-heavy"
        assert (await intake.open(SMALL)).width == 64


@pytest.mark.parametrize(("death", "reason"), [(signal.SIGKILL, "too-heavy"), (signal.SIGSEGV, "truncated")])
async def test_a_process_that_dies_of_a_picture_is_replaced(
    intake: Intake, heavy: bytes, death: signal.Signals, reason: str
) -> None:
    await intake.open(SMALL)
    (process,) = decoding_processes()
    before = process.cpu_times().user
    task = asyncio.create_task(refusal(intake, heavy))
    await until(lambda: process.cpu_times().user > before + 0.05)  # it is at work on the picture
    os.kill(process.pid, death)
    assert await task == reason
    assert (await intake.open(SMALL)).width == 64


async def test_a_process_that_dies_between_two_pictures_is_not_noticed(intake: Intake) -> None:
    await intake.open(SMALL)
    (process,) = decoding_processes()
    process.kill()
    assert (await intake.open(SMALL)).width == 64
    (process,) = decoding_processes()
    process.kill()
    await until(lambda: not process.is_running())  # the pool has noticed, and is broken
    assert (await intake.open(SMALL)).width == 64


async def test_a_cancelled_caller_gives_its_turn_back(intake: Intake, heavy: bytes) -> None:
    await intake.open(SMALL)
    task = asyncio.create_task(intake.open(heavy))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await intake.open(SMALL)).width == 64


async def test_a_thousand_at_once_wait_their_turn() -> None:
    tiny = encoded(astronaut(16, 16), "PNG")
    async with Intake() as intake:
        pictures = await asyncio.gather(*(intake.open(tiny) for _ in range(1000)))
        assert len(pictures) == 1000
        assert len(decoding_processes()) == 2


async def test_no_process_outlives_its_intake() -> None:
    async with Intake() as intake:
        await intake.open(SMALL)
        processes = decoding_processes()
        assert processes
    gc.collect()
    assert [process for process in processes if process.is_running()] == []


async def test_what_the_decoders_print_stays_in_their_process(capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(encoded(astronaut(64, 64), "TIFF", compression="jpeg"))
    data[20:50] = bytes(30)  # inside the strip: libjpeg has a word to say about it
    async with Intake(IntakeLimits(workers=1)) as intake:
        assert await refusal(intake, bytes(data)) == "truncated"
    assert capfd.readouterr().err == ""


def test_no_token_is_within_reach_of_a_decoder() -> None:
    code = "import os; from core.imaging.decode import confine; confine(10**9); print(sorted(os.environ))"
    secrets = {"RESTYLE_DISCORD_TOKEN": "x", "HF_TOKEN": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | secrets, capture_output=True, text=True, check=True
    )
    assert "PATH" in run.stdout
    assert not [name for name in secrets if name in run.stdout]
