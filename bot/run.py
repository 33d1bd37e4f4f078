"""`restyle run`: the whole program in the foreground, until a signal."""

from __future__ import annotations

import asyncio
import signal

from bot.app import App, open_app
from bot.heap import share_one_heap
from bot.logs import configure_logging
from bot.settings import Settings


def run(*, debug: bool) -> int:
    """Exit status 0 after a clean stop; StartError tells what is in the way."""
    settings = Settings.load()
    configure_logging("debug" if debug else settings.log_level)
    share_one_heap()
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_app(settings) as app:
        print(greeting(app, settings), flush=True)
        await stop.wait()
        print("Stopping: what runs may finish, what waits is kept.", flush=True)


def greeting(app: App, settings: Settings) -> str:
    """What is connected, and where the page is."""
    page = app.web_address or "off (RESTYLE_WEB)"
    if settings.web_token and app.web_address:
        page += "  (add ?token= and your RESTYLE_WEB_TOKEN once)"
    return "\n".join(
        [
            "Restyle is running.",
            f"  page      {page}",
            f"  model     {', '.join(settings.offered)} on {settings.device}",
            f"  discord   {app.discord.status if app.discord else 'no token, off'}",
            f"  telegram  {app.telegram.status if app.telegram else 'no token, off'}",
            "Ctrl-C stops it.",
        ]
    )
