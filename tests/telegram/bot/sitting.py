"""Sessions on the fake Telegram: how they are opened, and what people see of them."""

from __future__ import annotations

import asyncio

from bot.app import App
from bot.telegram_bot.people import Spot
from core.domain.character import Preset
from core.domain.names import PersonId
from core.domain.session import SessionId
from core.service.asking import Asker
from tests.telegram.bot.running import PACE
from tests.telegram.fake import Chat, FakeTelegram, Message, Person, Topic
from tests.telegram.pictures import picture

HOUR = 3600
SLOW = "0.15"  # seconds of a step


async def with_character(app: App, person: Person, step: str = "0.001") -> Person:
    """They have one called Mira, of whom variations take so many seconds a step."""
    stored = await app.service.take_picture(picture())
    await app.service.characters.save(asker_of(person), "Mira", stored, Preset(prompt=f"{step} girl"))
    return person


def asker_of(person: Person) -> Asker:
    return Asker(person=PersonId(f"telegram:{person.id}"), name=person.user.name, place=Spot(chat=person.id).place)


def headers(fake: FakeTelegram) -> list[Message]:
    return [each for each in fake.said() if each.text.startswith("Mira: winter") and not each.media]


async def opened(fake: FakeTelegram, ana: Person, words: str = "", *, until: str = "2h") -> Message:
    """The header of a new session."""
    ana.sends(f'/session start mira theme="winter" until={until} {words}'.strip())
    await fake.until(lambda: headers(fake))
    return headers(fake)[-1]


async def variation(person: Person, number: int) -> Message:
    """The card of a variation, once people can vote."""

    def found() -> list[Message]:
        return [each for each in person.answers if f"#{number} " in each.text and "Vote" in each.labels]

    await person.telegram.until(found)
    return found()[-1]


async def says(fake: FakeTelegram, message: Message, words: str) -> None:
    await fake.until(lambda: words in message.text)


async def is_gone(app: App, code: SessionId) -> bool:
    """Whether it is learnt in a moment that its room is no more."""
    for _ in range(100):
        if (await app.service.sessions.view(code)).rooms[0].gone:
            return True
        await asyncio.sleep(PACE.step)
    return False


def topic_of(chat: Chat) -> Topic:
    return next(iter(chat.topics.values()))


def code_in(header: Message) -> SessionId:
    return SessionId(header.text.partition("/session join ")[2].split()[0])
