"""The client library's client, with our commands and buttons; sharded by a setting."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.discord_bot.buttons import Pressed
from bot.discord_bot.commands import Tongues, declare
from bot.discord_bot.front import Front
from bot.discord_bot.ideas import How, intents_for
from core.errors import RestyleError

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]


class Client(discord.Client):
    """Passes on what people do; `front` is set before it connects."""

    front: Front

    def __init__(self, connector: aiohttp.BaseConnector, ideas: How, **options: Any) -> None:
        super().__init__(
            connector=connector,
            intents=intents_for(ideas),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.5,
            **options,
        )
        self.tree: app_commands.CommandTree[Client] = _Tree(self)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Pressed)
        await self.tree.set_translator(Tongues())
        declare(self.tree, self._on_slash, self._on_menu, self._on_typing)

    async def on_message(self, message: discord.Message) -> None:
        """Of servers; most of them without their words (see `ideas`)."""
        if self.user is not None:
            await self.front.ideas.heard(message, self.user.id)

    async def on_press(self, interaction: Interaction, custom_id: str) -> None:
        await self.front.press(interaction, custom_id)

    async def on_interaction(self, interaction: Interaction) -> None:
        """The library tells of every one, and answers all but forms, which it forgets at a restart."""
        if interaction.type is discord.InteractionType.modal_submit:
            data: dict[str, Any] = dict(interaction.data or {})
            await self.front.sent(interaction, data["custom_id"], data)

    async def _on_slash(self, interaction: Interaction, name: str, values: dict[str, Any]) -> None:
        await self.front.slash(interaction, name, values)

    async def _on_menu(self, interaction: Interaction, command: str, message: discord.Message) -> None:
        await self.front.menu(interaction, command, message)

    async def _on_typing(self, interaction: Interaction, name: str, typed: str) -> list[app_commands.Choice[str]]:
        return await self.front.typing(interaction, name, typed)


class ShardedClient(Client, discord.AutoShardedClient):
    """The same over several connections, as many as Discord recommends; large servers need it from 2,500 on."""


def make_client(connector: aiohttp.BaseConnector, *, sharded: bool, ideas: How) -> Client:
    """Call it inside the running loop. The client closes the connector with itself."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody here speaks
    return ShardedClient(connector, ideas) if sharded else Client(connector, ideas)


class _Tree(app_commands.CommandTree[Client]):
    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """What the library itself found wrong: a command of an older sync, a value of another type."""
        log.warning("discord.command-failed: %s", error)
        if not interaction.response.is_done() and interaction.type is discord.InteractionType.application_command:
            await interaction.response.send_message(RestyleError("unexpected").sentence, ephemeral=True)
