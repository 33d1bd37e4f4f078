"""Where one card can be shown now, learnt from what Discord refuses: its message, a new one, or the person alone."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from bot.discord_bot.drawing import Drawing
from bot.discord_bot.failures import TROUBLE, Meaning, meaning
from bot.discord_bot.ways import Sent, Ways, number_of
from bot.replies import say
from core.domain.clock import Clock
from core.service.deliveries import Delivery, DeliveryStore

log = logging.getLogger(__name__)
Way = Callable[[Drawing], Awaitable[None]]


class Route:
    """The delivery of one card; what is learnt about it is written down at once."""

    def __init__(self, ways: Ways, store: DeliveryStore, clock: Clock, delivery: Delivery) -> None:
        self.delivery = delivery
        self._ways = ways
        self._store = store
        self._clock = clock
        self._had_message = delivery.message is not None
        self._was_shut_out = False  # the place is gone, or we may not write there any more
        self._was_reopened = False  # the thread had been archived
        self._is_unwelcome = False  # the person takes no direct messages

    async def show(self, drawing: Drawing, *, is_last: bool) -> bool:
        """By the first way that works; False where there is none. Raises TROUBLE where Discord is ill.

        What is deleted or shut while a job goes on is let be; the last state finds another way.
        """
        while way := self._way(is_last=is_last):
            try:
                await way(drawing)
                return True
            except TROUBLE as error:
                if not await self._learn(meaning(error)):
                    raise
        return False

    async def ping(self, *, private: bool) -> None:
        """Once, under the card, however often it is tried. Raises TROUBLE where Discord is ill."""
        delivery = self.delivery
        if delivery.told or delivery.message is None:
            return
        text = say("discord.ready", delivery.language, name=_mention(delivery))
        try:
            if delivery.reachable:
                await self._ways.ping(delivery, text, f"{delivery.card}.p")
            elif delivery.has_token(self._clock.now()):
                await self._ways.ping_by_token(delivery, text, private=private)
        except TROUBLE as error:
            if meaning(error) is Meaning.LATER:
                raise
            log.info("discord.no-ping card=%s: %s", delivery.card, error)
        await self._keep(replace(self.delivery, told=True))

    async def remove(self) -> None:
        """Its owner deleted the card: so goes the message, if it is within reach."""
        delivery = self.delivery
        if delivery.message is not None:
            with suppress(*TROUBLE):
                by_token = delivery.has_token(self._clock.now())
                await (self._ways.delete_by_token(delivery) if by_token else self._ways.delete(delivery))
        await self._store.remove(delivery.card)

    async def close(self) -> None:
        self.delivery = await self._store.close(self.delivery)

    def _way(self, *, is_last: bool) -> Way | None:
        delivery = self.delivery
        if delivery.message is not None and delivery.has_token(self._clock.now()):
            return self._edit_by_token
        if delivery.message is not None and delivery.reachable:
            return self._edit
        if delivery.message is None and delivery.reachable and not self._had_message:
            return self._begin
        if is_last and delivery.message is None and delivery.reachable:
            return self._send_again
        return self._send_alone if is_last and not self._is_unwelcome else None

    async def _edit_by_token(self, drawing: Drawing) -> None:
        await self._ways.edit_by_token(self.delivery, drawing)

    async def _edit(self, drawing: Drawing) -> None:
        await self._ways.edit(self.delivery, drawing)

    async def _begin(self, drawing: Drawing) -> None:
        """There was no message yet: the program was killed between the job and its message."""
        await self._settle(await self._ways.send(self.delivery, drawing, self.delivery.card, pings=False))

    async def _send_again(self, drawing: Drawing) -> None:
        """The message was deleted meanwhile, and the result is told all the same."""
        named = replace(drawing, text=f"{_mention(self.delivery)} {drawing.text}")
        await self._settle(
            await self._ways.send(self.delivery, named, f"{self.delivery.card}.r", pings=True), told=True
        )

    async def _send_alone(self, drawing: Drawing) -> None:
        before = self.delivery
        if self._was_shut_out:
            why = say("discord.shut-out", before.language, place=f"<#{before.place.conversation}>")
            drawing = replace(drawing, text=f"{drawing.text}\n-# {why}")
        await self._settle(await self._ways.send_alone(before, drawing, f"{before.card}.d"), told=True)
        if before.message is not None and self._was_shut_out:  # perhaps only files were forbidden
            with suppress(*TROUBLE):
                moved = Drawing(text=say("discord.moved", before.language, name=_mention(before)))
                await self._ways.edit(before, moved)

    async def _settle(self, sent: Sent, *, told: bool = False) -> None:
        self._had_message = True
        await self._keep(
            replace(
                self.delivery,
                place=sent.place,
                message=sent.message,
                token=None,
                reachable=True,
                told=told or self.delivery.told,
            )
        )

    async def _learn(self, what: Meaning) -> bool:
        """Take a way off the list; False for troubles that are not about the way."""
        if what is Meaning.MESSAGE_GONE:
            self._had_message = True
            await self._keep(replace(self.delivery, message=None, token=None))
        elif what is Meaning.EXPIRED:
            await self._keep(replace(self.delivery, token=None))
        elif what is Meaning.ARCHIVED and await self._reopen():
            self._was_reopened = True
        elif what in {Meaning.PLACE_GONE, Meaning.ARCHIVED}:
            self._was_shut_out = True
            await self._keep(replace(self.delivery, reachable=False, token=None))
        elif what is Meaning.PERSON_CLOSED:
            log.info("discord.direct-messages-closed card=%s", self.delivery.card)
            self._is_unwelcome = True
        else:
            return False
        return True

    async def _reopen(self) -> bool:
        """Once: a thread that is archived again at once is meant to stay so. Raises TROUBLE where Discord is ill."""
        if self._was_reopened:
            return False
        try:
            await self._ways.reopen(self.delivery)
        except TROUBLE as error:
            if meaning(error) is Meaning.LATER:
                raise
            return False
        return True

    async def _keep(self, delivery: Delivery) -> None:
        self.delivery = await self._store.put(delivery)


def _mention(delivery: Delivery) -> str:
    return f"<@{number_of(delivery.owner)}>"
