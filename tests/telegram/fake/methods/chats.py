"""Chats, members, topics, pins and reactions."""

from __future__ import annotations

from dataclasses import dataclass

from tests.telegram.fake import limits, payloads
from tests.telegram.fake.calls import Answer, Call, Methods
from tests.telegram.fake.house import House
from tests.telegram.fake.refusals import Json, bad
from tests.telegram.fake.world import LEFT, SUPERGROUP, Chat, Membership, Message, Topic

COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)


@dataclass(kw_only=True, slots=True, eq=False)
class Chats:
    house: House

    @property
    def methods(self) -> Methods:
        return {
            "getChat": self._get,
            "getChatMember": self._member,
            "getChatAdministrators": self._admins,
            "getChatMemberCount": self._size,
            "leaveChat": self._leave,
            "pinChatMessage": self._pin,
            "unpinChatMessage": self._unpin,
            "setMessageReaction": self._react,
            "createForumTopic": self._create_topic,
            "editForumTopic": self._edit_topic,
            "closeForumTopic": self._close_topic,
            "reopenForumTopic": self._reopen_topic,
            "deleteForumTopic": self._delete_topic,
        }

    def _get(self, call: Call) -> Answer:
        return payloads.full_chat(self.house.chat(call))

    def _member(self, call: Call) -> Answer:
        chat = self.house.chat(call)
        user = self.house.world.users.get(call.integer("user_id") or 0)
        if user is None:
            raise bad("invalid user_id specified")
        return payloads.member(chat.members.get(user.id) or Membership(user=user, status=LEFT), denied=chat.denied)

    def _admins(self, call: Call) -> Answer:
        chat = self.house.chat(call)
        if chat.is_private:
            raise bad("there are no administrators in the private chat")
        return [payloads.member(each) for each in chat.members.values() if each.is_admin]

    def _size(self, call: Call) -> Answer:
        return sum(each.is_inside for each in self.house.chat(call).members.values())

    def _leave(self, call: Call) -> Answer:
        self.house.bot_in(self.house.chat(call)).status = LEFT
        return True

    def _pin(self, call: Call) -> Answer:
        chat = self.house.chat(call)
        self.house.needs_right(chat, "can_pin_messages", "manage pinned messages in the chat")
        message = self.house.message(chat, call.integer("message_id"), "pin")
        if message not in chat.pinned:
            chat.pinned.append(message)
        self.house.news.tell()
        return True

    def _unpin(self, call: Call) -> Answer:
        chat = self.house.chat(call)
        self.house.needs_right(chat, "can_pin_messages", "manage pinned messages in the chat")
        if call.integer("message_id") is None:
            chat.pinned = chat.pinned[:-1]
            return True
        message = self.house.message(chat, call.integer("message_id"), "unpin")
        chat.pinned = [each for each in chat.pinned if each is not message]
        return True

    def _react(self, call: Call) -> Answer:
        chat = self.house.chat(call)
        message = self.house.message(chat, call.integer("message_id"), "react")
        reactions = call.json("reaction") or []
        if len(reactions) > 1:
            raise bad("REACTIONS_TOO_MANY")
        message.reactions[self.house.world.bot.id] = reactions
        self.house.news.tell()
        return True

    def _create_topic(self, call: Call) -> Answer:
        chat = self._forum(call)
        name = self._name(call)
        color = call.integer("icon_color") or COLORS[0]
        if color not in COLORS:
            raise bad("invalid icon color specified")
        topic = open_topic(self.house, chat, name, color)
        return {"message_thread_id": topic.id, "name": topic.name, "icon_color": topic.icon_color}

    def _edit_topic(self, call: Call) -> Answer:
        topic = self._topic(call)
        if call.text("name"):
            name = self._name(call)
            if name == topic.name:
                raise bad("TOPIC_NOT_MODIFIED")
            topic.name = name
        self.house.news.tell()
        return True

    def _close_topic(self, call: Call) -> Answer:
        return self._set_closed(call, closed=True)

    def _reopen_topic(self, call: Call) -> Answer:
        return self._set_closed(call, closed=False)

    def _set_closed(self, call: Call, *, closed: bool) -> Answer:
        topic = self._topic(call)
        if topic.closed is closed:
            raise bad("TOPIC_NOT_MODIFIED")
        topic.closed = closed
        self.house.news.tell()
        return True

    def _delete_topic(self, call: Call) -> Answer:
        topic = self._topic(call)
        delete_topic(self.house.chat(call), topic)
        self.house.news.tell()
        return True

    def _forum(self, call: Call) -> Chat:
        chat = self.house.chat(call)
        if not chat.is_forum or chat.kind != SUPERGROUP:
            raise bad("the chat is not a forum")
        self.house.needs_right(chat, "can_manage_topics", "create a topic")
        return chat

    def _topic(self, call: Call) -> Topic:
        topic = self._forum(call).topics.get(call.integer("message_thread_id") or 0)
        if topic is None or topic.deleted:
            raise bad("message thread not found")
        return topic

    def _name(self, call: Call) -> str:
        name = call.needed("name").strip()
        if not 1 <= len(name) <= limits.TOPIC_NAME:
            raise bad("invalid topic name specified")
        return name


def open_topic(house: House, chat: Chat, name: str, color: int = COLORS[0]) -> Topic:
    """A new topic, opened by the bot or by a person."""
    told: Json = {"forum_topic_created": {"name": name, "icon_color": color}}
    number = chat.next_message_id()
    topic = Topic(id=number, name=name, icon_color=color)
    chat.topics[number] = topic
    opening = Message(id=number, chat=chat, sender=house.world.bot, date=house.clock.now(), service=told, topic=topic)
    chat.messages[number] = opening
    house.news.tell()
    return topic


def delete_topic(chat: Chat, topic: Topic) -> None:
    """With all messages in it."""
    topic.deleted = True
    for message in chat.messages.values():
        if message.topic is topic:
            message.deleted = True
