"""What Telegram shows of the bot before anybody writes: its commands and its description, in every language."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)

from bot.commands import CATALOGUE
from bot.languages.choice import DEFAULT, NAMES
from bot.replies import say, summary
from bot.telegram_bot.client import Bot
from bot.telegram_bot.privacy import ALONE

log = logging.getLogger(__name__)

_SYNCED = "telegram-commands.sha256"  # a file in the data folder
_LONGEST = 256  # characters of a command's description
_MODERATORS = {"admin"}
_SCOPES: tuple[tuple[BotCommandScope, set[str]], ...] = (
    (BotCommandScopeAllPrivateChats(), _MODERATORS),
    (BotCommandScopeAllGroupChats(), _MODERATORS | ALONE),
    (BotCommandScopeAllChatAdministrators(), ALONE),
)


async def sync(bot: Bot, folder: Path) -> None:
    """Tell Telegram what has changed since it was told. Raises `failures.TROUBLE`."""
    file, fresh = folder / _SYNCED, _fingerprint(bot.id)
    if await asyncio.to_thread(_read, file) == fresh:
        return
    for language in NAMES:
        code = "" if language == DEFAULT else language  # what everybody else sees is English
        for scope, hidden in _SCOPES:
            await bot.set_my_commands(_commands(language, hidden), scope=scope, language_code=code)
        await bot.set_my_description(say("telegram.about", language), language_code=code)
        await bot.set_my_short_description(say("telegram.about-short", language), language_code=code)
    await asyncio.to_thread(file.write_text, fresh)
    log.info("telegram.commands-synced")


def _commands(language: str, hidden: set[str]) -> Sequence[BotCommand]:
    shown = (spec for spec in CATALOGUE if spec.name not in hidden)
    return [BotCommand(spec.name, summary(spec, language)[:_LONGEST]) for spec in shown]


def _fingerprint(bot: int) -> str:
    """Of everything that a sync would send."""
    commands = [[each.to_dict() for each in _commands(language, hidden)] for language in NAMES for _, hidden in _SCOPES]
    about = [say(key, language) for key in ("telegram.about", "telegram.about-short") for language in NAMES]
    return hashlib.sha256(json.dumps([bot, commands, about], sort_keys=True).encode()).hexdigest()


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
