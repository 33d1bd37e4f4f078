"""The promise: nothing accepted is lost, whatever is killed and whenever."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.mayhem import mayhem
from tests.small_models import small_sd

pytestmark = pytest.mark.long
KILLS = 14  # `benchmarks/soak.py` kills more often


@pytest.mark.timeout(900)
async def test_every_accepted_job_ends_once_through_more_than_a_dozen_kills(tmp_path: Path) -> None:
    model = small_sd(tmp_path / "model")
    tally = await mayhem(tmp_path / "data", model, kills=KILLS, people=4, seed=20, pause=1.5)
    print(tally)
    assert not tally.defects
    assert tally.kills["chat"] >= 3
    assert tally.kills["engine"] >= 3
    assert tally.ends["done"] >= KILLS / 2
