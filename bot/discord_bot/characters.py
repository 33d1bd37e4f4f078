"""Replies about characters, as Discord shows them to the person who asked."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import discord

from bot.answers import Begun, Filed, Gathered, OfCharacters, Portrayed
from bot.discord_bot.drawing import NOBODY, plain, question
from bot.discord_bot.whisper import whisper
from core.service.service import Service

Interaction = discord.Interaction[Any]
_ALT = 1024  # characters: Discord's limit of an attachment's description


async def answer(interaction: Interaction, reply: OfCharacters, service: Service) -> None:
    """A card with its picture, a list, a file, or a line to go on with."""
    match reply:
        case Begun(line=line, text=text):
            await whisper(interaction, f"{plain(text)}\n`{line.replace('`', '')}`")
        case Portrayed():
            await _portray(interaction, reply, service)
        case Gathered(text=text):
            await whisper(interaction, "\n".join(map(plain, text.split("\n"))))
        case Filed(name=name, data=data, text=text):
            await whisper(interaction, plain(text), file=discord.File(BytesIO(data), name))


async def show_besides(interaction: Interaction, file: Filed) -> None:
    """Beside a card that stays where it is."""
    picture = discord.File(BytesIO(file.data), file.name)
    await interaction.followup.send(plain(file.text), file=picture, ephemeral=True, allowed_mentions=NOBODY)


async def _portray(interaction: Interaction, reply: Portrayed, service: Service) -> None:
    card = reply.card
    lines = [plain(reply.text), *(f"-# {plain(line)}" for line in card.lines)]
    if reply.text != card.headline:
        lines.insert(1, f"**{plain(card.headline)}**")
    more: dict[str, Any] = {"view": question([button for row in card.rows for button in row])}
    if card.has_picture:
        data = await service.characters.sheet_file(card.character, card.best, interaction.filesize_limit)
        if data.data:
            more["file"] = discord.File(BytesIO(data.data), f"character.{data.ending}", description=card.alt[:_ALT])
    await whisper(interaction, "\n".join(lines), **more)
