"""The program, connected to a fake Discord of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from tests.discord.bot.running import restyle
from tests.discord.fake import FakeDiscord


@pytest.fixture
async def app(fake: FakeDiscord, tmp_path: Path) -> AsyncIterator[App]:
    fake.rates.hurry(20)
    async with restyle(fake, tmp_path) as app:
        yield app
