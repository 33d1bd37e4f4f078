"""Many people at once: nobody is lost, nobody is answered twice, and Telegram's limits are never touched."""

from __future__ import annotations

from collections import Counter

from bot.app import App
from tests.telegram.bot.running import FAST, shown
from tests.telegram.fake import FakeTelegram, Message
from tests.telegram.pictures import picture


def results(fake: FakeTelegram) -> list[Message]:
    return [each for each in fake.said() if each.media and "Subtle" in each.labels]


async def test_fifty_people_in_ten_groups_all_get_theirs_where_they_asked(fake: FakeTelegram, app: App) -> None:
    groups = [fake.supergroup(f"Group {number}", forum=number % 3 == 0) for number in range(10)]
    people = [fake.person(f"p{number}", groups[number % 10]) for number in range(50)]
    asked = [person.sends_photo(picture(), f"/restyle {FAST} seed={person.id}") for person in people]
    await fake.until(lambda: len(results(fake)) == 50, seconds=90)
    for person, question in zip(people, asked, strict=True):
        [card] = [each for each in results(fake) if f"seed {person.id} " in each.text]
        assert card.chat is person.chat
        assert card.reply_to is question
    assert fake.rates.limited == 0


async def test_a_hundred_commands_of_one_second_are_all_answered(fake: FakeTelegram, app: App) -> None:
    people = [fake.person(f"p{number}") for number in range(100)]
    for person in people:
        person.sends("/queue")
    await fake.until_read()
    for person in people:
        await shown(person, "Nothing waits")
    assert Counter(len(person.answers) for person in people) == {1: 100}
    assert fake.rates.limited == 0
