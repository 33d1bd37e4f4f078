"""Where a session is held on Telegram: the topic that one is in, a new one, or the group itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from telegram import Message

from bot.sessions import Opening
from bot.telegram_bot.client import Bot
from bot.telegram_bot.failures import TROUBLE, Meaning, meaning
from bot.telegram_bot.people import spot_in
from core.domain.session import Room, SessionId
from core.service.service import Asker
from core.service.session_plans import Plan

log = logging.getLogger(__name__)

_NAME = 128  # characters of a topic's name: Telegram's limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Opener:
    bot: Bot

    def at(self, message: Message, asker: Asker, language: str) -> Opening | None:
        """None in private chats, where nobody else would sit."""
        if asker.community is None:
            return None

        async def open_room(plan: Plan) -> Room:
            """Raises TROUBLE where Telegram is ill."""
            spot = spot_in(message)
            if message.chat.is_forum and spot.topic is None:
                spot = replace(spot, topic=await self._topic(spot.chat, plan))
            return Room(session=SessionId(""), place=spot.place, community=asker.community, language=language)

        return open_room

    async def _topic(self, chat: int, plan: Plan) -> int | None:
        """None where we may not open one: it is then held in the topic that every forum begins with."""
        name = f"{plan.subject.name}: {plan.theme}" if plan.theme else plan.subject.name
        try:
            topic = await self.bot.create_forum_topic(chat, name[:_NAME])
        except TROUBLE as error:
            if meaning(error) is Meaning.LATER:
                raise
            log.info("telegram.no-topic chat=%s: %s", chat, error)
            return None
        return topic.message_thread_id
