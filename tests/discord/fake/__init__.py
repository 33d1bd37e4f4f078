"""A Discord on loopback that enforces what the real one enforces. See `fake.py` for what tests do with it."""

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
