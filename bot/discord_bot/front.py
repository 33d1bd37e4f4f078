"""What people do on Discord, and what is answered: commands, menus, buttons, forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.utils import escape_markdown

from bot.answers import Begun, Filed, Gathered, Portrayed
from bot.cards import Action, Asked, parse_button
from bot.characters import OF_CHARACTERS
from bot.commands import COMMANDS
from bot.conversation import Archived, Carded, Drafted, Handed, Removed, Reply, handle, press
from bot.discord_bot.answers import file_of, text_of
from bot.discord_bot.attached import Attached, pictures_of
from bot.discord_bot.characters import answer, show_besides
from bot.discord_bot.commands import MASK, PICTURE, line_of
from bot.discord_bot.completing import complete
from bot.discord_bot.courier import Courier
from bot.discord_bot.drawing import draw, plain, question
from bot.discord_bot.fetch import Fetcher
from bot.discord_bot.forms import CHARACTER, Filled, Pictures, Purpose, form, purpose_of, read_form
from bot.discord_bot.ideas import How, Ideas
from bot.discord_bot.making import Making, Sources
from bot.discord_bot.opening import opening_of
from bot.discord_bot.people import asker_of, moderates, person_of
from bot.discord_bot.whisper import answering, think, whisper
from bot.languages.choice import language_of
from bot.parsing import parse_words, split_words
from bot.replies import megabytes, say
from bot.sessions import OF_SESSIONS, is_idea, session
from bot.strengths import chosen
from core.domain.clock import Clock
from core.domain.command import Command
from core.domain.names import CardId, JobId
from core.errors import InputError
from core.service.service import Asker, Service

Interaction = discord.Interaction[Any]

_LOOKS = {Action.INFO, Action.STRENGTH, Action.ORIGINAL, Action.FULL, Action.ERASE} | OF_SESSIONS | OF_CHARACTERS
_CHANGES = {Action.CANCEL, Action.DELETE}  # of the very message the button is on


class Front:
    """Thin: what commands do is in `bot.conversation`, how cards begin in `making`, how they live in `courier`."""

    def __init__(self, service: Service, courier: Courier, fetcher: Fetcher, clock: Clock, ideas: How) -> None:
        self._service = service
        self._courier = courier
        self._making = Making(service=service, courier=courier, fetcher=fetcher, clock=clock)
        self._pictures = Pictures()
        self.ideas = Ideas(service, courier, ideas)

    async def stop(self) -> None:
        """Before the courier stops, so that every card is either its own or still a promise."""
        await self._making.stop()

    async def slash(self, interaction: Interaction, name: str, values: Mapping[str, Any]) -> None:
        """A slash command; one that needs a picture and has none opens a form."""
        language = await language_of(self._service, asker_of(interaction))
        async with answering(interaction, language):
            words = line_of(name, values)
            if name in {"character", "vary"}:
                file = values.get(PICTURE)
                sources = Sources(picture=Attached.of(file) if file else None)
                await self._of_characters(interaction, parse_words(name, words), sources, language)
            elif name == "session":
                await self._session(interaction, parse_words(name, words), language)
            elif name == "idea" or await self._is_idea(interaction, name, values, words):
                await self._making.submit(interaction, parse_words(name, words), Sources(), language)
            elif not COMMANDS[name].takes_picture:
                await self._ask(interaction, parse_words(name, words), language)
            elif values.get(PICTURE) is None:
                await _open(interaction, Purpose(command=name), _filled(name, words), language)
            else:
                mask = values.get(MASK)
                sources = Sources(picture=Attached.of(values[PICTURE]), mask=Attached.of(mask) if mask else None)
                await self._making.submit(interaction, parse_words(name, words), sources, language)

    async def _is_idea(self, interaction: Interaction, name: str, values: Mapping[str, Any], words: str) -> bool:
        """Whether it is said without a picture where a session is held."""
        if name != "restyle" or values.get(PICTURE) is not None:
            return False
        return await is_idea(self._service, asker_of(interaction), parse_words(name, words))

    async def _session(self, interaction: Interaction, command: Command, language: str) -> None:
        """A start opens a thread."""
        await think(interaction, private=True)
        opening = opening_of(interaction, language)
        reply = await session(self._service, asker_of(interaction), command, language, opening)
        await self._answer(interaction, reply, language)

    async def menu(self, interaction: Interaction, command: str, message: discord.Message) -> None:
        """Apps > "Restyle this" or "Use as character"."""
        language = await language_of(self._service, asker_of(interaction))
        async with answering(interaction, language):
            pictures = pictures_of(message)
            if not pictures:
                await whisper(interaction, say("discord.no-picture", language))
                return
            purpose = Purpose(key=str(interaction.id), command=command)
            self._pictures.remember(str(interaction.id), pictures)
            await _open(interaction, purpose, Filled(), language, pictures)

    async def typing(self, interaction: Interaction, name: str, typed: str) -> list[app_commands.Choice[str]]:
        chosen = getattr(interaction.namespace, "model", None)
        return await complete(self._service, asker_of(interaction), name, typed, chosen)

    async def sent(self, interaction: Interaction, custom_id: str, data: dict[str, Any]) -> None:
        """A form, whenever it was opened: what it is for is in its id."""
        purpose = purpose_of(custom_id)
        if purpose is None:
            return
        language = await language_of(self._service, asker_of(interaction))
        async with answering(interaction, language):
            filled, command = read_form(data), purpose.command
            if purpose.is_for_a_character:
                await self._save(interaction, purpose, filled, language)
                return
            sources = Sources(picture=filled.picture, mask=filled.mask)
            if purpose.job is not None:
                job = await self._service.job(person_of(interaction.user), purpose.job)
                sources, command = replace(sources, edits=job), job.command
            elif purpose.key is not None:
                sources = replace(sources, picture=self._pictures.find(purpose.key, filled.which))
                if sources.picture is None:
                    await _lost(interaction, filled.line, language)
                    return
            elif filled.picture is None:
                raise InputError("no-picture")
            await self._making.submit(interaction, parse_words(command, filled.line), sources, language)

    async def _save(self, interaction: Interaction, purpose: Purpose, filled: Filled, language: str) -> None:
        """A result, or a picture of somebody's message, becomes a character."""
        command = parse_words(CHARACTER, filled.saving)
        if purpose.key is None:
            await think(interaction, private=True)
            reply = await handle(self._service, asker_of(interaction), command, edits=purpose.saves)
            await self._answer(interaction, reply, language)
        elif picture := self._pictures.find(purpose.key, filled.which):
            await self._of_characters(interaction, command, Sources(picture=picture), language)
        else:
            await _lost(interaction, f"{filled.name} {filled.words}".rstrip(), language)

    async def press(self, interaction: Interaction, custom_id: str) -> None:
        """A button of a card, pressed by anybody who sees it."""
        language = await language_of(self._service, asker_of(interaction))
        async with answering(interaction, language):
            action, target = parse_button(custom_id) or (None, "")
            private = interaction.message is not None and interaction.message.flags.ephemeral
            if action in _CHANGES:
                await interaction.response.defer()
                await self._courier.renew(CardId(target), interaction.token, self._making.token_until())
            elif action is Action.SAVE:
                job = await self._service.job(person_of(interaction.user), JobId(target))
                await _open(interaction, Purpose(saves=job.id), Filled(), language)
                return
            elif action in _LOOKS:
                await think(interaction, private=True)
            elif action is not Action.EDIT:
                if action is Action.AT:  # the question is for one person alone; what it is about need not be
                    of, _ = chosen(target)
                    private = (await self._service.job(person_of(interaction.user), of, shown=True)).private
                await self._vary(interaction, custom_id, language, private=private)
                return
            reply = await press(
                self._service, asker_of(interaction), custom_id, shown=True, moderates=moderates(interaction)
            )
            await self._answer(interaction, reply, language)

    async def _vary(self, interaction: Interaction, custom_id: str, language: str, *, private: bool) -> None:
        """A button that makes a new card."""
        async with self._making.promised(interaction, language, private=private) as (asker, promise):
            reply = await press(self._service, asker, custom_id, shown=True, moderates=moderates(interaction))
            if not await self._making.deliver(interaction, reply, promise):
                await self._answer(interaction, reply, language)

    async def _of_characters(self, interaction: Interaction, command: Command, sources: Sources, language: str) -> None:
        """What may make pictures is a card of the courier's; all else is for the one who asked."""
        if sources.picture is None and command.name == "character" and command.action != "save":
            await self._ask(interaction, command, language)
            return
        reply = await self._making.submit(interaction, command, sources, language)
        if not isinstance(reply, Carded):
            await self._answer(interaction, reply, language)
        elif reply.besides:
            await show_besides(interaction, reply.besides)

    async def _ask(self, interaction: Interaction, command: Command, language: str) -> None:
        """A command that works on no picture: the answer is for the one who asked."""
        await think(interaction, private=True)
        await self._answer(interaction, await handle(self._service, asker_of(interaction), command), language)

    async def _answer(self, interaction: Interaction, reply: Reply, language: str) -> None:
        match reply:
            case Drafted(job=job):
                filled = _filled(job.command, job.words, strength=f"{job.request.strength.normalize():f}")
                await _open(interaction, Purpose(job=job.id), filled, language)
            case Handed():
                preferences = await self._service.preferences(person_of(interaction.user))
                file, note = await file_of(reply, self._service, preferences, interaction.filesize_limit)
                await whisper(interaction, say("file.smaller", language, note=note) if note else "", file=file)
            case Carded(state=state) if interaction.type is discord.InteractionType.application_command:
                await whisper(interaction, draw(state, language).text)
            case Carded():
                return  # the message with the button changes by itself
            case Begun() | Portrayed() | Gathered() | Filed():
                await answer(interaction, reply, self._service)
            case Asked(text=text, buttons=buttons, link=link):
                address = f"\n<{link}>" if link.startswith("http") else ""
                await whisper(interaction, escape_markdown(text) + address, view=question(buttons))
            case Archived(asker=asker):
                await self._hand_archive(interaction, asker, language)
            case Removed(card=card):
                if await self._courier.forget(card):
                    await interaction.delete_original_response()
            case _:
                courier = self._courier
                await whisper(
                    interaction, await text_of(reply, courier.store, courier.link, language, interaction.guild)
                )

    async def _hand_archive(self, interaction: Interaction, asker: Asker, language: str) -> None:
        """All that is held about a person, for their eyes only, where it is not too large for Discord."""
        limit = interaction.filesize_limit
        async with self._service.belongings.archive(asker) as archive:
            size = {"size": megabytes(archive.size, language), "limit": megabytes(limit, language)}
            if archive.size > limit:
                await whisper(interaction, say("mydata.too-large", language, **size))
                return
            file = discord.File(archive.path, archive.name)
            await whisper(interaction, say("mydata.archive", language, **size), file=file)


async def _lost(interaction: Interaction, words: str, language: str) -> None:
    """The form was opened before a restart, and its picture is not known any more; what was typed comes back."""
    await whisper(interaction, say("discord.lost-form", language, words=plain(words)))


async def _open(
    interaction: Interaction, purpose: Purpose, filled: Filled, language: str, pictures: list[Attached] | None = None
) -> None:
    shown = form(purpose, filled, language, pictures or ())
    await interaction.response.send_modal(shown)
    shown.stop()  # the library need not keep it: `Front.sent` knows it by its id


def _filled(name: str, words: str, *, strength: str = "") -> Filled:
    """A form's fields from a line; what cannot be read goes in as it was typed, so that it can be mended."""
    try:
        free, named = split_words(name, words)
    except InputError:
        return Filled(words=words, strength=strength)
    strength = strength or named.get("strength", "")
    options = line_of(name, {key: text for key, text in named.items() if key != "strength"})
    return Filled(words=free, strength=strength, options=options)
