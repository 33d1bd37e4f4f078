"""Being called by Telegram, through the page's server, instead of asking it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging

from aiohttp import web
from telegram.error import BadRequest, InvalidToken

from bot.settings import Settings
from bot.telegram_bot.client import ASKED_FOR, Bot
from bot.telegram_bot.failures import TROUBLE, where
from bot.telegram_bot.inbox import Inbox
from bot.telegram_bot.polling import OUT_OF_REACH, Pauses, Tell
from bot.web.bodies import read_json
from core.errors import InputError, StartError

log = logging.getLogger(__name__)

PATH = "/telegram"
_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_MOST = 1_000_000  # bytes of an update
_CONNECTIONS = 40  # that Telegram may have open to us
_LOOK = 300.0  # seconds between two looks whether it still calls us


def check_webhook(settings: Settings) -> None:
    """Raises StartError where Telegram could not call us, as things are set."""
    if settings.telegram_webhook is None:
        return
    if not settings.telegram_webhook.startswith("https://"):
        raise StartError("telegram-https")
    if not settings.web:
        raise StartError("telegram-page")


class Hook:
    """The door that Telegram knocks at. Whoever does not know the secret is told nothing."""

    def __init__(self, key: bytes, token: str) -> None:
        """`key` signs; the same one and the same token give the same secret after a restart."""
        self.secret = hmac.new(key, f"telegram-webhook:{token}".encode(), hashlib.sha256).hexdigest()
        self.inbox: Inbox | None = None  # while the bot is ready

    @property
    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.answer)]

    async def answer(self, request: web.Request) -> web.Response:
        """200 once the update is written down; until then Telegram sends it again. Raises InputError."""
        given = request.headers.get(_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, self.secret.encode()):
            return web.Response(status=403)
        body = await read_json(request, _MOST)
        number = body.get("update_id")
        if type(number) is not int:
            raise InputError("malformed")
        inbox = self.inbox
        if inbox is None or inbox.is_full:
            return web.Response(status=503)
        try:
            await inbox.take([body])
        except Exception as error:  # the database, most likely
            log.error("telegram.not-taken update=%s: %s", number, where(error))
            return web.Response(status=503)
        return web.Response()


async def be_called(bot: Bot, hook: Hook, origin: str, first_pause: float, tell: Tell) -> None:
    """For ever: have Telegram call us, and look now and then whether it does. Raises InvalidToken."""
    pauses, url = Pauses(first_pause), f"{origin}{PATH}"
    while True:
        try:
            await _set(bot, hook, url)
            pauses.reset()
            tell("")
            await _watch(bot, url)
            continue
        except InvalidToken:
            raise
        except BadRequest as error:
            pause = pauses.after(error)
            tell(StartError("telegram-webhook").sentence)
            log.error("telegram.webhook-refused pause=%.1f: %s", pause, error.message[:200])
        except TROUBLE as error:
            pause = pauses.after(error)
            tell(OUT_OF_REACH)
            log.warning("telegram.webhook-not-set pause=%.1f: %s", pause, type(error).__name__)
        await asyncio.sleep(pause)


async def _set(bot: Bot, hook: Hook, url: str) -> None:
    await bot.set_webhook(url, secret_token=hook.secret, max_connections=_CONNECTIONS, allowed_updates=list(ASKED_FOR))
    log.info("telegram.webhook-set")


async def _watch(bot: Bot, url: str) -> None:
    """Returns when somebody set another one. Telegram's own trouble in reaching us is in the log."""
    told = None
    while True:
        await asyncio.sleep(_LOOK)
        info = await bot.get_webhook_info()
        if info.url != url:
            log.warning("telegram.webhook-taken-away: another program uses this bot")
            return
        if info.last_error_message and info.last_error_date != told:
            told = info.last_error_date
            log.warning("telegram.webhook-fails: %s", info.last_error_message[:200])
