"""What all methods share: the world, the time, the files, and where a message may go."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from tests.discord.fake.clock import MovableClock, News
from tests.telegram.fake.calls import Call
from tests.telegram.fake.files import FileHost
from tests.telegram.fake.rates import Rates
from tests.telegram.fake.refusals import Json, bad, forbidden
from tests.telegram.fake.updates import Updates
from tests.telegram.fake.world import CHANNEL, KICKED, Chat, Membership, Message, Topic, World


@dataclass(kw_only=True, slots=True, eq=False)
class House:
    """Handed to every room of methods."""

    world: World
    clock: MovableClock
    news: News
    files: FileHost
    rates: Rates
    updates: Updates
    numbers: count[int] = field(default_factory=lambda: count(1))

    def chat(self, call: Call, name: str = "chat_id") -> Chat:
        """The chat that is named, if the bot may look at it. Raises Refusal."""
        return self.find_chat(call.needed(name))

    def find_chat(self, told: str) -> Chat:
        if told.startswith("@"):
            found = next((each for each in self.world.chats.values() if f"@{each.username}" == told), None)
        else:
            found = self.world.chats.get(int(told)) if told.lstrip("-").isdigit() else None
        if found is None and told.isdigit() and int(told) in self.world.users:
            found = self.world.chat_of(self.world.users[int(told)])
        if found is None or found.deleted:
            raise bad("chat not found")
        if found.migrated_to is not None:
            words = "group chat was upgraded to a supergroup chat"
            raise bad(words, migrate_to_chat_id=found.migrated_to.id)
        self._check_presence(found)
        return found

    def _check_presence(self, chat: Chat) -> None:
        if chat.is_private:
            person = self.world.users[chat.id]
            if person.is_deactivated:
                raise forbidden("user is deactivated")
            if not person.has_started:
                raise forbidden("bot can't initiate conversation with a user")
            if person.has_blocked:
                raise forbidden("bot was blocked by the user")
            return
        membership = chat.members.get(self.world.bot.id)
        if membership is None or not membership.is_inside:
            kicked = membership is not None and membership.status == KICKED
            raise forbidden(f"bot {'was kicked from' if kicked else 'is not a member of'} the {chat.kind} chat")

    def bot_in(self, chat: Chat) -> Membership:
        return chat.members[self.world.bot.id]

    def needs_right(self, chat: Chat, right: str, what: str) -> None:
        """Whether the bot, an administrator, has been given this right. Raises Refusal."""
        mine = self.bot_in(chat)
        if not chat.is_private and not (mine.is_admin and right in mine.rights):
            raise bad(f"not enough rights to {what}")

    def may_send(self, chat: Chat, permission: str, what: str) -> None:
        """`permission` is the field of ChatPermissions; `what` its name in the refusal. Raises Refusal."""
        mine = self.bot_in(chat)
        if chat.kind == CHANNEL:
            if not mine.is_admin or "can_post_messages" not in mine.rights:
                raise bad("need administrator rights in the channel chat")
        elif not mine.is_admin and {"can_send_messages", permission} & chat.denied:
            raise bad(f"not enough rights to send {what} to the chat")

    def topic(self, chat: Chat, thread_id: int | None, reply_to: Message | None) -> Topic | None:
        """Where in a forum the message goes: as asked, or to the topic of what it answers. Raises Refusal."""
        if thread_id is None:
            return self._open_topic(chat, reply_to.topic) if reply_to is not None else None
        topic = chat.topics.get(thread_id)
        if topic is None or topic.deleted:
            raise bad("message thread not found")
        return self._open_topic(chat, topic)

    def _open_topic(self, chat: Chat, topic: Topic | None) -> Topic | None:
        mine = self.bot_in(chat)
        if topic is not None and topic.deleted:
            raise bad("message thread not found")
        if topic is not None and topic.closed and "can_manage_topics" not in mine.rights:
            raise bad("TOPIC_CLOSED")
        return topic

    def replied(self, chat: Chat, parameters: Json | None) -> Message | None:
        """The message that `reply_parameters` name. Raises Refusal."""
        if parameters is None:
            return None
        place = self.find_chat(str(parameters["chat_id"])) if "chat_id" in parameters else chat
        found = place.messages.get(parameters["message_id"])
        if found is not None and not found.deleted:
            if parameters.get("quote") and parameters["quote"] not in found.text:
                raise bad("QUOTE_TEXT_INVALID")
            return found
        if parameters.get("allow_sending_without_reply"):
            return None
        raise bad("message to be replied not found")

    def message(self, chat: Chat, message_id: int | None, what: str) -> Message:
        found = chat.messages.get(message_id or 0)
        if found is None or found.deleted:
            raise bad(f"message to {what} not found")
        return found

    def count(self, chat: Chat | None, messages: int = 1) -> None:
        """Count what is about to be sent or changed in the chat. Raises the 429."""
        self.rates.count(
            None if chat is None else chat.id, is_group=chat is not None and chat.is_group, messages=messages
        )
