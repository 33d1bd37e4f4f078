"""The real program on the fake Discord, in this process; only the model is a quick one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.app import App, Stand, open_app
from bot.chat_pace import Pace
from bot.settings import Settings
from tests.discord.fake import Answer, FakeDiscord, Message
from tests.discord.fake.reading import BUTTON, walk

QUICK = "tests.core.worker.quick_engine"
PACE = Pace(step=0.05, look=0.1, retry=0.05, second=1 / 60)
FAST, SLOW = '"0.001" fox', '"0.15" fox'  # prompts: what one step of the quick engine takes, in seconds


def png(size: tuple[int, int] = (96, 64), colour: str = "tomato") -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def settings_for(fake: FakeDiscord, folder: Path, **changes: object) -> Settings:
    mine = {
        "data": folder / "data",
        "web": False,
        "discord_token": fake.token,
        "discord_endpoint": fake.endpoint,
        "discord_ca": fake.ca,
        "offline": True,
        "_env_file": None,
    }
    return Settings.load(**(mine | changes))


@asynccontextmanager
async def restyle(fake: FakeDiscord, folder: Path, *, pace: Pace = PACE, **changes: object) -> AsyncIterator[App]:
    """`restyle run`, connected."""
    stand = Stand(clock=fake.clock, engine=QUICK, pace=pace)
    async with open_app(settings_for(fake, folder, **changes), stand) as app:
        await fake.until_connected()
        yield app


def card_of(fake: FakeDiscord, answer: Answer) -> Message:
    assert answer.message is not None, "it was answered"
    return answer.message


async def ended(fake: FakeDiscord, answer: Answer, words: str = "seed") -> Message:
    """The card once it shows its result (or `words`)."""
    await fake.until(lambda: answer.message is not None and words in answer.text)
    return card_of(fake, answer)


async def told(fake: FakeDiscord, answer: Answer, words: str) -> None:
    """Until the answer, with its follow-ups, says this."""
    await fake.until(lambda: words in answer.text)


def labels(message: Message) -> list[str]:
    """Of all its buttons, in order."""
    return [each["label"] for each in walk(message.components) if each["type"] == BUTTON]
