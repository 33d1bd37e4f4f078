"""New cards: pictures are fetched, the jobs are made, the courier takes over. Asked twice by one update, made once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.conversation import Carded, Reply, handle
from bot.replies import say, say_error
from bot.telegram_bot.courier import Courier
from bot.telegram_bot.given import Fetcher, Given
from core.domain.command import Command, StoredPicture
from core.domain.names import CardId, JobId, named_id
from core.errors import NotFoundError, RestyleError
from core.service.deliveries import Delivery
from core.service.service import Asker, Service
from core.service.states import CardState

_IN_HAND = 16  # pictures between their download and intake, whose bytes are in memory

Deed = Callable[[Asker], Awaitable[Reply]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What one update asks for. `name` tells it apart for ever, `at` is when it was received.

    `answers` is the message that the card stands under.
    """

    asker: Asker
    language: str
    name: str
    at: float
    answers: str | None = None

    @property
    def card(self) -> CardId:
        return CardId(named_id(self.at, self.name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Making:
    """From a command to cards in the courier's hands."""

    service: Service
    courier: Courier
    fetcher: Fetcher
    in_hand: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_IN_HAND))

    async def submit(
        self, order: Order, command: Command, pictures: tuple[Given, ...] = (), edits: JobId | None = None
    ) -> Reply | None:
        """None where a card shows it from now on. Raises RestyleError."""
        for given in pictures:
            self.fetcher.check(given)

        async def deed(asker: Asker) -> Reply:
            picture = await self._picture(pictures[0]) if pictures else None
            return await handle(self.service, asker, command, picture, edits)

        return await self.make(order, deed)

    async def make(self, order: Order, deed: Deed) -> Reply | None:
        """Whatever `deed` makes; None where a card shows it from now on. Raises RestyleError."""
        if await self.courier.knows(order.card):
            return None  # the program was killed between the card and its update's end
        state = await self._made(order)
        if state is None:
            reply = await deed(replace(order.asker, card=order.card))
            if not isinstance(reply, Carded) or reply.state.id != order.card:
                return reply
            state = reply.state
        await self.courier.deliver(_delivery(order, state))
        return None

    async def submit_album(self, order: Order, command: Command, pictures: tuple[Given, ...]) -> list[str]:
        """A card for each picture, shown together; returns what is to be said about those that could not be taken."""
        if await self.courier.knows(order.card):
            return []
        made, sentences = [], []
        for number, given in enumerate(pictures, 1):
            one = replace(order, name=order.name if number == 1 else f"{order.name}#{number}")
            try:
                made.append(_delivery(one, await self._one_of_album(one, command, given)))
            except RestyleError as error:
                sentence = say_error(error, order.language)
                sentences.append(say("telegram.of-album", order.language, number=number, sentence=sentence))
        if made:
            await self.courier.deliver_album(made)
        return sentences

    async def _one_of_album(self, order: Order, command: Command, given: Given) -> CardState:
        if state := await self._made(order):
            return state
        self.fetcher.check(given)
        asker = replace(order.asker, card=order.card)
        reply = await handle(self.service, asker, command, await self._picture(given))
        assert isinstance(reply, Carded), "a command with a picture makes a card"
        return reply.state

    async def _made(self, order: Order) -> CardState | None:
        """The card of an earlier run."""
        try:
            return await self.service.card(order.asker.person, order.card)
        except NotFoundError:
            return None

    async def _picture(self, given: Given) -> StoredPicture:
        async with self.in_hand:
            data = await (self.service.picture(given.blob) if given.blob else self.fetcher.fetch(given))
            return await self.service.take_picture(data)


def _delivery(order: Order, state: CardState) -> Delivery:
    asker = order.asker
    return Delivery(
        card=state.id, owner=asker.person, place=asker.place, language=order.language, answers=order.answers
    )
