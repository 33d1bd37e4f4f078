"""Who asks on Discord, where, and in which language."""

from __future__ import annotations

from typing import Any

import discord

from bot.replies import LANGUAGES
from core.domain.names import PersonId, Place, Platform
from core.service.service import Asker

Interaction = discord.Interaction[Any]
_LONGEST = 32  # characters of a name on a card


def asker_of(interaction: Interaction) -> Asker:
    """The person behind an interaction; the answer goes to the channel they are in."""
    return Asker(
        person=person_of(interaction.user),
        name=interaction.user.display_name[:_LONGEST],
        place=Place(platform=Platform.DISCORD, conversation=str(interaction.channel_id or 0)),
    )


def person_of(user: discord.abc.Snowflake) -> PersonId:
    return PersonId(f"discord:{user.id}")


def language_of(interaction: Interaction) -> str:
    """What their own client is set to, where that is spoken here; else English."""
    base = interaction.locale.value.partition("-")[0]
    return base if base in LANGUAGES else "en"


def is_at_home(interaction: Interaction) -> bool:
    """Whether we can write there by ourselves: a server that has us, or our own direct messages."""
    if interaction.guild_id is not None:
        return interaction.is_guild_integration()
    return interaction.context.dm_channel


def moderates(interaction: Interaction) -> bool:
    """Manage Messages, in a server that has us."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages
