"""Telegram's flood limits, kept on our side: a message a second in a chat, 20 a minute in a group, 30 a second in all.

The library's `AIORateLimiter` is a leaky bucket, which lets up to twice as many through in one window, knows nothing of
the rule for a single chat, and lets everybody wait for one chat that is barred.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from telegram.constants import FloodLimit
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.chat_pace import Pace
from bot.telegram_bot.failures import seconds_of
from core.domain.clock import Clock

log = logging.getLogger(__name__)
Told = bool | dict[str, Any] | list[dict[str, Any]]

_MINUTE = 60
_UPLOAD = 5.0  # seconds; a shorter request counts as just sent until it is answered
_CHATS = 2000  # kept before idle ones are dropped
_LOOKED_AT = 100  # of them at a time
_PACED = ("send", "editMessage", "deleteMessage", "forwardMessage", "copyMessage", "stopPoll")
_NOT_PACED = ("sendChatAction",)


class Limiter(BaseRateLimiter[None]):
    """Calls that make, change or delete messages wait for their turn; all others go through at once.

    Within a chat they keep their order. A `RetryAfter` reaches the caller, and further calls to that chat alone wait
    until it is over.
    """

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._second = pace.second
        self._clock = clock
        self._chats: OrderedDict[int | str, _Chat] = OrderedDict()
        self._everywhere = _Window(most=FloodLimit.MESSAGES_PER_SECOND, seconds=pace.second)
        self._turn = asyncio.Lock()  # of the chats that are ready, first come first served

    async def initialize(self) -> None:
        """Nothing is to be opened."""

    async def shutdown(self) -> None:
        """Nothing is held open."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Told]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> Told:
        """Called by the library for every request but getUpdates. Raises what the request raises."""
        if not endpoint.startswith(_PACED) or endpoint.startswith(_NOT_PACED):
            return await callback(*args, **kwargs)
        chat = self._chat(data.get("chat_id"))
        async with self._counted(chat, _messages(data)):
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                chat.barred_until = self._clock.monotonic() + seconds_of(error)
                log.info("telegram.flood chat=%s seconds=%.0f", data.get("chat_id"), seconds_of(error))
                raise

    def has_room(self, chat_id: int | str) -> bool:
        """Whether a message that matters little may go there at once, and leaves half of the room to those that matter.

        What a preview should ask before it is drawn: the twenty a minute of a group are soon used up.
        """
        chat, now = self._chats.get(_key(chat_id)), self._clock.monotonic()
        windows = (self._everywhere, *(chat.windows if chat else ()))
        is_free = chat is None or not (chat.turn.locked() or chat.barred_until > now)
        return is_free and all(window.wait(max(1, window.most // 2), now) <= 0 for window in windows)

    @asynccontextmanager
    async def _counted(self, chat: _Chat, messages: int) -> AsyncIterator[None]:
        """Wait for a turn: in the chat, then among all chats, so that nobody waits behind a chat that is full."""
        async with chat.turn:
            await self._sleep(lambda now: chat.wait(messages, now))
            async with self._turn:
                await self._sleep(lambda now: self._everywhere.wait(messages, now))
                began = self._clock.monotonic()
                sent = _Sent(messages=messages, latest=began + _UPLOAD)
                windows = (self._everywhere, *chat.windows)
                for window in windows:
                    window.sent.append(sent)
        try:
            yield
        finally:
            sent.ended_at = self._clock.monotonic()
            for window in windows:
                window.keep(sent)

    async def _sleep(self, left: Callable[[float], float]) -> None:
        """In short pieces, because what is waited for may change meanwhile."""
        while True:
            seconds = left(self._clock.monotonic())
            if seconds <= 0:
                return
            await asyncio.sleep(min(seconds, self._second))

    def _chat(self, chat_id: int | str | None) -> _Chat:
        """The one of an inline message is not known: only the limit for all chats counts there."""
        if chat_id is None:
            return _Chat()
        key = _key(chat_id)
        if key not in self._chats:
            if len(self._chats) >= _CHATS:
                self._drop_idle()
            self._chats[key] = _Chat(windows=_windows_of(key, self._second))
        self._chats.move_to_end(key)
        return self._chats[key]

    def _drop_idle(self) -> None:
        now = self._clock.monotonic()
        for key in list(islice(self._chats, _LOOKED_AT)):
            if self._chats[key].is_idle(now):
                del self._chats[key]


@dataclass(kw_only=True, slots=True, eq=False)
class _Sent:
    """One request, by the monotonic clock. Telegram counts it at some moment until it is answered."""

    messages: int
    latest: float  # what takes longer than this is an upload, and for the time being left out
    ended_at: float | None = None

    def at(self, now: float) -> float:
        return min(now, self.latest) if self.ended_at is None else self.ended_at


@dataclass(kw_only=True, slots=True, eq=False)
class _Window:
    """At most so many messages in any so many seconds."""

    most: int
    seconds: float
    sent: list[_Sent] = field(default_factory=list)

    def wait(self, messages: int, now: float) -> float:
        """Seconds until there is room for so many."""
        self.sent = [each for each in self.sent if each.at(now) > now - self.seconds]
        over = sum(each.messages for each in self.sent) + min(messages, self.most) - self.most
        for each in sorted(self.sent, key=lambda one: one.at(now)):
            if over <= 0:
                break
            over -= each.messages
            if over <= 0:
                return each.at(now) + self.seconds - now
        return 0.0

    def keep(self, sent: _Sent) -> None:
        """A slow upload may have been left out before its end, which is when it counts."""
        if sent not in self.sent:
            self.sent.append(sent)


@dataclass(kw_only=True, slots=True, eq=False)
class _Chat:
    windows: tuple[_Window, ...] = ()
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    barred_until: float = float("-inf")

    def wait(self, messages: int, now: float) -> float:
        return max(self.barred_until - now, *(window.wait(messages, now) for window in self.windows), 0.0)

    def is_idle(self, now: float) -> bool:
        return not self.turn.locked() and self.wait(1, now) <= 0 and not any(window.sent for window in self.windows)


def _windows_of(chat: int | str, second: float) -> tuple[_Window, ...]:
    """Groups and channels have negative ids; by a name only they are called."""
    one = _Window(most=FloodLimit.MESSAGES_PER_SECOND_PER_CHAT, seconds=second)
    if isinstance(chat, int) and chat > 0:
        return (one,)
    return (one, _Window(most=FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP, seconds=_MINUTE * second))


def _key(chat_id: int | str) -> int | str:
    """The same chat may be named as a number and as text."""
    try:
        return int(chat_id)
    except ValueError:
        return chat_id


def _messages(data: dict[str, Any]) -> int:
    """An album counts each of its pictures; the chat's own second counts it once."""
    media = data.get("media")
    return len(media) if isinstance(media, list | tuple) else 1
