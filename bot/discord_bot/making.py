"""New cards: the message is acknowledged, the files are fetched, the jobs are made, the courier takes over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import discord

from bot.conversation import Carded, Reply, handle, original_of
from bot.discord_bot.attached import Attached
from bot.discord_bot.courier import Courier
from bot.discord_bot.fetch import Fetcher
from bot.discord_bot.forms import CHARACTER
from bot.discord_bot.people import asker_of, is_at_home
from bot.discord_bot.whisper import think
from bot.parsing import hidden
from core.domain.clock import Clock
from core.domain.command import Command
from core.domain.job import Job
from core.domain.names import CardId, new_id
from core.service.deliveries import Delivery
from core.service.service import Asker, Service

Interaction = discord.Interaction[Any]

TOKEN_SECONDS = 15 * 60.0 - 15  # Discord's 15 minutes, less what a request may take

_PATIENCE = 1.0  # seconds at a stop


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """What a new job begins with: files of a message, or the job whose original it takes."""

    picture: Attached | None = None
    mask: Attached | None = None
    edits: Job | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Making:
    """From a command to a card in the courier's hands."""

    service: Service
    courier: Courier
    fetcher: Fetcher
    clock: Clock
    _busy: set[asyncio.Task[Any]] = field(default_factory=set)

    async def submit(self, interaction: Interaction, command: Command, sources: Sources, language: str) -> Reply:
        """Acknowledged before anything is fetched; refused before it is acknowledged, where that can be told."""
        for attachment in filter(None, (sources.picture, sources.mask)):
            self.fetcher.check(attachment)
        private = command.private or (command.name == CHARACTER and sources.picture is not None)  # no job, no card
        async with self.promised(interaction, language, private=private) as (asker, promise):
            edits, picture, mask = sources.edits, None, None
            if sources.picture:
                picture = await self.service.take_picture(await self.fetcher.fetch(sources.picture))
            masked = picture or (original_of(edits) if edits else None)
            if sources.mask and masked:
                mask = await self.service.take_mask(await self.fetcher.fetch(sources.mask), masked)
            command = hidden(command) if sources.picture and sources.picture.is_spoiler else command
            reply = await handle(self.service, asker, command, picture, edits.id if edits else None, mask)
            await self.deliver(interaction, reply, promise)
            return reply

    @asynccontextmanager
    async def promised(
        self, interaction: Interaction, language: str, *, private: bool
    ) -> AsyncIterator[tuple[Asker, Delivery]]:
        """Acknowledge; the asker's card already has its name and its message when it is made.

        So a kill at any moment leaves either a card that finds its message again, or a message without a card, which
        the next start ends with a sentence.
        """
        message = await think(interaction, private=private)
        card = CardId(new_id(self.clock.now()))
        asker = replace(asker_of(interaction), card=card)
        promise = Delivery(
            card=card,
            owner=asker.person,
            place=asker.place,
            message=None if message is None else str(message),
            token=interaction.token,
            token_until=self.token_until(),
            reachable=is_at_home(interaction) and not private,
            file_limit=interaction.filesize_limit,
            language=language,
        )
        await self.courier.promise(promise)
        with self._noted():
            try:
                yield asker, promise
            except Exception:
                await self.courier.store.remove(card)  # the person is told why, in the same place
                raise

    async def deliver(self, interaction: Interaction, reply: Reply, promise: Delivery) -> bool:
        """From here on the card's message is the courier's. False where the reply is no card after all."""
        if not isinstance(reply, Carded):
            await self.courier.store.remove(promise.card)
            return False
        reachable = is_at_home(interaction) and not reply.state.first.private
        await self.courier.deliver(
            replace(promise, card=reply.state.id, owner=reply.state.first.asker, reachable=reachable)
        )
        return True

    async def stop(self) -> None:
        """Who is in the middle of it may come to an end; the promises of the others are for the next start."""
        if self._busy:
            await asyncio.wait(self._busy, timeout=_PATIENCE)
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None, "coroutines run in tasks"
        self._busy.add(task)
        try:
            yield
        finally:
            self._busy.discard(task)

    def token_until(self) -> float:
        return self.clock.now() + TOKEN_SECONDS
