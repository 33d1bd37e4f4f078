"""The whole program in a process of its own, as `restyle run`, but with the quick engine."""

from __future__ import annotations

import asyncio
import signal

from bot.app import Stand, open_app
from bot.heap import share_one_heap
from bot.run import greeting
from bot.settings import Settings
from tests.discord.bot.running import PACE, QUICK


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = Settings.load(_env_file=None)
    async with open_app(settings, Stand(engine=QUICK, pace=PACE)) as app:
        print(greeting(app, settings), flush=True)
        await stop.wait()


if __name__ == "__main__":
    share_one_heap()
    asyncio.run(main())
