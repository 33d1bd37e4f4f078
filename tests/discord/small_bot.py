"""A small bot on the real client library: enough of everything to try the fake with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import discord
from discord import app_commands, ui

from tests.discord.fake import FakeDiscord


class Form(ui.Modal, title="Change the picture"):
    """One line of text and a file."""

    prompt: ui.Label[Form] = ui.Label(text="Prompt", component=ui.TextInput(custom_id="prompt", default="a fox"))
    mask: ui.Label[Form] = ui.Label(
        text="Mask", component=ui.FileUpload(custom_id="mask", required=False, min_values=0, max_values=2)
    )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        assert isinstance(self.prompt.component, ui.TextInput)
        assert isinstance(self.mask.component, ui.FileUpload)
        sizes = [len(await each.read()) for each in self.mask.component.values]
        await interaction.response.send_message(f"{self.prompt.component.value} {sizes}", ephemeral=True)


class Again(ui.DynamicItem[ui.Button[Any]], template=r"v1:again:(?P<job>\d+)"):
    """A button that works after a restart, because its id says everything."""

    def __init__(self, job: str) -> None:
        super().__init__(ui.Button(label="Again", custom_id=f"v1:again:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Any, match: Any, /) -> Again:
        return cls(match["job"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"again {self.job}", ephemeral=True)


class SmallBot(discord.Client):
    """`/restyle`, `/edit`, `/late`, a menu on messages, a button and a form."""

    def __init__(self, fake: FakeDiscord, **options: Any) -> None:
        options.setdefault("intents", discord.Intents(guilds=True, guild_messages=True, dm_messages=True))
        super().__init__(connector=fake.connector(), guild_ready_timeout=0.05, **options)
        self.tree = app_commands.CommandTree(self)
        self.resumes = 0
        self.seen: list[discord.Message] = []
        _add_commands(self.tree)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Again)

    async def on_resumed(self) -> None:
        self.resumes += 1

    async def on_message(self, message: discord.Message) -> None:
        self.seen.append(message)


def _add_commands(tree: app_commands.CommandTree[SmallBot]) -> None:
    @tree.command(description="Restyle a picture")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def restyle(
        interaction: discord.Interaction[SmallBot],
        image: discord.Attachment,
        prompt: str,
        strength: app_commands.Range[float, 0.05, 1.0] = 0.6,
        style: str | None = None,
    ) -> None:
        await interaction.response.defer()
        size = len(await image.read())
        view = ui.View(timeout=None).add_item(Again("7"))
        file = discord.File(BytesIO(b"result"), "result.png", description="a fox")
        await interaction.followup.send(f"{prompt} {strength} {style} {size}", file=file, view=view)

    @restyle.autocomplete("style")
    async def styles(interaction: discord.Interaction[SmallBot], typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=name, value=name) for name in ("oil", "ink", "clay") if typed in name]

    @tree.command(description="Open the form")
    async def edit(interaction: discord.Interaction[SmallBot]) -> None:
        await interaction.response.send_modal(Form())

    @tree.command(description="Answer too late")
    async def late(interaction: discord.Interaction[SmallBot]) -> None:
        """Never answers."""

    @tree.context_menu(name="Restyle this")
    async def this(interaction: discord.Interaction[SmallBot], message: discord.Message) -> None:
        names = [each.filename for each in message.attachments]
        await interaction.response.send_message(f"{names} {message.content!r}", ephemeral=True)


@contextlib.asynccontextmanager
async def running(bot: SmallBot, fake: FakeDiscord, *, sync: bool = True) -> AsyncIterator[SmallBot]:
    """The bot, logged in and connected."""
    await bot.login(fake.token)
    if sync:
        await bot.tree.sync()
    connection = asyncio.create_task(bot.connect(), name="bot")
    try:
        await bot.wait_until_ready()
        yield bot
    finally:
        await bot.close()
        await connection
