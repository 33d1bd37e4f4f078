"""A card's life: one message, edited in place; what becomes of it when Telegram or people get in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from tests.telegram.bot.running import FAST, HURRY, PATIENT, SLOW, ended, restyle, shown
from tests.telegram.fake import FakeTelegram, Message, Person
from tests.telegram.pictures import picture


@pytest.fixture
def ana(fake: FakeTelegram) -> Person:
    return fake.person("ana")


def pictures(person: Person) -> list[Message]:
    """Results, wherever this person finds them."""
    return [each for each in person.telegram.said() if each.media and "Subtle" in each.labels]


def refused(fake: FakeTelegram, words: str) -> bool:
    return any(words in each.description for each in fake.record.refused)


async def test_a_slow_job_is_one_message_from_the_queue_to_the_result(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    ana.sends_photo(picture(), SLOW)
    card = await shown(ana, "░")
    assert card.labels == ["Cancel"]
    await fake.until(lambda: card.is_photo)  # a preview
    done = await ended(ana)
    await fake.until(lambda: ana.pings)
    assert done is card
    assert [each.text for each in ana.pings] == ["Your picture is ready."]
    assert [each for each in ana.answers if each.media] == [card]


async def test_a_quick_job_is_one_loud_message_and_nothing_else(
    fake: FakeTelegram, tmp_path: Path, ana: Person
) -> None:
    fake.rates.hurry(HURRY)
    async with restyle(fake, tmp_path, pace=PATIENT):
        ana.sends_photo(picture(), FAST)
        card = await ended(ana)
        ana.sends("/queue")
        await shown(ana, "Nothing waits")
    assert ana.pings == [card, ana.answers[-1]]
    assert card.edits == 0


async def test_in_a_group_the_person_is_named_once(fake: FakeTelegram, app: App) -> None:
    ana = fake.person("ana", fake.supergroup())
    ana.sends_photo(picture(), f"/restyle {SLOW}")
    card = await ended(ana)
    await fake.until(lambda: len(ana.pings) == 1)
    assert ana.pings[0].text == "ana: Your picture is ready."
    assert ana.pings[0].reply_to is card


async def test_a_failure_says_why_and_can_be_tried_again(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_photo(picture(), f"{FAST} fail")
    card = await shown(ana, "failed")
    assert card.labels == ["Try again", "Edit", "Delete"]
    await ana.press(card, "Try again")
    await shown(ana, "failed", after=card)


async def test_a_result_whose_message_was_deleted_comes_as_a_new_one(fake: FakeTelegram, app: App, ana: Person) -> None:
    asked = ana.sends_photo(picture(), SLOW)
    card = await shown(ana, "0.15 fox")
    ana.deletes(card)
    new = await ended(ana)
    assert new is not card
    assert new.reply_to is asked
    assert not new.silent


async def test_who_deletes_the_question_gets_the_answer_all_the_same(fake: FakeTelegram, app: App, ana: Person) -> None:
    asked = ana.sends_photo(picture(), SLOW)
    ana.deletes(asked)
    assert (await ended(ana)).reply_to is None


async def test_a_group_that_shows_the_bot_the_door_is_told_nothing_and_the_person_everything(
    fake: FakeTelegram, app: App
) -> None:
    garden = fake.supergroup()
    ana = fake.person("ana", garden)
    ana.sends_photo(picture(), f"/restyle {SLOW}")
    await shown(ana, "0.15 fox")
    fake.kick_bot(garden)
    card = await ended(ana.alone)
    assert "I could not show this where you asked" in card.text


async def test_who_never_began_a_private_chat_finds_it_in_the_history(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    ana = fake.person("ana", garden, started=False)
    ana.sends_photo(picture(), f"/restyle {SLOW}")
    await shown(ana, "0.15 fox")
    fake.kick_bot(garden)
    await fake.until(lambda: refused(fake, "can't initiate"))
    ana.starts()
    ana.alone.sends("/history")
    history = await shown(ana.alone, "Your newest pictures")
    assert "0.15 fox" in history.text


async def test_who_has_blocked_the_bot_loses_nothing(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_photo(picture(), SLOW)
    await shown(ana, "0.15 fox")
    ana.blocks()
    await fake.until(lambda: refused(fake, "blocked"))
    ana.unblocks()
    ana.sends("/history")
    await shown(ana, "Your newest pictures")


@pytest.mark.parametrize("tells", [True, False])
async def test_a_group_that_becomes_a_supergroup_takes_its_cards_along(
    fake: FakeTelegram, app: App, tells: bool
) -> None:
    garden = fake.group()
    ana = fake.person("ana", garden)
    fake.make_admin(ana.user, garden)
    ana.sends("/admin set waiting=7")
    await shown(ana, "Saved")
    ana.sends_photo(picture(), f"/restyle {SLOW}")
    await shown(ana, "0.15 fox")
    new = fake.upgrade(garden, tells=tells)
    await ended(ana.at(new))
    if tells:
        ana.at(new).sends("/admin show")
        await shown(ana.at(new), "waiting 7 each")


async def test_a_topic_that_was_closed_sends_the_result_to_the_person(fake: FakeTelegram, app: App) -> None:
    forum = fake.supergroup(forum=True)
    foxes = fake.topic(forum, "Foxes")
    ana = fake.person("ana", forum).at(forum, foxes)
    ana.sends_photo(picture(), f"/restyle {SLOW}")
    await shown(ana, "0.15 fox")
    fake.delete_topic(forum, foxes)
    await ended(ana.alone)


async def test_where_photos_are_forbidden_the_result_is_a_file(fake: FakeTelegram, tmp_path: Path) -> None:
    fake.rates.hurry(HURRY)
    garden = fake.supergroup()
    fake.deny(garden, "can_send_photos")
    ana = fake.person("ana", garden)
    async with restyle(fake, tmp_path, pace=PATIENT):
        ana.sends_photo(picture(), f"/restyle {FAST}")
        card = await ended(ana)
    assert card.media is not None
    assert card.media.kind == "document"


async def test_what_telegram_takes_as_no_photo_is_a_file(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_document(picture((640, 64)), f"{FAST} size=1600x64")
    card = await ended(ana)
    assert card.media is not None
    assert card.media.kind == "document"


@pytest.mark.parametrize("status", [429, 502])
async def test_a_storm_delays_the_last_state_and_never_loses_it(
    fake: FakeTelegram, app: App, ana: Person, status: int
) -> None:
    ana.sends_photo(picture(), SLOW)
    card = await shown(ana, "░")
    fake.fail("editMessageMedia", times=4, status=status)
    fake.fail("editMessageCaption", times=4, status=status)
    assert await ended(ana) is card
    await fake.until(lambda: ana.pings)
    assert len(pictures(ana)) == 1


async def test_a_lost_answer_to_an_edit_does_no_harm(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_photo(picture(), SLOW)
    await shown(ana, "░")
    fake.fail("editMessageMedia", times=2, status=0, after=True)
    await ended(ana)
    await fake.until(lambda: ana.pings)
    assert len(pictures(ana)) == 1


async def test_a_sentence_waits_for_a_flood_to_end(fake: FakeTelegram, app: App, ana: Person) -> None:
    fake.rates.bar(ana.id, 3)
    ana.sends("/queue")
    await shown(ana, "Nothing waits")


async def test_a_group_never_gets_more_than_its_share(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    people = [fake.person(f"p{number}", garden) for number in range(6)]
    for person in people:
        person.sends_photo(picture(), f"/restyle {SLOW}")
    await fake.until(lambda: len(pictures(people[0])) == 6)
    assert fake.rates.limited == 0
