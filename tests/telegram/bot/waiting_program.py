"""The whole program in a process of its own, with a front that writes down what it hears and waits to be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import telegram

from bot.app import Stand, open_app
from bot.run import greeting
from bot.settings import Settings
from bot.telegram_bot import adapter
from tests.telegram.bot.receiving import PACE, QUICK, answered_by, words_of


async def main() -> None:
    settings = Settings.load(_env_file=None)
    heard, go = settings.data / "heard", settings.data / "go"

    async def handle(updates: Sequence[telegram.Update], received_at: float) -> None:
        with heard.open("a") as file:
            file.write(f"begun {words_of(updates[0])}\n")
        if not go.exists():
            await asyncio.Event().wait()
        with heard.open("a") as file:
            file.write(f"ended {words_of(updates[0])}\n")

    adapter.open_telegram = partial(adapter.open_telegram, compose=answered_by(handle))
    async with open_app(settings, Stand(engine=QUICK, pace=PACE)) as app:
        print(greeting(app, settings), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
