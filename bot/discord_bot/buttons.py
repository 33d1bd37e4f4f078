"""The buttons of all cards, found by their ids alone: they work after a restart and on messages of any age."""

from __future__ import annotations

import re
from typing import Any, Protocol, Self

import discord
from discord import ui

Interaction = discord.Interaction[Any]


class Presses(Protocol):
    """A client that knows what to do about a button."""

    async def on_press(self, interaction: Interaction, custom_id: str) -> None: ...


class Pressed(ui.DynamicItem[ui.Button[Any]], template=r"v1:[a-z]+:[0-9a-z]{1,40}"):
    """Any button of `bot.cards`: "v1:<action>:<target>"."""

    def __init__(self, button: ui.Button[Any]) -> None:
        super().__init__(button)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        assert isinstance(item, ui.Button), "only buttons have such ids"
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        client: Presses = interaction.client
        await client.on_press(interaction, self.custom_id)
