"""A Discord on loopback that enforces what the real one enforces.

    async with FakeDiscord() as discord:
        client = Client(connector=discord.connector())       # in this process
        environment = os.environ | discord.environment       # or the whole program in its own
        ...
        channel = discord.text_channel(discord.guild("Garden"))
        ana = discord.person("ana", channel)
        answer = await ana.slash("restyle", image=png, prompt="oil painting", strength=0.6)
        await discord.until(lambda: ana.pings)               # done
        card = discord.said(channel)[0]
        assert card.buttons, card.alt_texts
        pressed = await ana.press(card, "Edit")              # by label or custom id
        await ana.submit_modal(pressed, prompt="ink")
        assert discord.edits_per_minute(card) <= 30

The world is built by `building.py`, which also breaks it (`delete_message`, `delete_channel`, `revoke`, `archive`,
`kick_app`, `leave`); `people.py` says what people do and see; `fake.py` has waits, time, failures and counts;
`gateway` drops and invalidates sessions; `downloads` breaks the file host; `rates` holds the limits.
"""

from tests.discord.fake.answers import Answer
from tests.discord.fake.clock import MovableClock
from tests.discord.fake.fake import FakeDiscord
from tests.discord.fake.files import File
from tests.discord.fake.options import NotOffered
from tests.discord.fake.people import Person
from tests.discord.fake.rates import Rule
from tests.discord.fake.world import Channel, Guild, Message, Role, User

__all__ = [
    "Answer",
    "Channel",
    "FakeDiscord",
    "File",
    "Guild",
    "Message",
    "MovableClock",
    "NotOffered",
    "Person",
    "Role",
    "Rule",
    "User",
]
