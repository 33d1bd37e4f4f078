"""What people ask of the bot by buttons and inline mode: the part of FakeTelegram that sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.discord.fake.clock import MovableClock, News
from tests.telegram.fake import payloads
from tests.telegram.fake.files import FileHost
from tests.telegram.fake.house import House
from tests.telegram.fake.incoming import Incoming
from tests.telegram.fake.keyboards import inline_keyboard
from tests.telegram.fake.methods.asking import Asking, Press, Query
from tests.telegram.fake.methods.outgoing import read_caption, read_message_text
from tests.telegram.fake.refusals import Json
from tests.telegram.fake.updates import Updates
from tests.telegram.fake.world import Chat, Media, Message, User, World

if TYPE_CHECKING:
    from tests.telegram.fake.people import Person


class Asks:
    """`inline_feedback` is BotFather's setting by which the bot learns what was chosen."""

    world: World
    clock: MovableClock
    news: News
    house: House
    files: FileHost
    updates: Updates
    incoming: Incoming
    asking: Asking
    inline_feedback: bool = True

    def send_press(self, user: User, message: Message, data: str) -> Press:
        number = str(4_000_000_000_000_000 + next(self.house.numbers))
        press = Press(id=number, user=user, message=message, data=data, created=self.clock.now())
        self.asking.presses[number] = press
        told: Json = {"id": number, "from": payloads.user(user), "data": data}
        told["chat_instance"] = str(message.chat.id * 7919)
        if message.inline_id is not None:
            told["inline_message_id"] = message.inline_id
        elif message.deleted:
            told["message"] = payloads.inaccessible(message)
        else:
            told["message"] = payloads.message(message)
        press.update = self.updates.add("callback_query", told)
        return press

    def send_query(self, user: User, chat: Chat, words: str, offset: str = "") -> Query:
        number = str(5_000_000_000_000_000 + next(self.house.numbers))
        query = Query(id=number, user=user, words=words, created=self.clock.now())
        self.asking.queries[number] = query
        cached = self.asking.cached(user, words) if not offset else None
        if cached is not None:
            query.is_answered, query.from_cache, query.results = True, True, cached
            return query
        kind = "sender" if chat.is_private and chat.id == user.id else chat.kind
        told: Json = {"id": number, "from": payloads.user(user), "query": words, "offset": offset, "chat_type": kind}
        self.updates.add("inline_query", told)
        return query

    def send_inline(self, person: Person, query: Query, result: Json) -> Message:
        """The message that a chosen result becomes; one with a keyboard can be edited by the bot."""
        message = self._inline_message(person, result)
        if message.keyboard is not None:
            message.inline_id = f"AAinline{next(self.house.numbers)}"
            self.world.inline[message.inline_id] = message
        self.incoming.publish(message)
        if self.inline_feedback:
            told = {"result_id": result["id"], "from": payloads.user(person.user), "query": query.words}
            told |= payloads.given(inline_message_id=message.inline_id)
            self.updates.add("chosen_inline_result", told)
        return message

    def _inline_message(self, person: Person, result: Json) -> Message:
        instead = result.get("input_message_content")
        media = None
        if instead is not None:
            text, entities = read_message_text(instead, "message_text")
        else:
            text, entities = read_caption(result)
            kind = next(each for each in ("photo", "document") if f"{each}_file_id" in result)
            media = Media(kind=kind, file=self.files.find(result[f"{kind}_file_id"], kind))
        return Message(
            id=person.chat.next_message_id(),
            chat=person.chat,
            sender=person.user,
            date=self.clock.now(),
            text=text,
            entities=entities,
            media=media,
            topic=person.topic,
            via_bot=self.world.bot,
            keyboard=inline_keyboard(result.get("reply_markup"), None),
        )
