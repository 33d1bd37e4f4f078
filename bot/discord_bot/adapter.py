"""Discord as a part of the program: logs in, stays connected, and goes down in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.chat_pace import Pace
from bot.discord_bot.client import Client, make_client
from bot.discord_bot.commands import fingerprint
from bot.discord_bot.connecting import connector
from bot.discord_bot.courier import Courier
from bot.discord_bot.failures import TROUBLE
from bot.discord_bot.fetch import Fetcher
from bot.discord_bot.front import Front
from bot.discord_bot.rooms import Rooms
from bot.discord_bot.ways import Ways
from bot.settings import Settings
from core.domain.clock import Clock
from core.errors import StartError
from core.service.deliveries import DeliveryStore
from core.service.service import Service

log = logging.getLogger(__name__)

_HELLO = 10.0  # seconds that a start waits for the login
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0  # seconds between tries to log in while Discord cannot be reached
_SYNCED = "discord-commands.sha256"  # a file in the data folder
_FATAL = (discord.LoginFailure, discord.PrivilegedIntentsRequired)


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """What the adapter works with; built in `bot.app`."""

    service: Service
    deliveries: DeliveryStore
    settings: Settings
    clock: Clock
    pace: Pace


class Discord:
    """The connection, for as long as the program runs. `status` is one line for the greeting."""

    def __init__(self, house: House, token: str) -> None:
        self.status = "cannot be reached yet; it is tried again"
        self.client: Client | None = None
        self._house = house
        self._token = token
        self._decided = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Returns from its start once it is known whether the token works, or after some seconds."""
        life = asyncio.create_task(self._live(), name="discord")
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_HELLO):
                    await self._decided.wait()
            yield
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)

    async def _live(self) -> None:
        """Log in and stay; a wrong token ends it with one sentence, an ill Discord is waited for."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._session()
                pause = _FIRST_PAUSE
            except _FATAL as error:
                refused = "discord-intent" if isinstance(error, discord.PrivilegedIntentsRequired) else "discord-token"
                self.status = StartError(refused).sentence
                log.error("discord.refused: %s", self.status)
                self._decided.set()
                return
            except TROUBLE as error:
                log.warning("discord.unreachable pause=%.0f: %s", pause, error)
            except Exception:
                log.exception("discord.session-failed")
            self._decided.set()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _session(self) -> None:
        """One client from its login to its end."""
        house, settings = self._house, self._house.settings
        lines = connector(settings.discord_endpoint, settings.discord_ca)
        async with make_client(lines, sharded=settings.discord_sharded, ideas=settings.discord_ideas) as client:
            fetcher = Fetcher(lines, int(settings.max_file_megabytes * 1e6))
            try:
                await client.login(self._token)
                with _mended_by_the_next_start("discord.sync-failed"):
                    await self._sync(client)
                courier = Courier(house.service, house.deliveries, house.clock, Ways(client=client), house.pace)
                client.front = Front(house.service, courier, fetcher, house.clock, settings.discord_ideas)
                rooms = Rooms(house.service, client, house.pace)
                async with courier.running(), rooms.running():
                    self._say_hello(client)
                    try:
                        await client.connect()
                    finally:
                        await client.front.stop()
            finally:
                self.client = None
                await fetcher.close()

    def _say_hello(self, client: Client) -> None:
        self.client = client
        self.status = f"logged in as {client.user}"
        self._decided.set()

    async def _sync(self, client: Client) -> None:
        """Tell Discord our commands where they have changed since it was told: it allows few such calls a day."""
        file = self._house.settings.data / _SYNCED
        assert client.application_id is not None, "logging in tells it"
        known, fresh = await asyncio.to_thread(_read, file), await fingerprint(client.tree, client.application_id)
        if known == fresh:
            return
        await client.tree.sync()
        await asyncio.to_thread(file.write_text, fresh)
        log.info("discord.commands-synced")


@contextmanager
def _mended_by_the_next_start(what: str) -> Iterator[None]:
    """The commands of the last sync go on working without a new one."""
    try:
        yield
    except TROUBLE:
        log.exception(what)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


@asynccontextmanager
async def open_discord(house: House) -> AsyncIterator[Discord]:
    """While inside the block Discord is spoken to. Never raises for what is wrong over there."""
    token = house.settings.discord_token
    assert token is not None, "it is opened where there is a token"
    adapter = Discord(house, token.get_secret_value())
    async with adapter.running():
        yield adapter
