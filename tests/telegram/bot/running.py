"""The real program on the fake Telegram, in this process; only the model is a quick one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import App, Stand, open_app
from bot.chat_pace import Pace
from bot.settings import Settings
from tests.telegram.fake import FakeTelegram, Message, Person

QUICK = "tests.core.worker.quick_engine"
HURRY = 60  # times as fast as Telegram's own clock: its flood limits, and how we keep them
PACE = Pace(step=0.05, look=0.1, retry=0.05, second=1 / HURRY)
PATIENT = Pace(step=5, look=1, retry=0.05, second=1 / HURRY)  # a result of the next seconds is the first message
FAST, SLOW = '"0.001" fox', '"0.15" fox'  # prompts: what one step of the quick engine takes, in seconds


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
async def restyle(fake: FakeTelegram, folder: Path, *, pace: Pace = PACE, **changes: object) -> AsyncIterator[App]:
    """`restyle run`, connected."""
    stand = Stand(clock=fake.clock, engine=QUICK, pace=pace)
    async with open_app(settings_for(fake, folder, **changes), stand) as app:
        await fake.until_connected()
        yield app


async def shown(person: Person, words: str, *, after: Message | None = None) -> Message:
    """The bot's newest message that this person sees with these words, once it is there."""

    def found() -> list[Message]:
        return [each for each in person.answers if words in each.text and (after is None or each.id > after.id)]

    await person.telegram.until(found)
    return found()[-1]


async def ended(person: Person, *, after: Message | None = None) -> Message:
    """The newest card with its result."""

    def found() -> list[Message]:
        done = [each for each in person.answers if "Subtle" in each.labels and each.media]
        return [each for each in done if after is None or each.id > after.id]

    await person.telegram.until(found)
    return found()[-1]


async def handed(person: Person) -> Message:
    """The newest file that was handed over."""

    def found() -> list[Message]:
        return [each for each in person.answers if each.media and each.media.kind == "document" and not each.labels]

    await person.telegram.until(found)
    return found()[-1]
