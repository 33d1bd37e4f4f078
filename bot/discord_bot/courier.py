"""All cards that live on Discord: their editors, the tokens that buttons renew, and the pace of a channel."""

from __future__ import annotations

from dataclasses import replace

from bot.chat_pace import Pace
from bot.chats.courier import Courier as ChatCourier
from bot.discord_bot.editor import Editor
from bot.discord_bot.route import Route
from bot.discord_bot.ways import Ways
from core.domain.clock import Clock
from core.domain.names import CardId, Platform
from core.service.deliveries import Delivery, DeliveryStore
from core.service.service import Service

_SHARE = 1.5  # seconds of a channel's edits for each card that is edited there as the bot


class Courier(ChatCourier[Editor]):
    """One editor for each unfinished card."""

    platform = Platform.DISCORD

    def __init__(self, service: Service, store: DeliveryStore, clock: Clock, ways: Ways, pace: Pace) -> None:
        super().__init__(service, store, clock, pace)
        self._ways = ways

    async def promise(self, delivery: Delivery) -> None:
        """A message was acknowledged for a card that is about to be made.

        Written down before the card is: after a kill in between, the next start ends that message with a sentence.
        """
        await self.store.put(delivery)

    async def renew(self, card: CardId, token: str, until: float) -> None:
        """Somebody pressed a button on the card's message: its token changes it in any case."""
        editor = self._editors.get(card)
        if editor is None:
            return
        editor.route.delivery = await self.store.put(replace(editor.delivery, token=token, token_until=until))
        editor.forget_shown()

    def link(self, delivery: Delivery) -> str:
        return self._ways.link(delivery)

    def gap(self, delivery: Delivery) -> float:
        """Seconds between edits of one card: the cards edited as the bot share their channel's rate limit."""
        if delivery.has_token(self.clock.now()):
            return self.pace.step
        here = sum(editor.delivery.place == delivery.place for editor in self._editors.values())
        return max(self.pace.step, _SHARE * here * self.pace.step / 3)

    def _resume(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            editor = self._editor(delivery)
            editor.is_resumed = True
            self._start(editor)

    def _editor(self, delivery: Delivery) -> Editor:
        return Editor(self, Route(self._ways, self.store, self.clock, delivery))
