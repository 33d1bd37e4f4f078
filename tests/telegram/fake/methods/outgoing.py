"""Messages of the bot: reading what a call says about one, and sending it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.telegram.fake import limits, payloads
from tests.telegram.fake.calls import Call
from tests.telegram.fake.entities import found, parse
from tests.telegram.fake.files import File, Upload
from tests.telegram.fake.house import House
from tests.telegram.fake.keyboards import inline_keyboard, other_markup
from tests.telegram.fake.refusals import Json, bad
from tests.telegram.fake.world import Chat, Media, Message, Topic

ATTACHED = "attach://"
PERMISSIONS = {
    "text": ("can_send_messages", "text messages"),
    "photo": ("can_send_photos", "photos"),
    "document": ("can_send_documents", "documents"),
    "video": ("can_send_videos", "videos"),
    "animation": ("can_send_other_messages", "animations"),
    "sticker": ("can_send_other_messages", "stickers"),
    "audio": ("can_send_audios", "music"),
    "voice": ("can_send_voice_notes", "voice notes"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a new message goes, as checked."""

    chat: Chat
    topic: Topic | None
    reply_to: Message | None
    quote: str | None
    silent: bool
    protected: bool


def read_text(told: Json, name: str, limit: int, too_long: str) -> tuple[str, list[Json]]:
    """Text and entities from the fields `name`, `parse_mode`, and `entities` or `caption_entities`."""
    entities = told.get("entities" if name in ("text", "message_text") else "caption_entities")
    text = told.get(name) or ""
    if entities is not None:
        marked = list(entities)
    else:
        text, marked = parse(text, told.get("parse_mode"))
    text = text.rstrip()
    if len(text) > limit:
        raise bad(too_long)
    return text, sorted(marked + found(text, marked), key=lambda each: each["offset"])


def read_message_text(told: Json, name: str = "text", too_long: str = "message is too long") -> tuple[str, list[Json]]:
    text, entities = read_text(told, name, limits.TEXT, too_long)
    if not text.strip():
        raise bad("message text is empty")
    return text, entities


def read_caption(told: Json) -> tuple[str, list[Json]]:
    return read_text(told, "caption", limits.CAPTION, "message caption is too long")


def told_of(call: Call) -> Json:
    """The fields about text, read."""
    answer: Json = {name: call.text(name) for name in ("text", "caption", "parse_mode") if call.text(name) is not None}
    for name in ("entities", "caption_entities"):
        if call.text(name) is not None:
            answer[name] = call.json(name)
    return answer


@dataclass(kw_only=True, slots=True, eq=False)
class Outgoing:
    """Shared by all methods that send or edit."""

    house: House

    def place(self, call: Call, kind: str) -> Place:
        chat = self.house.chat(call)
        self.house.may_send(chat, *PERMISSIONS[kind])
        parameters = call.json("reply_parameters")
        reply_to = self.house.replied(chat, parameters)
        return Place(
            chat=chat,
            reply_to=reply_to,
            topic=self.house.topic(chat, call.integer("message_thread_id"), reply_to),
            quote=(parameters or {}).get("quote"),
            silent=call.flag("disable_notification"),
            protected=call.flag("protect_content"),
        )

    def send(
        self,
        call: Call,
        place: Place,
        text: str,
        entities: list[Json],
        media: Media | None = None,
        album: str | None = None,
        origin: Json | None = None,
    ) -> Message:
        """Make the message; it was counted already."""
        house = self.house
        message = Message(
            id=place.chat.next_message_id(),
            chat=place.chat,
            sender=house.world.bot,
            date=house.clock.now(),
            text=text,
            entities=entities,
            media=media,
            keyboard=inline_keyboard(call.json("reply_markup"), place.chat),
            markup=other_markup(call.json("reply_markup")),
            topic=place.topic,
            reply_to=place.reply_to,
            quote=place.quote,
            silent=place.silent,
            protected=place.protected,
            album=album,
            origin=origin,
        )
        house.world.publish(message)
        house.news.tell()
        return message

    def file(self, call: Call, kind: str, told: str | None, *, detect: bool = True) -> File:
        """The file that a field gives: its upload, an attached one, or a file id. Raises Refusal."""
        upload = self.upload(call, kind, told)
        if upload is None:
            return self.house.files.find(self._file_id(told), kind)
        if not upload.content:
            raise bad("file must be non-empty")
        if kind == "photo":
            return self.house.files.keep_photo(upload.content)
        file = self.house.files.keep(kind, upload)
        becomes_sticker = kind == "document" and file.mime == "image/webp" and 0 < max(file.width, file.height) <= 512
        if becomes_sticker and detect:
            file.kind = "sticker"
        return file

    def upload(self, call: Call, name: str, told: str | None) -> Upload | None:
        if told is None:
            if name not in call.uploads:
                raise bad(f"there is no {name} in the request")
            return call.uploads[name]
        if not told.startswith(ATTACHED):
            return None
        upload = call.uploads.get(told.removeprefix(ATTACHED))
        if upload is None:
            raise bad("there is no file with the name that is attached")
        return upload

    def _file_id(self, told: str | None) -> str:
        assert told is not None, "an upload was looked for first"
        if told.startswith(("http://", "https://")):
            raise bad("failed to get HTTP URL content")  # the fake reaches no other server
        return told

    def told(self, message: Message) -> Json:
        return payloads.message(message)
