"""Where a face is: asked of the engine's process while it works, and no job."""

from __future__ import annotations

import asyncio
import io
import os
import signal

import numpy as np
import pytest
from PIL import Image

from core.domain.likeness import Likeness
from core.domain.names import BlobId
from core.errors import EngineError, ModelError
from core.tinymodel.draw import draw
from core.tinymodel.face_training import face_area
from core.tinymodel.measure import held_out
from core.worker.worker import EngineState
from tests.core.engine.making import drawn, png
from tests.core.worker.test_worker import House, house

__all__ = ["house"]
SEEING = "tests.core.worker.seeing_engine"

SEEING = "tests.core.worker.seeing_engine"


async def test_an_engine_finds_faces_measures_likeness_and_goes_on_working(house: House) -> None:
    picture = held_out(9_600_000, 1)[0]
    shown = png(Image.fromarray(draw(picture)))
    async with house.worker(program=SEEING) as worker:
        found = await worker.look("bundled", shown)
        with pytest.raises(EngineError) as nobody:
            await worker.look("bundled", png(drawn(3)))
        with pytest.raises(ModelError) as wordless:
            await worker.look("bundled", shown, "the left shoe")
        with pytest.raises(ModelError) as blind:
            await worker.look("another", shown)
        base = BlobId(await house.blobs.put(shown, "image/png"))
        job = await house.submit(model="bundled", likeness=Likeness(base=base, keep=True))
        worker.wake()
        await house.ended(job)
    area = np.asarray(Image.open(io.BytesIO(found))) > 127
    truth = face_area(picture)
    assert (area & truth).sum() / (area | truth).sum() > 0.85
    assert [error.value.reason for error in (nobody, wordless, blind)] == ["no-face", "no-finder-words", "no-finder"]
    outcome = (await house.queue.get(job)).outcome
    assert outcome
    assert outcome.likeness
    assert outcome.likeness.score < 0.5
    assert outcome.likeness.tries == 3


async def test_an_engine_that_dies_on_a_question_is_said_to_be_away(house: House) -> None:
    async with house.worker(program=SEEING) as worker:
        await house.ended(await house.submit())
        assert worker.status()[0].state is EngineState.READY
        asked = asyncio.create_task(worker.look("bundled", png(drawn(3))))
        await asyncio.sleep(0)
        os.kill(worker.status()[0].pid or 0, signal.SIGKILL)
        with pytest.raises(EngineError) as error:
            await asked
    assert error.value.reason == "away"
