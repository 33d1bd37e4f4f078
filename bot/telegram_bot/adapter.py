"""Telegram as a part of the program: logs in, hears what people send, and goes down in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

from telegram.error import InvalidToken

from bot.chat_pace import Pace
from bot.settings import Settings
from bot.telegram_bot.client import Bot, looks_like_token, make_bot
from bot.telegram_bot.courier import Courier
from bot.telegram_bot.failures import TROUBLE, where
from bot.telegram_bot.front import Front
from bot.telegram_bot.inbox import Handle, Inbox
from bot.telegram_bot.menus import sync
from bot.telegram_bot.polling import OUT_OF_REACH, Pauses, poll
from bot.telegram_bot.rooms import Rooms
from bot.telegram_bot.webhook import Hook, be_called
from core.domain.clock import Clock
from core.errors import StartError
from core.service.deliveries import DeliveryStore, UpdateStore
from core.service.service import Service

log = logging.getLogger(__name__)

_HELLO = 10.0  # seconds that a start waits for the login


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """What the adapter works with; built in `bot.app`. With a `hook` Telegram calls us, without one it is asked."""

    service: Service
    deliveries: DeliveryStore
    updates: UpdateStore
    settings: Settings
    clock: Clock
    pace: Pace
    hook: Hook | None = None


Compose = Callable[[House, Bot], AbstractAsyncContextManager[Handle]]


@asynccontextmanager
async def compose(house: House, bot: Bot) -> AsyncIterator[Handle]:
    """What answers people, around one bot: cards that a former start left are picked up before anybody is heard."""
    try:
        await sync(bot, house.settings.data)
    except TROUBLE as error:  # the next start tries again
        log.warning("telegram.commands-not-synced: %s", type(error).__name__)
    courier = Courier(house.service, house.deliveries, house.clock, bot, house.pace)
    front = Front(service=house.service, courier=courier, bot=bot, settings=house.settings, clock=house.clock)
    async with courier.running(), Rooms(house.service, bot, house.pace).running():
        try:
            yield front.handle
        finally:
            await front.stop()


class Telegram:
    """The connection, for as long as the program runs. `status` is one line for the greeting."""

    def __init__(self, house: House, token: str, compose: Compose) -> None:
        self.status = OUT_OF_REACH
        self._house = house
        self._token = token
        self._compose = compose
        self._decided = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Returns from its start once it is known whether the token works, or after some seconds."""
        life = asyncio.create_task(self._live(), name="telegram")
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_HELLO):
                    await self._decided.wait()
            yield
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)

    async def _live(self) -> None:
        """Log in and stay; a wrong token ends it with one sentence, an ill Telegram is waited for."""
        pauses = Pauses(self._house.pace.retry)
        while True:
            try:
                await self._session(pauses)
            except InvalidToken:  # its own words hold the token
                self.status = StartError("telegram-token").sentence
                log.error("telegram.refused: %s", self.status)
                self._decided.set()
                return
            except TROUBLE as error:
                pause = pauses.after(error)
                self.status = OUT_OF_REACH
                log.warning("telegram.unreachable pause=%.1f: %s", pause, type(error).__name__)
            except Exception as error:
                pause = pauses.after(error)
                log.error("telegram.session-failed pause=%.1f: %s", pause, where(error))
            self._decided.set()
            await asyncio.sleep(pause)

    async def _session(self, pauses: Pauses) -> None:
        """One bot from its login to its end. Raises InvalidToken, and TROUBLE where the login fails."""
        if not looks_like_token(self._token):
            raise InvalidToken
        house = self._house
        async with make_bot(self._token, house.settings.telegram_endpoint, house.pace, house.clock) as bot:
            pauses.reset()
            hello = f"logged in as @{bot.username}"
            async with self._compose(house, bot) as handle:
                inbox = Inbox(
                    house.updates,
                    house.clock,
                    handle,
                    bot=bot,
                    pace=house.pace,
                    is_held=lambda: house.service.is_stopping,
                )
                async with inbox.running():
                    await self._hear(bot, inbox, hello)

    async def _hear(self, bot: Bot, inbox: Inbox, hello: str) -> None:
        """For ever."""

        def tell(trouble: str) -> None:
            self.status = trouble or hello
            self._decided.set()

        tell("")
        house, hook = self._house, self._house.hook
        if hook is None:
            await poll(bot, inbox, house.pace.retry, tell)
            return
        origin = house.settings.telegram_webhook
        assert origin is not None, "there is a hook where there is an address"
        hook.inbox = inbox
        try:
            await be_called(bot, hook, origin, house.pace.retry, tell)
        finally:
            hook.inbox = None


@asynccontextmanager
async def open_telegram(house: House, compose: Compose = compose) -> AsyncIterator[Telegram]:
    """While inside the block Telegram is spoken to. Never raises for what is wrong over there."""
    token = house.settings.telegram_token
    assert token is not None, "it is opened where there is a token"
    adapter = Telegram(house, token.get_secret_value(), compose)
    async with adapter.running():
        yield adapter
