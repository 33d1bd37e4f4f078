"""Where cards can be shown now, learnt from what Telegram refuses: their message, a new one, or the person alone."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from html import escape
from typing import Any

from telegram.error import ChatMigrated

from bot.replies import say
from bot.telegram_bot.drawing import Drawing, Upload, plain
from bot.telegram_bot.failures import TROUBLE, Meaning, meaning
from bot.telegram_bot.people import Spot, number_of, spot_of
from bot.telegram_bot.ways import Sent, Ways
from core.domain.names import CardId
from core.service.deliveries import Delivery, DeliveryStore

log = logging.getLogger(__name__)


class Route:
    """The deliveries that one message shows; what is learnt about it is written down at once."""

    def __init__(self, ways: Ways, store: DeliveryStore, deliveries: Sequence[Delivery]) -> None:
        self._deliveries = tuple(deliveries)
        self._ways = ways
        self._store = store
        self._had_message = self.delivery.message is not None
        self._was_shut_out = False  # the chat is gone, or we may not write there any more
        self._is_unwelcome = False  # the person has blocked us, or never began a private chat
        self._as_document = False  # photos are not taken here
        self._shown: Upload | None = None

    @property
    def delivery(self) -> Delivery:
        """The first: what all of them share is the same."""
        return self._deliveries[0]

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        return self._deliveries

    @property
    def has_message(self) -> bool:
        return self.delivery.message is not None

    async def show(self, drawing: Drawing, *, is_last: bool) -> bool:
        """By the first way that works; False where there is none. Raises TROUBLE where Telegram is ill.

        What is deleted or shut while a job goes on is let be; the last state finds another way.
        """
        while True:
            try:
                return await self._try(drawing, is_last=is_last)
            except TROUBLE as error:
                what = meaning(error)
                if what is Meaning.UNCHANGED:
                    return True
                if what is Meaning.NO_PHOTOS and not is_last and drawing.picture is not None:
                    drawing = replace(drawing, picture=None)  # a preview is not worth a file
                elif not await self._learn(error):
                    raise

    async def send_album(self, pictures: Mapping[CardId, Upload]) -> None:
        """Once, under what was asked: the picture of each card. Raises TROUBLE where Telegram is ill."""
        while not self.delivery.told and not (self._was_shut_out and self._is_unwelcome):
            try:
                sent = await self._ways.send_album(self._target(), list(map(self._taken, pictures.values())))
                await self._keep_album(dict(zip(pictures, sent, strict=True)))
            except TROUBLE as error:
                if not await self._learn(error):
                    raise

    async def busy(self) -> None:
        """Tell the chat that something is on its way."""
        with suppress(*TROUBLE):
            await self._ways.say_busy(self.delivery)

    async def ping(self, name: str, *, has_result: bool) -> None:
        """Once, under the card, however often it is tried. Raises TROUBLE where Telegram is ill."""
        delivery = self.delivery
        if delivery.told or delivery.message is None:
            return
        try:
            await self._ways.ping(delivery, _word(delivery, name, has_result=has_result))
        except TROUBLE as error:
            if meaning(error) is Meaning.LATER:
                raise
            log.info("telegram.no-ping card=%s: %s", delivery.card, error)
        await self._keep(told=True)

    async def remove(self) -> None:
        """Its owner deleted the card: so goes the message, if it is within reach."""
        with suppress(*TROUBLE):
            await self._ways.delete(self._deliveries)
        for delivery in self._deliveries:
            await self._store.remove(delivery.card)

    async def close(self) -> None:
        self._deliveries = tuple([await self._store.close(delivery) for delivery in self._deliveries])

    async def _try(self, drawing: Drawing, *, is_last: bool) -> bool:
        delivery = self.delivery
        if drawing.picture is not None:
            drawing = replace(drawing, picture=self._taken(drawing.picture))
        if delivery.message is not None and delivery.reachable:
            file = await self._ways.edit(delivery, drawing, is_new=drawing.picture != self._shown)
            self._shown = drawing.picture or self._shown
            if file != delivery.file and delivery.picture is None:
                await self._keep(file=file)
            return True
        if delivery.reachable and (is_last or not self._had_message):
            await self._settle(await self._ways.send(delivery, drawing, silent=not is_last), drawing, told=is_last)
            return True
        if is_last and not self._is_unwelcome:
            await self._send_alone(drawing)
            return True
        return False

    async def _send_alone(self, drawing: Drawing) -> None:
        delivery = self._target()
        if self._was_shut_out:
            why = escape(say("telegram.shut-out", delivery.language), quote=False)
            drawing = replace(drawing, text=f"{drawing.text}\n<i>{why}</i>")
        sent = await self._ways.send(delivery, drawing, silent=False)
        await self._settle(sent, drawing, told=True, place=delivery.place, answers=None, reachable=True)

    def _target(self) -> Delivery:
        """Where it goes now: the chat, else the person alone."""
        delivery = self.delivery
        if delivery.reachable:
            return delivery
        alone = Spot(chat=number_of(delivery.owner)).place
        return replace(delivery, place=alone, message=None, answers=None)

    def _taken(self, picture: Upload) -> Upload:
        """As what this chat takes."""
        return replace(picture, is_photo=False) if self._as_document else picture

    async def _settle(self, sent: Sent, drawing: Drawing, *, told: bool, **changes: Any) -> None:
        self._had_message = True
        self._shown = drawing.picture
        told = told or self.delivery.told
        if self.delivery.picture is None:
            changes["file"] = sent.file
        await self._keep(message=sent.message, told=told, **changes)

    async def _learn(self, error: BaseException) -> bool:
        """Take a way off the list; False for troubles that are not about the way."""
        what, delivery = meaning(error), self.delivery
        match what:
            case Meaning.MESSAGE_GONE:
                await self._keep(message=None, file=None if delivery.picture is None else delivery.file)
            case Meaning.NO_TEXT if delivery.file is None:
                await self._keep(file="")  # a kill came between the picture and its row
            case Meaning.NO_PHOTOS if not self._as_document:
                self._as_document = True
            case Meaning.MIGRATED if isinstance(error, ChatMigrated):
                await self._move(error.new_chat_id)
            case Meaning.TOPIC_CLOSED if spot_of(delivery.place).topic is not None:
                await self._shut_out()
            case Meaning.PLACE_GONE | Meaning.NO_PHOTOS | Meaning.PERSON_CLOSED:
                await self._shut_out()
            case _:
                return False
        return True

    async def _shut_out(self) -> None:
        """The chat first, the person next."""
        is_alone = spot_of(self.delivery.place).is_private
        self._is_unwelcome = is_alone or self._was_shut_out or number_of(self.delivery.owner) < 0
        self._was_shut_out = True
        await self._keep(reachable=False)

    async def _move(self, chat: int) -> None:
        """The group became a supergroup: its messages stayed behind."""
        self._had_message = False
        topic = spot_of(self.delivery.place).topic
        await self._keep(place=Spot(chat=chat, topic=topic).place, message=None, answers=None, file=None)

    async def _keep_album(self, sent: Mapping[CardId, Sent]) -> None:
        """Where each picture stands: buttons and replies are about one of them."""
        await self._keep(told=True)
        kept = [
            replace(each, picture=sent[each.card].message, file=sent[each.card].file) if each.card in sent else each
            for each in self._deliveries
        ]
        self._deliveries = tuple([await self._store.put(delivery) for delivery in kept])

    async def _keep(self, **changes: Any) -> None:
        kept = [replace(delivery, **changes) for delivery in self._deliveries]
        self._deliveries = tuple([await self._store.put(delivery) for delivery in kept])


def _word(delivery: Delivery, name: str, *, has_result: bool) -> str:
    """HTML that notifies the person, in groups by their name."""
    key, number = "telegram.ready" if has_result else "telegram.not-ready", number_of(delivery.owner)
    if spot_of(delivery.place).is_private or number < 0 or not name:
        return escape(say(key, delivery.language), quote=False)
    called = f'<a href="tg://user?id={number}">{plain(name)}</a>'
    return f"{called}: {escape(say(key, delivery.language), quote=False)}"
