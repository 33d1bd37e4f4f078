"""Building the world, and changing it under the bot's feet. The bot is told where Telegram would tell it."""

from __future__ import annotations

from itertools import count

from tests.discord.fake.clock import MovableClock, News
from tests.telegram.fake import payloads
from tests.telegram.fake.entities import found
from tests.telegram.fake.files import FileHost
from tests.telegram.fake.house import House
from tests.telegram.fake.incoming import Incoming
from tests.telegram.fake.methods.chats import delete_topic, open_topic
from tests.telegram.fake.people import Person
from tests.telegram.fake.refusals import Json
from tests.telegram.fake.updates import Updates
from tests.telegram.fake.world import (
    ADMINISTRATOR,
    CHANNEL,
    GROUP,
    KICKED,
    LEFT,
    MEMBER,
    OWNER,
    SUPERGROUP,
    Chat,
    Media,
    Membership,
    Message,
    Topic,
    User,
    World,
)

ALL_RIGHTS = frozenset(payloads.RIGHTS)
SUPERGROUP_BASE = -1_000_000_000_000  # ids of supergroups and channels lie below this


class Building:
    """The part of FakeTelegram that makes and breaks things."""

    world: World
    clock: MovableClock
    news: News
    house: House
    files: FileHost
    updates: Updates
    incoming: Incoming
    _ids: count[int]

    def person(
        self, name: str, chat: Chat | None = None, *, language: str | None = "en", started: bool = True
    ) -> Person:
        """Somebody new, in a group (of which they become a member) or in their private chat with the bot.

        `started` False is somebody who has never written to the bot in private.
        """
        number = next(self._ids)
        user = User(id=number, name=name, username=name.lower(), language=language, has_started=started)
        self.world.users[number] = user
        place = self.world.chat_of(user)
        if chat is not None:
            self.join(chat, user)
            place = chat
        return Person(telegram=self, user=user, chat=place)  # type: ignore[arg-type]  # FakeTelegram is the only one

    def group(self, title: str = "Garden", *, has_bot: bool = True) -> Chat:
        """A basic group."""
        return self._chat(GROUP, -next(self._ids), title, has_bot=has_bot)

    def supergroup(
        self, title: str = "Garden", *, forum: bool = False, has_bot: bool = True, username: str | None = None
    ) -> Chat:
        """A supergroup; with `forum` it has topics."""
        chat = self._chat(SUPERGROUP, SUPERGROUP_BASE - next(self._ids), title, has_bot=has_bot)
        chat.is_forum, chat.username = forum, username
        return chat

    def channel(self, title: str = "News", *, has_bot: bool = True) -> Chat:
        """A channel, where the bot is an administrator who may post."""
        chat = self._chat(CHANNEL, SUPERGROUP_BASE - next(self._ids), title, has_bot=has_bot)
        if has_bot:
            chat.members[self.world.bot.id].status = ADMINISTRATOR
            chat.members[self.world.bot.id].rights = ALL_RIGHTS | {"can_post_messages"}
        return chat

    def _chat(self, kind: str, number: int, title: str, *, has_bot: bool) -> Chat:
        chat = Chat(id=number, kind=kind, title=title)
        owner = User(id=next(self._ids), name=f"{title}'s owner")
        self.world.users[owner.id] = owner
        chat.members[owner.id] = Membership(user=owner, status=OWNER)
        self.world.chats[number] = chat
        if has_bot:
            self.add_bot(chat)
        return chat

    def owner(self, chat: Chat) -> Person:
        """Whoever made the chat."""
        membership = next(each for each in chat.members.values() if each.status == OWNER)
        return Person(telegram=self, user=membership.user, chat=chat)  # type: ignore[arg-type]  # see `person`

    def topic(self, chat: Chat, name: str = "Foxes") -> Topic:
        return open_topic(self.house, chat, name)

    def join(self, chat: Chat, user: User) -> None:
        chat.members[user.id] = Membership(user=user)

    def make_admin(self, user: User, chat: Chat, *, without: frozenset[str] = frozenset()) -> None:
        """An administrator with all rights but those named: a person, or the bot (`telegram.bot`)."""
        before = chat.members[user.id].status
        chat.members[user.id].status, chat.members[user.id].rights = ADMINISTRATOR, ALL_RIGHTS - without
        self.tell_membership(chat, self.owner(chat).user, user, ADMINISTRATOR, before=before)

    def unmake_admin(self, user: User, chat: Chat) -> None:
        chat.members[user.id] = Membership(user=user)
        self.tell_membership(chat, self.owner(chat).user, user, MEMBER, before=ADMINISTRATOR)

    def deny(self, chat: Chat, *permissions: str) -> None:
        """Take permissions ("can_send_photos") from all ordinary members, the bot among them."""
        chat.denied |= set(permissions)
        self.news.tell()

    def allow(self, chat: Chat, *permissions: str) -> None:
        chat.denied -= set(permissions)
        self.news.tell()

    def add_bot(self, chat: Chat) -> None:
        """Add the bot to a chat; it is told."""
        chat.members[self.world.bot.id] = Membership(user=self.world.bot)
        self.tell_membership(chat, self.owner(chat).user, self.world.bot, MEMBER, before=LEFT)

    def kick_bot(self, chat: Chat) -> None:
        """Remove the bot from a group; it is told."""
        before = chat.members[self.world.bot.id].status
        chat.members[self.world.bot.id] = Membership(user=self.world.bot, status=KICKED)
        self.tell_membership(chat, self.owner(chat).user, self.world.bot, KICKED, before=before)

    def leave(self, person: Person) -> None:
        person.chat.members[person.id].status = LEFT
        self.news.tell()

    def tell_membership(self, chat: Chat, who: User, whose: User, status: str, *, before: str) -> None:
        """`my_chat_member` or `chat_member`: `who` changed what `whose` standing is."""
        rights = chat.members[whose.id].rights if whose.id in chat.members else frozenset()
        told = {
            "chat": payloads.chat(chat),
            "from": payloads.user(who),
            "date": int(self.clock.now()),
            "old_chat_member": payloads.member(Membership(user=whose, status=before)),
            "new_chat_member": payloads.member(Membership(user=whose, status=status, rights=rights)),
        }
        bot = chat.members.get(self.world.bot.id)
        if whose is self.world.bot:
            self.updates.add("my_chat_member", told)
        elif bot is not None and bot.is_admin:
            self.updates.add("chat_member", told)
        self.news.tell()

    def upgrade(self, group: Chat, *, tells: bool = True) -> Chat:
        """Make a group a supergroup, which has another id; `tells` False: the bot learns it by its next error only."""
        new = Chat(id=SUPERGROUP_BASE - next(self._ids), kind=SUPERGROUP, title=group.title)
        new.members = group.members
        self.world.chats[new.id] = new
        owner = self.owner(group)
        group.migrated_to = new
        if tells:
            self._service(group, owner.user, {"migrate_to_chat_id": new.id})
            self._service(new, owner.user, {"migrate_from_chat_id": group.id})
        self.news.tell()
        return new

    def _service(self, chat: Chat, sender: User, fields: Json) -> Message:
        message = Message(id=chat.next_message_id(), chat=chat, sender=sender, date=self.clock.now(), service=fields)
        return self.incoming.publish(message)

    def delete_message(self, message: Message) -> None:
        """Somebody deletes it; the bot is told nothing."""
        message.deleted = True
        self.news.tell()

    def delete_chat(self, chat: Chat) -> None:
        chat.deleted = True
        self.news.tell()

    def close_topic(self, chat: Chat, topic: Topic) -> None:
        """An administrator closes it."""
        topic.closed = True
        message = Message(
            id=chat.next_message_id(),
            chat=chat,
            sender=self.owner(chat).user,
            date=self.clock.now(),
            service={"forum_topic_closed": {}},
            topic=topic,
        )
        self.incoming.publish(message)

    def delete_topic(self, chat: Chat, topic: Topic) -> None:
        delete_topic(chat, topic)
        self.news.tell()

    def deactivate(self, person: Person) -> None:
        """The person's account goes away."""
        person.user.is_deactivated = True
        self.news.tell()

    def posts(self, channel: Chat, text: str = "", photo: bytes | None = None) -> Message:
        """A post in a channel."""
        media = None if photo is None else Media(kind="photo", file=self.files.keep_photo(photo))
        message = Message(
            id=channel.next_message_id(),
            chat=channel,
            sender=self.owner(channel).user,
            sender_chat=channel,
            date=self.clock.now(),
            text=text,
            entities=found(text, []),
            media=media,
        )
        return self.incoming.publish(message)
