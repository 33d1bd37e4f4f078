"""Many people at once: each gets their own result in their own message, and nothing is lost or made twice."""

from __future__ import annotations

from bot.app import App
from tests.discord.bot.running import FAST, png
from tests.discord.fake import FakeDiscord


async def test_fifty_people_at_once_all_get_theirs_where_they_asked(fake: FakeDiscord, app: App) -> None:
    channels = [fake.text_channel() for _ in range(10)]
    people = [fake.person(f"person{number}", channels[number % 10]) for number in range(50)]
    answers = [
        person.starts_slash("restyle", picture=png(), prompt=FAST, seed=number) for number, person in enumerate(people)
    ]
    await fake.until(lambda: all(answer.interaction.is_answered for answer in answers))
    await fake.until(lambda: all("seed" in answer.text for answer in answers), seconds=90)
    await fake.until(lambda: all(len(person.pings) == 1 for person in people), seconds=60)
    for number, (person, answer) in enumerate(zip(people, answers, strict=True)):
        assert f"seed {number} " in answer.text
        assert answer.message is not None
        assert answer.message.channel is person.channel
    results = [message for message in fake.said() if any(name.startswith("restyle.") for name in message.files)]
    assert len(results) == 50
