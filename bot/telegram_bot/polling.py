"""Asking Telegram for what people sent: one long question after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.telegram_bot.client import Bot
from bot.telegram_bot.failures import seconds_of, where
from bot.telegram_bot.inbox import Inbox

log = logging.getLogger(__name__)
Tell = Callable[[str], None]  # the line for the greeting

NOT_ALONE = "another program reads this bot's messages: stop that one, or give this one a bot of its own"
OUT_OF_REACH = "cannot be reached at the moment; it is tried again"
_LONGEST = 30  # times the first pause


class Pauses:
    """Between tries: each twice as long as the one before, and never shorter than Telegram asks for."""

    def __init__(self, first: float) -> None:
        self._first = self._next = first

    def after(self, error: BaseException) -> float:
        """Seconds to wait now."""
        pause, self._next = self._next, min(2 * self._next, _LONGEST * self._first)
        return max(pause, seconds_of(error)) if isinstance(error, RetryAfter) else pause

    def reset(self) -> None:
        self._next = self._first


async def poll(bot: Bot, inbox: Inbox, first_pause: float, tell: Tell) -> None:
    """For ever. What came is confirmed, by the next question, only once it is written down. Raises InvalidToken."""
    pauses, is_alone = Pauses(first_pause), True
    while True:
        try:
            await bot.delete_webhook()  # Telegram tells one place only
            if is_alone:
                tell("")
            await _ask_on(bot, inbox, pauses, tell)
        except InvalidToken:
            raise
        except TelegramError as error:
            pause, is_alone = pauses.after(error), not isinstance(error, Conflict)
            tell(OUT_OF_REACH if is_alone else NOT_ALONE)
            log.warning("telegram.not-polled pause=%.1f: %s", pause, _said(error))
        except Exception as error:  # the database, most likely: nothing was confirmed
            pause = pauses.after(error)
            log.error("telegram.not-taken pause=%.1f: %s", pause, where(error))
        await asyncio.sleep(pause)


async def _ask_on(bot: Bot, inbox: Inbox, pauses: Pauses, tell: Tell) -> None:
    """Until something goes wrong."""
    offset = None
    while True:
        await inbox.room()
        told = await bot.told(offset)
        await inbox.take(told)
        pauses.reset()
        tell("")
        # Numbers may begin anew after a quiet week; once nothing came, all is confirmed and none is needed.
        offset = max(body["update_id"] for body in told) + 1 if told else None


def _said(error: TelegramError) -> str:
    """In our words where we have some; Telegram's are short, those of a broken gateway are not."""
    return NOT_ALONE if isinstance(error, Conflict) else error.message[:200]
