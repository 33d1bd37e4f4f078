"""What people do on Discord, and what is answered: commands, menus, buttons, forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.utils import escape_markdown

from bot.cards import Action, Asked, parse_button
from bot.commands import COMMANDS
from bot.conversation import Carded, Drafted, Handed, Removed, Reply, handle, original_of, press
from bot.discord_bot.answers import file_of, text_of
from bot.discord_bot.commands import MASK, PICTURE, line_of
from bot.discord_bot.completing import complete
from bot.discord_bot.courier import Courier
from bot.discord_bot.drawing import draw, question
from bot.discord_bot.fetch import Fetcher
from bot.discord_bot.forms import Filled, Form
from bot.discord_bot.people import asker_of, is_at_home, moderates, person_of
from bot.discord_bot.whisper import answering, think, whisper
from bot.languages.choice import language_of
from bot.parsing import parse_words, split_words
from bot.replies import say
from core.domain.clock import Clock
from core.domain.command import Command
from core.domain.job import Job
from core.domain.names import CardId
from core.errors import InputError
from core.service.deliveries import Delivery
from core.service.service import Service
from core.service.states import CardState

Interaction = discord.Interaction[Any]

TOKEN_SECONDS = 15 * 60.0 - 15  # Discord's 15 minutes, less what a request may take
_LOOKS = {Action.INFO, Action.ORIGINAL, Action.FULL}
_CHANGES = {Action.CANCEL, Action.DELETE}  # of the very message the button is on


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """What a new job begins with: files of a message, or the job whose original it takes."""

    picture: discord.Attachment | None = None
    mask: discord.Attachment | None = None
    edits: Job | None = None


class Front:
    """Thin: what commands do is in `bot.conversation`, how cards live in `courier`."""

    def __init__(self, service: Service, courier: Courier, fetcher: Fetcher, clock: Clock) -> None:
        self._service = service
        self._courier = courier
        self._fetcher = fetcher
        self._clock = clock

    async def slash(self, interaction: Interaction, name: str, values: Mapping[str, Any]) -> None:
        """A slash command; one that needs a picture and has none opens a form."""
        language = await language_of(self._service, asker_of(interaction))
        async with answering(interaction, language):
            words = line_of(name, values)
            if not COMMANDS[name].takes_picture:
                await self._ask(interaction, parse_words(name, words), language)
            elif values.get(PICTURE) is None:
                await self._open_form(interaction, name, _filled(name, words), language)
            else:
                sources = Sources(picture=values[PICTURE], mask=values.get(MASK))
                await self._submit(interaction, parse_words(name, words), sources, language)

    async def menu(self, interaction: Interaction, message: discord.Message) -> None:
        """Apps > "Restyle this"."""
        language = await language_of(self._service, asker_of(interaction))
        async with answering(interaction, language):
            pictures = [each for each in message.attachments if _may_be_picture(each)]
            if not pictures:
                await whisper(interaction, say("discord.no-picture", language))
                return
            form = Form(language, Filled(), self._sent("restyle", language), pictures=pictures)
            await interaction.response.send_modal(form)

    async def typing(self, interaction: Interaction, name: str, typed: str) -> list[app_commands.Choice[str]]:
        return await complete(self._service, person_of(interaction.user), name, typed)

    async def press(self, interaction: Interaction, custom_id: str) -> None:
        """A button of a card, pressed by anybody who sees it."""
        language = await language_of(self._service, asker_of(interaction))
        async with answering(interaction, language):
            action, target = parse_button(custom_id) or (None, "")
            private = interaction.message is not None and interaction.message.flags.ephemeral
            message: int | None = None
            if action in _CHANGES:
                await interaction.response.defer()
                await self._renew(CardId(target), interaction)
            elif action is not Action.EDIT:
                message = await think(interaction, private=private or action in _LOOKS)
            reply = await press(
                self._service, asker_of(interaction), custom_id, shown=True, moderates=moderates(interaction)
            )
            if isinstance(reply, Carded) and action not in _CHANGES:
                await self._deliver(interaction, reply.state, message, language)
            else:
                await self._answer(interaction, reply, language)

    async def _ask(self, interaction: Interaction, command: Command, language: str) -> None:
        """A command that works on no picture: the answer is for the one who asked."""
        await think(interaction, private=True)
        await self._answer(interaction, await handle(self._service, asker_of(interaction), command), language)

    async def _submit(self, interaction: Interaction, command: Command, sources: Sources, language: str) -> None:
        """Acknowledged before anything is fetched; refused before it is acknowledged, where that can be told."""
        for attachment in filter(None, (sources.picture, sources.mask)):
            self._fetcher.check(attachment)
        message = await think(interaction, private=command.private)
        service, edits, picture, mask = self._service, sources.edits, None, None
        if sources.picture:
            picture = await service.take_picture(await self._fetcher.fetch(sources.picture))
        masked = picture or (original_of(edits) if edits else None)
        if sources.mask and masked:
            mask = await service.take_mask(await self._fetcher.fetch(sources.mask), masked)
        reply = await handle(service, asker_of(interaction), command, picture, edits.id if edits else None, mask)
        assert isinstance(reply, Carded), "a command that works on a picture makes a card"
        await self._deliver(interaction, reply.state, message, language)

    async def _deliver(self, interaction: Interaction, state: CardState, message: int | None, language: str) -> None:
        """From here on the card's message is the courier's."""
        await self._courier.deliver(
            Delivery(
                card=state.id,
                owner=state.first.asker,
                place=asker_of(interaction).place,
                message=None if message is None else str(message),
                token=interaction.token,
                token_until=self._token_until(interaction),
                reachable=is_at_home(interaction) and not state.first.private,
                file_limit=interaction.filesize_limit,
                language=language,
            )
        )

    async def _answer(self, interaction: Interaction, reply: Reply, language: str) -> None:
        match reply:
            case Drafted(job=job):
                filled = _filled(job.command, job.words, strength=f"{job.request.strength.normalize():f}")
                await self._open_form(interaction, job.command, filled, language, edits=job)
            case Handed():
                preferences = await self._service.preferences(person_of(interaction.user))
                file, note = await file_of(reply, self._service, preferences, interaction.filesize_limit)
                await whisper(interaction, say("file.smaller", language, note=note) if note else "", file=file)
            case Carded(state=state) if interaction.type is discord.InteractionType.application_command:
                await whisper(interaction, draw(state, language).text)
            case Carded():
                return  # the message with the button changes by itself
            case Asked(text=text, buttons=buttons):
                await whisper(interaction, escape_markdown(text), view=question(buttons))
            case Removed(card=card):
                if await self._courier.forget(card):
                    await interaction.delete_original_response()
            case _:
                await whisper(interaction, await text_of(reply, self._courier.store, self._courier.link, language))

    async def _open_form(
        self, interaction: Interaction, name: str, filled: Filled, language: str, edits: Job | None = None
    ) -> None:
        """A form that makes a new job, from an upload or from an earlier job's original."""
        form = Form(
            language,
            filled,
            self._sent(name, language, edits),
            asks_picture=edits is None,
            title="discord.form.edit" if edits else "discord.form",
        )
        await interaction.response.send_modal(form)

    def _sent(self, name: str, language: str, edits: Job | None = None) -> Any:
        """What happens when such a form is sent."""

        async def submit(interaction: Interaction, filled: Filled) -> None:
            async with answering(interaction, language):
                if edits is None and filled.picture is None:
                    raise InputError("no-picture")
                sources = Sources(picture=filled.picture, mask=filled.mask, edits=edits)
                await self._submit(interaction, parse_words(name, filled.line), sources, language)

        return submit

    async def _renew(self, card: CardId, interaction: Interaction) -> None:
        await self._courier.renew(card, interaction.token, self._token_until(interaction))

    def _token_until(self, interaction: Interaction) -> float:
        return self._clock.now() + TOKEN_SECONDS


def _filled(name: str, words: str, *, strength: str = "") -> Filled:
    """A form's fields from a line; what cannot be read goes in as it was typed, so that it can be mended."""
    try:
        free, named = split_words(name, words)
    except InputError:
        return Filled(words=words, strength=strength)
    strength = strength or named.get("strength", "")
    options = line_of(name, {key: text for key, text in named.items() if key != "strength"})
    return Filled(words=free, strength=strength, options=options)


def _may_be_picture(attachment: discord.Attachment) -> bool:
    """What Discord took for a picture, or did not know; intake looks at the bytes."""
    kind = attachment.content_type or "image/"
    return kind.startswith("image/") or kind == "application/octet-stream"
