"""Changing and deleting messages."""

from __future__ import annotations

from dataclasses import dataclass

from tests.telegram.fake import limits
from tests.telegram.fake.calls import Answer, Call, Methods
from tests.telegram.fake.keyboards import inline_keyboard
from tests.telegram.fake.methods.outgoing import ATTACHED, Outgoing, read_caption, read_message_text, told_of
from tests.telegram.fake.refusals import Json, bad, not_modified
from tests.telegram.fake.world import Chat, Media, Message

ALONE = ("document", "audio")


@dataclass(kw_only=True, slots=True, eq=False)
class Editing:
    out: Outgoing

    @property
    def methods(self) -> Methods:
        return {
            "editMessageText": self._edit_text,
            "editMessageCaption": self._edit_caption,
            "editMessageMedia": self._edit_media,
            "editMessageReplyMarkup": self._edit_markup,
            "deleteMessage": self._delete,
            "deleteMessages": self._delete_many,
        }

    def _edit_text(self, call: Call) -> Answer:
        message = self._message(call)
        if message.media is not None:
            raise bad("there is no text in the message to edit")
        text, entities = read_message_text(told_of(call), too_long="MESSAGE_TOO_LONG")
        return self._change(call, message, text, entities, message.media)

    def _edit_caption(self, call: Call) -> Answer:
        message = self._message(call)
        if message.media is None or message.media.kind == "sticker":
            raise bad("there is no caption in the message to edit")
        caption, entities = read_caption(told_of(call))
        return self._change(call, message, caption, entities, message.media)

    def _edit_markup(self, call: Call) -> Answer:
        message = self._message(call)
        return self._change(call, message, message.text, message.entities, message.media)

    def _edit_media(self, call: Call) -> Answer:
        message = self._message(call)
        told = call.json("media")
        kind, given = told["type"], told["media"]
        before = message.media.kind if message.media else kind
        if message.album is not None and kind != before and {kind, before} & set(ALONE):
            raise bad("message can't be edited: other media in an album")
        if message.inline_id is not None and given.startswith(ATTACHED):
            raise bad("a new file can't be uploaded to an inline message; use a file_id")
        caption, entities = read_caption(told)
        inline_keyboard(call.json("reply_markup"), self._chat(message))
        self.out.house.count(self._chat(message))
        file = self.out.file(call, kind, given)
        media = Media(kind=file.kind, file=file, spoiler=told.get("has_spoiler", False))
        return self._change(call, message, caption, entities, media, counted=True)

    def _chat(self, message: Message) -> Chat | None:
        return None if message.inline_id is not None else message.chat

    def _message(self, call: Call) -> Message:
        house = self.out.house
        inline_id = call.text("inline_message_id")
        if inline_id is not None:
            found = house.world.inline.get(inline_id)
            if found is None or found.deleted:
                raise bad("MESSAGE_ID_INVALID")
            return found
        message = house.message(house.chat(call), call.integer("message_id"), "edit")
        if message.sender is not house.world.bot or message.service is not None or message.origin is not None:
            raise bad("message can't be edited")
        return message

    def _change(
        self,
        call: Call,
        message: Message,
        text: str,
        entities: list[Json],
        media: Media | None,
        *,
        counted: bool = False,
    ) -> Answer:
        """A keyboard that is not given again goes away."""
        house = self.out.house
        keyboard = inline_keyboard(call.json("reply_markup"), self._chat(message))
        if message.album is not None and keyboard is not None:
            raise bad("an album cannot carry a keyboard")
        same_file = (media and media.file.unique_id) == (message.media and message.media.file.unique_id)
        before = (message.text, message.entities, message.keyboard)
        if same_file and before == (text, entities, keyboard):
            raise not_modified()
        if not counted:
            house.count(self._chat(message))
        message.text, message.entities, message.media, message.keyboard = text, entities, media, keyboard
        message.edited = house.clock.now()
        message.remember(message.edited)
        house.news.tell()
        return True if message.inline_id is not None else self.out.told(message)

    def _delete(self, call: Call) -> Answer:
        house = self.out.house
        chat = house.chat(call)
        message = house.message(chat, call.integer("message_id"), "delete")
        self._check_deletable(message)
        message.deleted = True
        house.news.tell()
        return True

    def _check_deletable(self, message: Message) -> None:
        house, chat = self.out.house, message.chat
        mine = house.bot_in(chat)
        may = mine.is_admin and "can_delete_messages" in mine.rights
        is_old = house.clock.now() - message.date > limits.DELETE_SECONDS
        if (message.sender is house.world.bot or chat.is_private) and not is_old:
            return
        if not may:
            raise bad("message can't be deleted for everyone" if is_old else "message can't be deleted")

    def _delete_many(self, call: Call) -> Answer:
        """Those that are not there are skipped."""
        chat = self.out.house.chat(call)
        for number in call.json("message_ids") or []:
            message = chat.messages.get(number)
            if message is not None and not message.deleted:
                self._check_deletable(message)
                message.deleted = True
        self.out.house.news.tell()
        return True
