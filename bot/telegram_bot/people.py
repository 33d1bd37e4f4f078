"""Who asks on Telegram, where, and in which language."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from telegram import Chat, Message, User
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.telegram_bot.client import Bot
from core.domain.clock import Clock
from core.domain.names import CommunityId, PersonId, Place, Platform
from core.service.service import Asker

log = logging.getLogger(__name__)

_LONGEST = 32  # characters of a name on a card
_FRESH = 300.0  # seconds that a chat's administrators are believed
_MOST = 1000  # chats whose administrators are remembered
_GENERAL = "1"  # Telegram's own number of a forum's first topic
ADMIN = "admin"  # the one role that a group's settings can name
_GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A chat, and a topic of it where it has some."""

    chat: int
    topic: int | None = None

    @property
    def place(self) -> Place:
        conversation = f"{self.chat}/{self.topic}" if self.topic else f"{self.chat}"
        return Place(platform=Platform.TELEGRAM, conversation=conversation)

    @property
    def is_private(self) -> bool:
        """Private chats are called by their person's number; groups have negative ones."""
        return self.chat > 0


def spot_of(place: Place) -> Spot:
    chat, _, topic = place.conversation.partition("/")
    return Spot(chat=int(chat), topic=int(topic) if topic else None)


def spot_in(message: Message) -> Spot:
    """Where a message stands. In groups without topics a thread is a mere chain of replies."""
    return Spot(chat=message.chat.id, topic=message.message_thread_id if message.is_topic_message else None)


def person_of(number: int) -> PersonId:
    return PersonId(f"telegram:{number}")


def number_of(person: PersonId) -> int:
    """Telegram's own number of a person; negative where a whole group or a channel wrote."""
    return int(person.partition(":")[2])


def community(chat: int) -> CommunityId:
    return CommunityId(f"telegram:{chat}")


def community_of(chat: Chat) -> CommunityId | None:
    """Private chats have no rules of their own."""
    return community(chat.id) if chat.type in _GROUPS else None


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """Tells who wrote or pressed; knows the administrators of groups for some minutes."""

    bot: Bot
    clock: Clock
    _known: dict[int, tuple[float, frozenset[int]]] = field(default_factory=dict)
    _asking: dict[int, asyncio.Task[frozenset[int]]] = field(default_factory=dict)

    async def writer(self, message: Message) -> Asker:
        """Who wrote a message. Anonymous administrators and channels are the chat in whose name they write."""
        user, behind = message.from_user, message.sender_chat
        number, name = (user.id, user.full_name) if user else (message.chat.id, "")
        if behind is not None:
            number, name = behind.id, behind.effective_name or ""
        is_anonymous = behind is not None and behind.id == message.chat.id
        return await self._asker(message.chat, spot_in(message), number, name, user, is_anonymous=is_anonymous)

    async def presser(self, user: User, message: Message) -> Asker:
        """Who pressed a button under a message."""
        return await self._asker(message.chat, spot_in(message), user.id, user.full_name, user)

    async def long_ago(self, user: User, chat: Chat) -> Asker:
        """Who pressed a button under a message so old that Telegram tells no more than its chat."""
        return await self._asker(chat, Spot(chat=chat.id), user.id, user.full_name, user)

    def alone(self, user: User) -> Asker:
        """A person in their private chat with the bot."""
        return Asker(
            person=person_of(user.id),
            name=user.full_name[:_LONGEST],
            place=Spot(chat=user.id).place,
            language=user.language_code,
        )

    def forget(self, chat: int) -> None:
        """Somebody's standing changed there."""
        self._known.pop(chat, None)

    async def _asker(
        self, chat: Chat, spot: Spot, number: int, name: str, user: User | None, *, is_anonymous: bool = False
    ) -> Asker:
        place = community_of(chat)
        is_admin = is_anonymous or (place is not None and number in await self._admins(chat.id))
        return Asker(
            person=person_of(number),
            name=name[:_LONGEST],
            place=spot.place,
            language=user.language_code if user else None,
            community=place,
            channel=str(spot.topic) if spot.topic else _GENERAL if chat.is_forum else "",
            roles=frozenset({ADMIN}) if is_admin else frozenset(),
            is_moderator=is_admin,
        )

    async def _admins(self, chat: int) -> frozenset[int]:
        """The numbers of a group's administrators; none where Telegram does not say."""
        until, known = self._known.get(chat, (0.0, frozenset[int]()))
        if self.clock.monotonic() < until:
            return known
        if chat not in self._asking:  # a hundred people may press at once
            self._asking[chat] = asyncio.create_task(self._ask(chat, known), name="telegram-administrators")
            self._asking[chat].add_done_callback(lambda _: self._asking.pop(chat))
        return await asyncio.shield(self._asking[chat])

    async def _ask(self, chat: int, known: frozenset[int]) -> frozenset[int]:
        try:
            known = frozenset(each.user.id for each in await self.bot.get_chat_administrators(chat))
        except TelegramError as error:
            log.info("telegram.no-administrators chat=%s: %s", chat, error)
        while len(self._known) >= _MOST:
            self._known.pop(next(iter(self._known)))
        self._known[chat] = (self.clock.monotonic() + _FRESH, known)
        return known
