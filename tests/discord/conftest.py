"""A fake Discord for each test, and a small bot that has logged in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.discord.fake import FakeDiscord
from tests.discord.small_bot import SmallBot, running


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


@pytest.fixture
async def bot(fake: FakeDiscord) -> AsyncIterator[SmallBot]:
    async with running(SmallBot(fake), fake) as bot:
        yield bot
