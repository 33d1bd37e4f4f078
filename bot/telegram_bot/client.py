"""The client library's bot: where it finds Telegram, how long it waits, and how often it may write."""

from __future__ import annotations

import json
import re
from typing import Any

from telegram.error import TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.chat_pace import Pace
from bot.telegram_bot.limiter import Limiter
from core.domain.clock import Clock

ASKED_FOR = (
    "message",
    "edited_message",
    "channel_post",
    "callback_query",
    "inline_query",
    "chosen_inline_result",
    "my_chat_member",
)
LONG_POLL = 50  # seconds; the most that Telegram waits

_CONNECTIONS = 128  # at once: downloads, uploads and edits
_WAIT = 20.0  # seconds for an answer, for a connection, for a place among the connections
_UPLOAD = 120.0  # seconds between two pieces of a file going out
_SHAPE = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,200}")


class Bot(ExtBot[None]):
    """Telegram's API; close it with `async with`."""

    def __repr__(self) -> str:
        """The library's own shows the token."""
        return f"<Bot {self.token.partition(':')[0]}>"

    @property
    def limiter(self) -> Limiter:
        assert isinstance(self.rate_limiter, Limiter), "make_bot gave it one"
        return self.rate_limiter

    async def told(self, offset: int | None) -> list[dict[str, Any]]:
        """What people did since, as Telegram wrote it: an update that the library cannot read stops nothing here.

        Waits up to a minute for something; `offset` confirms everything before it. Raises TelegramError.
        """
        asked = {"offset": offset, "timeout": LONG_POLL, "allowed_updates": list(ASKED_FOR)}
        told: list[dict[str, Any]] = await self._post("getUpdates", asked, read_timeout=LONG_POLL + _WAIT)
        return told


class _Request(HTTPXRequest):
    """Answers that are no JSON come from something between Telegram and us; one line of ours tells of them."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            told = json.loads(payload)
        except ValueError as error:
            raise TelegramError("No answer of Telegram's") from error
        if not isinstance(told, dict):
            raise TelegramError("No answer of Telegram's")
        return told


def make_bot(token: str, endpoint: str, pace: Pace, clock: Clock) -> Bot:
    """`endpoint` is where Telegram is: https://api.telegram.org, or a Bot API server of one's own."""
    return Bot(
        token,
        base_url=f"{endpoint}/bot",
        base_file_url=f"{endpoint}/file/bot",
        request=_request(_CONNECTIONS),
        get_updates_request=_request(2),
        rate_limiter=Limiter(pace, clock),
    )


def looks_like_token(text: str) -> bool:
    """Numbers, a colon, and letters: as BotFather gives them out."""
    return _SHAPE.fullmatch(text) is not None


def _request(connections: int) -> HTTPXRequest:
    return _Request(
        connection_pool_size=connections,
        connect_timeout=_WAIT,
        read_timeout=_WAIT,
        write_timeout=_WAIT,
        pool_timeout=_WAIT,
        media_write_timeout=_UPLOAD,
        httpx_kwargs={"trust_env": False},  # a proxy of somebody's shell is not ours
    )
