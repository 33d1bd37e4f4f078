"""People around one character: what /session says in a chat, and what of a chat's messages is an idea."""

from __future__ import annotations

from dataclasses import dataclass, replace

from telegram import Message

from bot.answers import Begun
from bot.cards import Asked
from bot.replies import say
from bot.sessions import is_idea, meant, session
from bot.telegram_bot.answers import SUPERGROUP
from bot.telegram_bot.opening import Opener
from bot.telegram_bot.people import spot_in, spot_of
from core.domain.command import Command
from core.domain.session import Room, SessionId
from core.service.service import Asker, Service


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    service: Service
    opener: Opener

    async def lead(self, message: Message, asker: Asker, command: Command, language: str) -> Asked | None:
        """/session; None where the session's own messages are the answer. Raises RestyleError."""
        reply = await session(self.service, asker, command, language, self.opener.at(message, asker, language))
        if not reply.code:
            return reply
        rooms = (await self.service.sessions.view(SessionId(reply.code))).rooms
        is_here = any(room.place == asker.place and not room.gone for room in rooms)
        match meant(command)[0]:
            case "start" | "end" if is_here:
                return None
            case "start" if rooms:
                return Asked(text=say("telegram.room.opened", language), link=_link(rooms[0]))
            case "start":
                alone = say("telegram.room.alone", language, code=reply.code)
                return replace(reply, text=f"{alone}\n{reply.text}")
        return reply

    async def asks_for_idea(self, asker: Asker, language: str) -> Begun:
        """/idea without one. Raises SessionError where there is no session."""
        held = await self.service.sessions.find(asker)
        return Begun(line="/idea ", text=say("room.idea", language, name=held.subject.name))

    async def idea_in(self, message: Message, asker: Asker) -> Command | None:
        """A plain message in the session's own topic, or a reply to its header: people chat in between, too."""
        words = (message.text or "").strip()
        if not words or words.startswith("/") or message.forward_origin or message.via_bot:
            return None
        if not await is_idea(self.service, asker, Command(name="restyle", prompt=words)):
            return None
        replied = message.reply_to_message
        if replied is None or replied.forum_topic_created:  # in a topic all else answers its beginning
            return Command(name="idea", words=words, prompt=words) if spot_in(message).topic else None
        if not await self._is_header(replied, asker):
            return None
        return Command(name="idea", words=words, prompt=words)

    async def _is_header(self, message: Message, asker: Asker) -> bool:
        held = await self.service.sessions.store.held_in(asker.place)
        rooms = await self.service.sessions.store.rooms(held.id) if held else []
        return any(room.place == asker.place and room.message == str(message.message_id) for room in rooms)


def _link(room: Room) -> str:
    """To a topic: forums are supergroups, which have links."""
    spot = spot_of(room.place)
    return f"https://t.me/c/{SUPERGROUP - spot.chat}/{spot.topic}"
