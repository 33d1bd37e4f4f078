"""Who asks on Discord, where, and in which language."""

from __future__ import annotations

from typing import Any

import discord

from core.domain.names import CommunityId, PersonId, Place, Platform
from core.service.service import Asker

Interaction = discord.Interaction[Any]
_LONGEST = 32  # characters of a name on a card


def asker_of(interaction: Interaction) -> Asker:
    """The person behind an interaction; the answer goes to the channel they are in."""
    user, channel = interaction.user, interaction.channel
    parent = getattr(channel, "parent_id", None)  # a thread goes by the settings of the channel it belongs to
    return Asker(
        person=person_of(user),
        name=user.display_name[:_LONGEST],
        place=Place(platform=Platform.DISCORD, conversation=str(interaction.channel_id or 0)),
        language=interaction.locale.value,
        community=CommunityId(f"discord:{interaction.guild_id}") if interaction.guild_id else None,
        channel=str(parent or interaction.channel_id or ""),
        is_age_gated=_is_age_gated(channel),
        roles=frozenset(str(role.id) for role in getattr(user, "roles", ())),
        is_moderator=moderates(interaction),
    )


def asker_in(thread: discord.Thread, author: discord.abc.User) -> Asker:
    """Who has written a message there."""
    member = author if isinstance(author, discord.Member) else None
    return Asker(
        person=person_of(author),
        name=author.display_name[:_LONGEST],
        place=Place(platform=Platform.DISCORD, conversation=str(thread.id)),
        language=thread.guild.preferred_locale.value,
        community=CommunityId(f"discord:{thread.guild.id}"),
        channel=str(thread.parent_id),
        is_age_gated=_is_age_gated(thread),
        roles=frozenset(str(role.id) for role in member.roles) if member else frozenset(),
        is_moderator=member is not None and thread.permissions_for(member).manage_messages,
    )


def _is_age_gated(channel: Any) -> bool:
    """Direct messages are not: whoever writes there may be of any age."""
    asked = getattr(channel, "is_nsfw", None)
    return bool(asked()) if asked else False


def person_of(user: discord.abc.Snowflake) -> PersonId:
    return PersonId(f"discord:{user.id}")


def is_at_home(interaction: Interaction) -> bool:
    """Whether we can write there by ourselves: a server that has us, or our own direct messages."""
    if interaction.guild_id is not None:
        return interaction.is_guild_integration()
    return interaction.context.dm_channel


def moderates(interaction: Interaction) -> bool:
    """Manage Messages, in a server that has us."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages
