"""All cards that live on Telegram: their editors, albums among them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from bot.chat_pace import Pace
from bot.chats.courier import Courier as ChatCourier
from bot.telegram_bot.client import Bot
from bot.telegram_bot.editor import Editor
from bot.telegram_bot.failures import TROUBLE
from bot.telegram_bot.people import spot_of
from bot.telegram_bot.route import Route
from bot.telegram_bot.ways import Ways
from core.domain.clock import Clock
from core.domain.names import CardId, Platform
from core.service.deliveries import Delivery, DeliveryStore
from core.service.service import Service


class Courier(ChatCourier[Editor]):
    """One editor for each unfinished message."""

    platform = Platform.TELEGRAM

    def __init__(self, service: Service, store: DeliveryStore, clock: Clock, bot: Bot, pace: Pace) -> None:
        super().__init__(service, store, clock, pace)
        self._bot = bot
        self._ways = Ways(bot=bot)

    async def deliver_album(self, deliveries: Sequence[Delivery]) -> None:
        """From now on one message shows these cards together."""
        album = deliveries[0].card
        kept = [await self.store.put(replace(delivery, album=album)) for delivery in deliveries]
        self._start(self._editor_of(kept))

    async def take_away(self, cards: Sequence[CardId]) -> None:
        """They were deleted: so are their messages, unless their editor is about to."""
        kept = [delivery for card in cards if (delivery := await self.store.get(card)) is not None]
        gone = [await self.forget(card) for card in cards]
        if kept and all(gone):
            with suppress(*TROUBLE):
                await self._ways.delete(kept)

    async def knows(self, card: CardId) -> bool:
        """Whether this card has its message, or gets it."""
        return card in self._editors or await self.store.get(card) is not None

    def has_room(self, delivery: Delivery) -> bool:
        """Whether the chat's flood limits leave room for what nobody would miss: a step, a preview."""
        return self._bot.limiter.has_room(spot_of(delivery.place).chat)

    def _resume(self, deliveries: list[Delivery]) -> None:
        """Cards of one album go on in one message. Whoever asked in private can be reached where they asked."""
        albums: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            albums.setdefault(delivery.album or delivery.card, []).append(delivery)
        for together in albums.values():
            self._start(self._editor_of([replace(one, reachable=one.reachable or not one.message) for one in together]))

    def _editor(self, delivery: Delivery) -> Editor:
        return self._editor_of([delivery])

    def _editor_of(self, deliveries: Sequence[Delivery]) -> Editor:
        return Editor(self, Route(self._ways, self.store, deliveries))
