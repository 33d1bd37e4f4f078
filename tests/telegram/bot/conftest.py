"""The program, connected to a fake Telegram of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from tests.telegram.bot.running import HURRY, restyle
from tests.telegram.fake import Chat, FakeTelegram


@pytest.fixture
async def app(fake: FakeTelegram, tmp_path: Path) -> AsyncIterator[App]:
    fake.rates.hurry(HURRY)
    async with restyle(fake, tmp_path) as app:
        yield app


@pytest.fixture
def forum(fake: FakeTelegram) -> Chat:
    """A group with topics, which the bot may open."""
    chat = fake.supergroup(forum=True)
    fake.make_admin(fake.bot, chat)
    return chat


@pytest.fixture
def group(fake: FakeTelegram) -> Chat:
    return fake.group()
