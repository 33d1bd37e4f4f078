"""The receiving half of the program on the fake Telegram, with a handle of the test's own in the front's place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import telegram

from bot.chat_pace import Pace
from bot.settings import Settings
from bot.telegram_bot.adapter import Compose, House, Telegram, open_telegram
from bot.telegram_bot.client import Bot
from bot.telegram_bot.inbox import Handle
from core.service.deliveries import DeliveryStore
from core.service.service import Service
from core.storage.database import Database
from core.storage.updates import UpdateStore
from tests.telegram.fake import FakeTelegram

QUICK = "tests.core.worker.quick_engine"
PACE = Pace(step=0.05, look=0.1, retry=0.05, second=0.05)


class Heard:
    """Keeps what it is given. A message that says "wait" is in hand until `go` is set, one that says "fail" fails."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.calls: list[list[telegram.Update]] = []
        self.times: list[float] = []
        self.go = asyncio.Event()
        self.is_stopping = False

    async def handle(self, updates: Sequence[telegram.Update], received_at: float) -> None:
        said = words_of(updates[0])
        self.calls.append(list(updates))
        self.times.append(received_at)
        self.begun.append(said)
        if "fail" in said:
            raise RuntimeError(f"could not do {said}")
        if "wait" in said:
            await self.go.wait()
        self.ended.append(said)


def words_of(update: telegram.Update) -> str:
    if update.callback_query:
        return f"press {update.callback_query.data}"
    if update.inline_query:
        return f"inline {update.inline_query.query}"
    if update.my_chat_member:
        return "member"
    message = update.effective_message
    assert message is not None, "all others are messages"
    return message.text or message.caption or ""


def answered_by(handle: Handle) -> Compose:
    """Instead of `compose`."""

    @asynccontextmanager
    async def composed(house: House, bot: Bot) -> AsyncIterator[Handle]:
        yield handle

    return composed


def settings_for(fake: FakeTelegram, folder: Path, **changes: object) -> Settings:
    mine = {
        "data": folder / "data",
        "web": False,
        "telegram_token": fake.token,
        "telegram_endpoint": fake.origin,
        "offline": True,
        "_env_file": None,
    }
    return Settings.load(**(mine | changes))


@asynccontextmanager
async def receiving(
    fake: FakeTelegram, folder: Path, heard: Heard, *, store: type[UpdateStore] = UpdateStore, pace: Pace = PACE
) -> AsyncIterator[Telegram]:
    """Logged in and polling; the block's end is an ordinary stop."""
    settings = settings_for(fake, folder)
    settings.data.mkdir(exist_ok=True)
    async with Database(settings.database) as database:
        house = House(
            service=cast(Service, heard),  # of which nothing but `is_stopping` is asked here
            deliveries=cast(DeliveryStore, None),
            updates=store(database, fake.clock),
            settings=settings,
            clock=fake.clock,
            pace=pace,
        )
        async with open_telegram(house, answered_by(heard.handle)) as adapter:
            await fake.until_connected()
            yield adapter
