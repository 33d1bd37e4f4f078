"""sendMessage and everything else that makes a new message."""

from __future__ import annotations

from dataclasses import dataclass

from tests.telegram.fake import limits, payloads
from tests.telegram.fake.calls import Answer, Call, Methods
from tests.telegram.fake.keyboards import inline_keyboard
from tests.telegram.fake.methods.outgoing import Outgoing, read_caption, read_message_text, told_of
from tests.telegram.fake.refusals import Json, bad
from tests.telegram.fake.world import Media, Message

ALONE = ("document", "audio")  # albums of these hold nothing else
FILES = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVideo": "video",
    "sendAnimation": "animation",
    "sendSticker": "sticker",
    "sendAudio": "audio",
    "sendVoice": "voice",
}


@dataclass(kw_only=True, slots=True, eq=False)
class Sending:
    out: Outgoing

    @property
    def methods(self) -> Methods:
        files: Methods = dict.fromkeys(FILES, self._send_file)
        return files | {
            "sendMessage": self._send_message,
            "sendMediaGroup": self._send_album,
            "copyMessage": self._copy,
            "forwardMessage": self._forward,
            "sendChatAction": self._act,
        }

    def _send_message(self, call: Call) -> Answer:
        place = self.out.place(call, "text")
        text, entities = read_message_text(told_of(call))
        inline_keyboard(call.json("reply_markup"), place.chat)
        self.out.house.count(place.chat)
        return self.out.told(self.out.send(call, place, text, entities))

    def _send_file(self, call: Call) -> Answer:
        kind = FILES[call.method]
        place = self.out.place(call, kind)
        caption, entities = read_caption(told_of(call))
        inline_keyboard(call.json("reply_markup"), place.chat)
        self.out.house.count(place.chat)
        file = self.out.file(call, kind, call.text(kind), detect=not call.flag("disable_content_type_detection"))
        media = Media(
            kind=file.kind, file=file, spoiler=call.flag("has_spoiler"), above=call.flag("show_caption_above_media")
        )
        return self.out.told(self.out.send(call, place, caption, entities, media))

    def _send_album(self, call: Call) -> Answer:
        items = call.json("media") or []
        if call.text("reply_markup") is not None:
            raise bad("an album cannot carry a keyboard")  # the real one drops it without a word
        if len(items) not in limits.ALBUM:
            raise bad("wrong number of messages in an album: there must be 2 to 10")
        kinds = {item["type"] for item in items}
        if not kinds <= {"photo", "video", *ALONE} or (len(kinds) > 1 and kinds & set(ALONE)):
            raise bad("document and audio can't be mixed with other media types in an album")
        place = self.out.place(call, next(iter(kinds)))
        captions = [read_caption(item) for item in items]
        self.out.house.count(place.chat, len(items))
        files = [self.out.file(call, item["type"], item["media"]) for item in items]
        album = str(10**16 + next(self.out.house.numbers))
        made: list[Message] = []
        for item, file, (caption, entities) in zip(items, files, captions, strict=True):
            media = Media(kind=item["type"], file=file, spoiler=item.get("has_spoiler", False))
            made.append(self.out.send(call, place, caption, entities, media, album))
        return [self.out.told(each) for each in made]

    def _copy(self, call: Call) -> Answer:
        return {"message_id": self._again(call, origin=None).id}

    def _forward(self, call: Call) -> Answer:
        source = self._source(call)
        sender = payloads.user(source.sender)
        origin: Json = {"type": "user", "date": int(source.date), "sender_user": sender}
        return self.out.told(self._again(call, origin=origin))

    def _source(self, call: Call) -> Message:
        chat = self.out.house.chat(call, "from_chat_id")
        source = self.out.house.message(chat, call.integer("message_id"), call.method.removesuffix("Message"))
        if source.service is not None or source.protected:
            raise bad("message can't be copied" if call.method == "copyMessage" else "message can't be forwarded")
        return source

    def _again(self, call: Call, *, origin: Json | None) -> Message:
        source = self._source(call)
        place = self.out.place(call, source.media.kind if source.media else "text")
        text, entities = source.text, source.entities
        if call.text("caption") is not None and source.media is not None:
            text, entities = read_caption(told_of(call))
        inline_keyboard(call.json("reply_markup"), place.chat)
        self.out.house.count(place.chat)
        return self.out.send(call, place, text, entities, source.media, origin=origin)

    def _act(self, call: Call) -> Answer:
        chat = self.out.house.chat(call)
        self.out.house.topic(chat, call.integer("message_thread_id"), None)
        return True
