"""Messages of people on their way to the bot: what it sees of them, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass

from tests.telegram.fake import payloads
from tests.telegram.fake.house import House
from tests.telegram.fake.refusals import Json
from tests.telegram.fake.world import CHANNEL, Message


@dataclass(kw_only=True, slots=True, eq=False)
class Incoming:
    """`last_update` is what the latest message told the bot, None where the bot was told nothing."""

    house: House
    last_update: Json | None = None

    def publish(self, message: Message) -> Message:
        """Put a person's message into its chat, and tell the bot if it sees it."""
        self.house.world.publish(message)
        self.tell(message)
        self.house.news.tell()
        return message

    def tell(self, message: Message, *, edited: bool = False) -> None:
        self.last_update = None
        if not self.is_seen(message):
            return
        kind = "channel_post" if message.chat.kind == CHANNEL else "message"
        told = payloads.message(message)
        self.last_update = self.house.updates.add(f"edited_{kind}" if edited else kind, told)

    def is_seen(self, message: Message) -> bool:
        """By the rules of privacy mode: in groups only what is meant for the bot, unless it is an administrator."""
        chat, bot = message.chat, self.house.world.bot
        membership = chat.members.get(bot.id)
        if membership is None or not membership.is_inside:
            return False
        if not chat.is_group or membership.is_admin or self.house.world.reads_all or message.service is not None:
            return True
        if message.via_bot is bot or (message.reply_to is not None and message.reply_to.sender is bot):
            return True
        return any(self._is_for_bot(word) for word in _commands(message))

    def _is_for_bot(self, command: str) -> bool:
        _, _, name = command.partition("@")
        return not name or name.lower() == (self.house.world.bot.username or "").lower()


def _commands(message: Message) -> list[str]:
    found = []
    for each in message.entities:
        if each["type"] == "bot_command":
            units = message.text.encode("utf-16-le")
            start, size = each["offset"], each["length"]
            found.append(units[2 * start : 2 * (start + size)].decode("utf-16-le"))
    return found
