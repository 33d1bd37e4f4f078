"""Which of our messages shows what: replies to a result, and words that were mended after they were sent."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from telegram import Message

from bot.telegram_bot.given import Given
from bot.telegram_bot.people import Spot
from core.domain.names import CardId, JobId
from core.errors import InputError, NotAllowedError, NotFoundError
from core.service.deliveries import DeliveryStore
from core.service.service import Asker, Service
from core.service.states import CardState


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """Who sees a message of ours sees its result: the chat vouches for that, so it is looked up as its owner's."""

    service: Service
    deliveries: DeliveryStore

    async def shown_by(self, spot: Spot, message: Message) -> Given | None:
        """The result that a message of ours shows. Raises InputError where it shows several, or none yet."""
        deliveries = await self.deliveries.at(spot.place, str(message.message_id))
        if not deliveries:
            return None
        outcomes = []
        for delivery in deliveries:
            state = await self.service.card(delivery.owner, delivery.card)
            outcomes += [job.job.outcome for job in state.jobs if job.job.outcome]
        if len(outcomes) != 1:
            raise InputError("which-result" if outcomes else "no-result")
        return Given(blob=outcomes[0].result)

    async def own_job(self, spot: Spot, message: Message, asker: Asker) -> JobId | None:
        """The job whose result a message of ours shows; None where it is not the asker's. Raises as `shown_by`."""
        if await self.shown_by(spot, message) is None:
            return None
        for delivery in await self.deliveries.at(spot.place, str(message.message_id)):
            with suppress(NotAllowedError):
                card = await self.service.card(asker.person, delivery.card)
                return next(job.job.id for job in card.jobs if job.job.outcome)
        return None

    async def asked_by(self, spot: Spot, message: int) -> list[CardState]:
        """The cards that a message asked for, newest first."""
        found = []
        for delivery in await self.deliveries.answering(spot.place, str(message)):
            with suppress(NotFoundError):
                found.append(await self.service.card(delivery.owner, delivery.card))
        return found

    async def together(self, card: CardId) -> list[CardId]:
        """The cards that share a message with this one, itself among them."""
        delivery = await self.deliveries.get(card)
        if delivery is None or delivery.album is None:
            return [card]
        return [each.card for each in await self.deliveries.of_album(delivery.album)]
