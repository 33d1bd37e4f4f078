"""People: what they can do in Telegram's apps, and what they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.telegram.fake import limits, payloads
from tests.telegram.fake.entities import found
from tests.telegram.fake.files import Upload
from tests.telegram.fake.methods.asking import Press, Query, valid_payload
from tests.telegram.fake.refusals import Json
from tests.telegram.fake.world import (
    ANONYMOUS_ADMIN_ID,
    KICKED,
    MEMBER,
    Chat,
    Media,
    Membership,
    Message,
    Topic,
    User,
)

if TYPE_CHECKING:
    from tests.telegram.fake.fake import FakeTelegram

Given = bytes | Upload


class NotOffered(AssertionError):
    """Telegram's apps would not let this person do that."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Person:
    """One person in one chat, and there in one topic. Without an argument `at` they sit in their chat with the bot."""

    telegram: FakeTelegram
    user: User
    chat: Chat
    topic: Topic | None = None
    is_anonymous: bool = False  # writes in the name of the group, as its administrators may

    def __repr__(self) -> str:
        return f"<Person {self.user.name} in {self.chat}>"

    @property
    def id(self) -> int:
        return self.user.id

    def at(self, chat: Chat, topic: Topic | None = None) -> Person:
        """The same person, looking at another chat."""
        return replace(self, chat=chat, topic=topic, is_anonymous=False)

    @property
    def alone(self) -> Person:
        """The same person in the private chat with the bot."""
        return self.at(self.telegram.world.chat_of(self.user))

    @property
    def anonymously(self) -> Person:
        """The same person, writing as the group."""
        if not self._membership.is_admin:
            raise NotOffered("only administrators can stay anonymous")
        return replace(self, is_anonymous=True)

    @property
    def sees(self) -> list[Message]:
        """The messages of the chat, in the topic if there is one, oldest first; without service messages."""
        return [
            each
            for each in self.chat.messages.values()
            if not each.deleted and each.service is None and self.topic in (None, each.topic)
        ]

    @property
    def answers(self) -> list[Message]:
        """The bot's messages that this person sees, oldest first."""
        return [each for each in self.sees if each.sender is self.telegram.bot]

    @property
    def pings(self) -> list[Message]:
        """The bot's messages, in any chat, that notified this person: a loud one in private, a reply or a mention."""
        return [message for message in self.telegram.all_messages if self._is_pinged_by(message)]

    def _is_pinged_by(self, message: Message) -> bool:
        if message.sender is not self.telegram.bot or message.silent:
            return False
        if message.chat.is_private:
            return message.chat.id == self.user.id
        replied = message.reply_to is not None and message.reply_to.sender is self.user
        mentions = [each for each in message.entities if each["type"] in ("mention", "text_mention", "text_link")]
        return replied or any(self._is_named(message, each) for each in mentions)

    def _is_named(self, message: Message, entity: Json) -> bool:
        if entity["type"] == "text_link":
            return str(entity["url"]) == f"tg://user?id={self.user.id}"
        if entity["type"] == "text_mention":
            return bool(entity["user"]["id"] == self.user.id)
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        named = message.text.encode("utf-16-le")[start:end].decode("utf-16-le")
        return self.user.username is not None and named == f"@{self.user.username}"

    @property
    def menu(self) -> dict[str, str]:
        """The commands that this person is offered here, with their descriptions."""
        return {each["command"]: each["description"] for each in self.telegram.commands_for(self.user, self.chat)}

    def starts(self, payload: str = "") -> Message:
        """Press START in the private chat, or follow `t.me/bot?start=payload`."""
        if payload and not valid_payload(payload):
            raise NotOffered("such a link does not open")
        self.user.has_started, self.user.has_blocked = True, False
        return self.alone.sends(f"/start {payload}".strip())

    def sends(self, text: str, *, reply_to: Message | None = None, quote: str | None = None) -> Message:
        """Write a message."""
        if not text.strip() or len(text) > limits.TEXT:
            raise NotOffered("such a text is not sent")
        return self._publish(self._message(text, reply_to=reply_to, quote=quote))

    def replies(self, message: Message, text: str) -> Message:
        return self.sends(text, reply_to=message)

    def sends_photo(
        self, content: bytes, caption: str = "", *, reply_to: Message | None = None, spoiler: bool = False
    ) -> Message:
        """A photo: the app makes it smaller, JPEG."""
        file = self.telegram.files.keep_photo(content)
        return self._publish(self._message(caption, Media(kind="photo", file=file, spoiler=spoiler), reply_to=reply_to))

    def sends_document(self, content: Given, caption: str = "", *, reply_to: Message | None = None) -> Message:
        """A file, byte for byte; up to 2 GB, of which a bot can download 20 MB."""
        return self._publish(self._file("document", content, caption, reply_to))

    def sends_sticker(self, content: Given, *, reply_to: Message | None = None, animated: bool = False) -> Message:
        """A sticker (WebP), or an `animated` one, which is a video or Lottie and no picture."""
        extra = {"is_animated": animated, "emoji": "🎨"}
        file = self.telegram.files.keep_larger("sticker", _upload(content, "sticker.webp"), extra=extra)
        return self._publish(self._message("", Media(kind="sticker", file=file), reply_to=reply_to))

    def sends_video(self, content: Given, caption: str = "", *, reply_to: Message | None = None) -> Message:
        return self._publish(self._file("video", content, caption, reply_to, name="video.mp4"))

    def sends_animation(self, content: Given, caption: str = "", *, reply_to: Message | None = None) -> Message:
        return self._publish(self._file("animation", content, caption, reply_to, name="animation.mp4"))

    def sends_voice(self, content: Given = b"OggS voice") -> Message:
        return self._publish(self._file("voice", content, "", None, name="voice.ogg"))

    def sends_album(
        self,
        contents: Sequence[bytes],
        caption: str = "",
        *,
        reply_to: Message | None = None,
        as_documents: bool = False,
    ) -> list[Message]:
        """Several pictures at once; the caption stands at the first."""
        if len(contents) not in limits.ALBUM:
            raise NotOffered("an album has 2 to 10 pictures")
        album = str(10**16 + next(self.telegram.house.numbers))
        made = []
        for index, content in enumerate(contents):
            words = caption if index == 0 else ""
            if as_documents:
                message = self._file("document", content, words, reply_to)
            else:
                photo = Media(kind="photo", file=self.telegram.files.keep_photo(content))
                message = self._message(words, photo, reply_to=reply_to)
            message.album = album
            made.append(self._publish(message))
        return made

    def forwards(self, message: Message, *, hidden: bool = False) -> Message:
        """Forward any message into this chat; `hidden` where its author's settings hide who they are."""
        author = payloads.user(message.sender)
        origin: Json = {"type": "user", "date": int(message.date), "sender_user": author}
        if hidden:
            origin = {"type": "hidden_user", "date": int(message.date), "sender_user_name": message.sender.name}
        forwarded = self._message(message.text, message.media, entities=message.entities)
        forwarded.origin = origin
        return self._publish(forwarded)

    def edits(self, message: Message, text: str) -> Message:
        """Change the text or the caption of an own message."""
        if message.sender is not self.user and message.sender_chat is None:
            raise NotOffered("only own messages can be edited")
        message.text, message.entities = text, found(text, [])
        message.edited = self.telegram.clock.now()
        message.remember(message.edited)
        self.telegram.incoming.tell(message, edited=True)
        self.telegram.news.tell()
        return message

    def deletes(self, message: Message) -> None:
        """Own messages, those of a private chat, and as an administrator everybody's. The bot is told nothing."""
        if message.sender is not self.user and not message.chat.is_private and not self._membership.is_admin:
            raise NotOffered(f"{self.user.name} may not delete that")
        self.telegram.delete_message(message)

    def reacts(self, message: Message, *emoji: str) -> None:
        """React to a message; without an emoji the reaction is taken back."""
        old = message.reactions.get(self.user.id, [])
        new: list[Json] = [{"type": "emoji", "emoji": each} for each in emoji]
        message.reactions[self.user.id] = new
        told = {
            "chat": payloads.chat(message.chat),
            "message_id": message.id,
            "user": payloads.user(self.user),
            "date": int(self.telegram.clock.now()),
            "old_reaction": old,
            "new_reaction": new,
        }
        bot = message.chat.members.get(self.telegram.bot.id)
        if message.chat.is_private or (bot is not None and bot.is_admin):
            self.telegram.updates.add("message_reaction", told)
        self.telegram.news.tell()

    def blocks(self) -> None:
        """Block the bot."""
        self.user.has_blocked = True
        self._tell_block(KICKED, before=MEMBER)

    def unblocks(self) -> None:
        self.user.has_blocked = False
        self._tell_block(MEMBER, before=KICKED)

    def _tell_block(self, status: str, *, before: str) -> None:
        self.telegram.tell_membership(self.alone.chat, self.user, self.telegram.bot, status, before=before)

    async def press(self, message: Message, button: str) -> Press:
        """Press the button with this label or callback data, and wait until the bot has answered."""
        return await self.answered(self.starts_press(message, button))

    def starts_press(self, message: Message, button: str) -> Press:
        """The same without waiting."""
        if message.deleted:
            raise NotOffered("there is no such message")
        buttons = [each for row in message.rows for each in row]
        pressed = next((each for each in buttons if button in (each["text"], each.get("callback_data"))), None)
        if pressed is None or "callback_data" not in pressed:
            raise NotOffered(f"no {button} to press, only {[each['text'] for each in buttons]}")
        return self.telegram.send_press(self.user, message, pressed["callback_data"])

    def forges_press(self, message: Message, data: str) -> Press:
        """Send callback data that no button holds: a changed app can."""
        return self.telegram.send_press(self.user, message, data)

    async def answered(self, press: Press) -> Press:
        """Wait until the button stops turning."""
        await self.telegram.until(lambda: press.is_answered)
        return press

    async def asks_inline(self, words: str, *, offset: str = "") -> Query:
        """Type `@bot words` in this chat, and wait for what is offered."""
        query = self.telegram.send_query(self.user, self.chat, words, offset)
        await self.telegram.until(lambda: query.is_answered)
        return query

    def chooses(self, query: Query, result: int | str = 0) -> Message:
        """Send one of the results, by its place or id."""
        chosen = next((each for index, each in enumerate(query.results) if result in (index, each["id"])), None)
        if chosen is None:
            raise NotOffered(f"no {result}, only {[each['id'] for each in query.results]}")
        return self.telegram.send_inline(self, query, chosen)

    @property
    def _membership(self) -> Membership:
        return self.chat.members[self.user.id]

    def _file(
        self, kind: str, content: Given, caption: str, reply_to: Message | None, *, name: str = "picture.png"
    ) -> Message:
        file = self.telegram.files.keep_larger(kind, _upload(content, name), duration=3)
        return self._message(caption, Media(kind=kind, file=file), reply_to=reply_to)

    def _message(
        self,
        text: str,
        media: Media | None = None,
        *,
        reply_to: Message | None = None,
        quote: str | None = None,
        entities: list[Json] | None = None,
    ) -> Message:
        if media is not None and len(text) > limits.CAPTION:
            raise NotOffered("such a caption is not sent")
        telegram = self.telegram
        return Message(
            id=self.chat.next_message_id(),
            chat=self.chat,
            sender=telegram.world.users[ANONYMOUS_ADMIN_ID] if self.is_anonymous else self.user,
            sender_chat=self.chat if self.is_anonymous else None,
            date=telegram.clock.now(),
            text=text,
            entities=found(text, []) if entities is None else entities,
            media=media,
            reply_to=reply_to,
            quote=quote,
            topic=self.topic,
        )

    def _publish(self, message: Message) -> Message:
        if self.chat.migrated_to is not None:
            raise NotOffered("the group became a supergroup")
        if not self._membership.is_inside:
            raise NotOffered(f"{self.user.name} is not in {self.chat}")
        if self.chat.is_private:
            self.user.has_started = True
            if self.user.has_blocked:
                raise NotOffered("who has blocked a bot cannot write to it")
        closed = self.topic is not None and (self.topic.closed or self.topic.deleted)
        if closed and not self._membership.is_admin:
            raise NotOffered("the topic is closed")
        return self.telegram.incoming.publish(message)


def _upload(content: Given, name: str) -> Upload:
    return content if isinstance(content, Upload) else Upload(content=content, name=name)
