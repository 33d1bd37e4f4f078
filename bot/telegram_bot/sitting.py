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
from core.service.session_plans import Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    service: Service
    opener: Opener

    async def lead(self, message: Message, asker: Asker, command: Command, language: str) -> Asked | None:
        """/session; None where the session's own messages are the answer. Raises RestyleError."""
        opening, made = self.opener.at(message, asker, language), list[Room]()

        async def remembered(plan: Plan) -> Room:
            assert opening is not None, "it is asked where there is one"
            made.append(await opening(plan))
            return made[0]

        reply = await session(self.service, asker, command, language, remembered if opening else None)
        action = meant(command)[0]
        if made:
            is_here = made[0].place == asker.place
            return None if is_here else Asked(text=say("telegram.room.opened", language), link=_link(made[0]))
        if action == "start":
            alone = say("telegram.room.alone", language, code=reply.code)
            return replace(reply, text=f"{alone}\n{reply.text}")
        return None if action == "end" and await self._is_held_here(asker, reply) else reply

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

    async def _is_held_here(self, asker: Asker, reply: Asked) -> bool:
        rooms = await self.service.sessions.store.rooms(SessionId(reply.code))
        return any(room.place == asker.place and not room.gone for room in rooms)

    async def _is_header(self, message: Message, asker: Asker) -> bool:
        held = await self.service.sessions.store.held_in(asker.place)
        rooms = await self.service.sessions.store.rooms(held.id) if held else []
        return any(room.place == asker.place and room.message == str(message.message_id) for room in rooms)


def _link(room: Room) -> str:
    """To a topic: forums are supergroups, which have links."""
    spot = spot_of(room.place)
    return f"https://t.me/c/{SUPERGROUP - spot.chat}/{spot.topic}"
