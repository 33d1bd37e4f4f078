"""Where a session is held on Discord: a new thread of the channel, or the thread that one is in."""

from __future__ import annotations

import logging
from typing import Literal

import discord

from bot.discord_bot.failures import TROUBLE, Meaning, meaning
from bot.discord_bot.people import Interaction, asker_of, is_at_home
from bot.sessions import Opening
from core.domain.names import Place, Platform
from core.domain.session import Room, SessionId
from core.errors import SessionError
from core.service.session_plans import Plan

log = logging.getLogger(__name__)

_NAME = 100  # characters of a thread's name: Discord's limit
_SLEEPS: Literal[10080] = 10_080  # minutes without a word after which Discord puts it away: its longest, a week


def opening_of(interaction: Interaction, language: str) -> Opening | None:
    """None where nothing can be opened: direct messages, and servers that have not added us."""
    if interaction.guild_id is None or not is_at_home(interaction):
        return None

    async def open_room(plan: Plan) -> Room:
        """Raises SessionError("no-room")."""
        asker, place = asker_of(interaction), interaction.channel
        if not isinstance(place, discord.Thread):
            place = await _thread(interaction, plan)
        here = Place(platform=Platform.DISCORD, conversation=str(place.id))
        return Room(session=SessionId(""), place=here, community=asker.community, language=language)

    return open_room


async def _thread(interaction: Interaction, plan: Plan) -> discord.Thread:
    if not isinstance(interaction.channel, discord.TextChannel):
        raise SessionError("no-room")
    name = f"{plan.subject.name}: {plan.theme}" if plan.theme else plan.subject.name
    kind = discord.ChannelType.public_thread
    try:
        return await interaction.channel.create_thread(name=name[:_NAME], type=kind, auto_archive_duration=_SLEEPS)
    except TROUBLE as error:
        if meaning(error) is Meaning.LATER:
            raise
        log.info("discord.no-thread channel=%s: %s", interaction.channel_id, error)
        raise SessionError("no-room") from error
