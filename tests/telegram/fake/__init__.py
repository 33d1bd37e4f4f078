"""A Telegram on loopback that enforces what the real one enforces.

    async with FakeTelegram() as telegram:
        application = (
            Application.builder().token(telegram.token)
            .base_url(telegram.base_url).base_file_url(telegram.base_file_url).build()
        )
        ...
        garden = telegram.supergroup("Garden")
        ana = telegram.person("ana")                          # in her private chat; ana.at(garden) once she joined
        asked = ana.sends_photo(jpeg, "/restyle oil painting 0.6")
        await telegram.until(lambda: ana.answers)
        card = ana.answers[0]
        assert card.is_photo and card.buttons and card.content
        pressed = await ana.press(card, "Info")               # by label or callback data
        assert pressed.text or pressed.alert
        query = await ana.asks_inline("watercolour")
        ana.at(garden).chooses(query, 0)
        assert telegram.edits_per_minute(card) <= 20

The world is built by `building.py`, which also breaks it (`kick_bot`, `upgrade`, `close_topic`, `delete_topic`,
`delete_message`, `deny`, `deactivate`); `people.py` says what people do and see; `fake.py` has waits, time, failures
and counts; `updates` repeats and drops, and brings updates to a webhook; `rates` holds the flood limits.
"""

from tests.discord.fake.clock import MovableClock
from tests.telegram.fake.fake import TOKEN, FakeTelegram
from tests.telegram.fake.files import File, Upload
from tests.telegram.fake.methods.asking import Press, Query
from tests.telegram.fake.people import NotOffered, Person
from tests.telegram.fake.rates import Rule
from tests.telegram.fake.world import Chat, Message, Topic, User

__all__ = [
    "TOKEN",
    "Chat",
    "FakeTelegram",
    "File",
    "Message",
    "MovableClock",
    "NotOffered",
    "Person",
    "Press",
    "Query",
    "Rule",
    "Topic",
    "Upload",
    "User",
]
