"""Sentences for one person alone, whatever was answered before; and the one ladder for everything that goes wrong."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord.utils import escape_markdown

from bot.discord_bot.drawing import NOBODY
from bot.discord_bot.failures import TROUBLE
from bot.discord_bot.mentions import as_mentions
from bot.replies import say_error
from core.errors import RestyleError

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]

MOST = 2000  # characters of a message
_PRIVATE = "restyle-private"  # in an interaction's extras: it was deferred for the person's eyes only


async def think(interaction: Interaction, *, private: bool) -> int | None:
    """Acknowledge at once: "... is thinking". Returns the id of the message that the answer will be."""
    interaction.extras[_PRIVATE] = private
    response = await interaction.response.defer(ephemeral=private, thinking=True)
    return response.message_id if response else None


@asynccontextmanager
async def answering(interaction: Interaction, language: str) -> AsyncIterator[None]:
    """Every error becomes a sentence; what nobody expected gets a number that is in the log, too."""
    try:
        yield
    except RestyleError as error:
        await _told(interaction, as_mentions(escape_markdown(say_error(error, language)), interaction.guild))
    except TROUBLE as error:
        log.warning("discord.answer-failed interaction=%s: %s", interaction.id, error)
        await _told(interaction, say_error(RestyleError("unexpected"), language))
    except Exception:
        number = secrets.token_hex(4)
        log.exception("discord.unexpected id=%s", number)
        await _told(interaction, f"{say_error(RestyleError('unexpected'), language)} ({number})")


async def whisper(interaction: Interaction, text: str, **more: Any) -> None:
    """Tell the person alone. `more` goes to the library as it is: file, files, view."""
    response, text = interaction.response, text[:MOST]
    if not response.is_done():
        await response.send_message(text, ephemeral=True, allowed_mentions=NOBODY, **more)
        return
    waits = response.type is discord.InteractionResponseType.deferred_channel_message
    if waits and not interaction.extras.get(_PRIVATE):
        await interaction.delete_original_response()  # else everybody would read the answer
    await interaction.followup.send(text, ephemeral=True, allowed_mentions=NOBODY, **more)


async def _told(interaction: Interaction, sentence: str) -> None:
    try:
        await whisper(interaction, sentence)
    except TROUBLE as error:
        log.warning("discord.not-told interaction=%s: %s", interaction.id, error)
