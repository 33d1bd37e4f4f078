"""The ways a card's message can be made and changed on Telegram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegram import InputMediaDocument, InputMediaPhoto, Message, ReplyParameters
from telegram.constants import ChatAction, ParseMode

from bot.telegram_bot.client import Bot
from bot.telegram_bot.drawing import Drawing, Upload
from bot.telegram_bot.people import spot_of
from bot.telegram_bot.speaking import NO_PREVIEW, Speaker, Spoken
from core.service.deliveries import Delivery

PHOTO, DOCUMENT = "photo", "document"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A message that was made. `file` is Telegram's own name of its picture."""

    message: str
    file: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """Each way raises what Telegram says against it (`failures.TROUBLE`)."""

    bot: Bot

    async def send(self, delivery: Delivery, drawing: Drawing, *, silent: bool) -> Sent:
        """A new message, under the one that it answers."""
        spoken = Spoken(text=drawing.text, file=drawing.picture, markup=drawing.keyboard)
        sent = await self._say(delivery, spoken, delivery.answers, silent=silent)
        return Sent(message=str(sent.message_id), file=_file_of(sent))

    async def edit(self, delivery: Delivery, drawing: Drawing, *, is_new: bool) -> str | None:
        """Change the message; `is_new`: its picture is another one than before. Returns the name of its picture."""
        here = _message(delivery) | {"reply_markup": drawing.keyboard}
        if drawing.picture is not None and is_new:
            edited = await self.bot.edit_message_media(media=_media(drawing.picture, drawing.text), **here)
            return _file_of(edited) if isinstance(edited, Message) else delivery.file
        here["parse_mode"] = ParseMode.HTML
        if delivery.file is not None and delivery.picture is None:
            await self.bot.edit_message_caption(caption=drawing.text, **here)
            return delivery.file
        await self.bot.edit_message_text(text=drawing.text, link_preview_options=NO_PREVIEW, **here)
        return None

    async def send_album(self, delivery: Delivery, pictures: Sequence[Upload]) -> list[Sent]:
        """2 to 10 pictures that belong together; one of them that is no photo makes all of them documents."""
        as_photos = all(picture.is_photo for picture in pictures)
        media = [_media(replace(picture, is_photo=as_photos)) for picture in pictures]
        spot = spot_of(delivery.place)
        reply = ReplyParameters(int(delivery.answers), allow_sending_without_reply=True) if delivery.answers else None
        made = await self.bot.send_media_group(spot.chat, media, message_thread_id=spot.topic, reply_parameters=reply)
        return [Sent(message=str(each.message_id), file=_file_of(each)) for each in made]

    async def say_busy(self, delivery: Delivery) -> None:
        """ "... is sending a photo", for some seconds."""
        spot = spot_of(delivery.place)
        await self.bot.send_chat_action(spot.chat, ChatAction.UPLOAD_PHOTO, message_thread_id=spot.topic)

    async def ping(self, delivery: Delivery, text: str) -> None:
        """A short answer under the card; edits notify nobody. `text` is HTML."""
        await self._say(delivery, Spoken(text=text), delivery.message, silent=False)

    async def delete(self, deliveries: Sequence[Delivery]) -> None:
        """The message that shows them, and those that hold their pictures."""
        names = {name for each in deliveries for name in (each.message, each.picture) if name}
        if names:
            await self.bot.delete_messages(spot_of(deliveries[0].place).chat, sorted(map(int, names)))

    async def _say(self, delivery: Delivery, spoken: Spoken, answers: str | None, *, silent: bool) -> Message:
        speaker, number = Speaker(bot=self.bot), int(answers) if answers else None
        return await speaker.say(spot_of(delivery.place), spoken, answers=number, silent=silent)


def _message(delivery: Delivery) -> dict[str, Any]:
    assert delivery.message is not None, "there is a message"
    return {"chat_id": spot_of(delivery.place).chat, "message_id": int(delivery.message)}


def _media(picture: Upload, text: str | None = None) -> InputMediaPhoto | InputMediaDocument:
    said: dict[str, Any] = {"caption": text, "parse_mode": ParseMode.HTML if text else None, "filename": picture.name}
    if picture.is_photo:
        return InputMediaPhoto(picture.data, has_spoiler=picture.is_spoiler, **said)
    return InputMediaDocument(picture.data, **said)


def _file_of(message: Message) -> str | None:
    """Its kind, then Telegram's own name of it: a photo is used again as a photo only."""
    if message.photo:
        return f"{PHOTO}:{message.photo[-1].file_id}"
    return f"{DOCUMENT}:{message.document.file_id}" if message.document else None
