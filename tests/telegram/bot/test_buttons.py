"""Every button of every card, pressed by its owner, by others, and by changed apps."""

from __future__ import annotations

import pytest

from bot.app import App
from tests.telegram.bot.running import FAST, SLOW, ended, handed, shown
from tests.telegram.fake import Chat, FakeTelegram, Message, Person
from tests.telegram.pictures import picture


@pytest.fixture
def ana(fake: FakeTelegram) -> Person:
    return fake.person("ana")


@pytest.fixture
def garden(fake: FakeTelegram) -> Chat:
    return fake.supergroup()


async def finished(person: Person, words: str = "0.5 seed=7") -> Message:
    command = "" if person.chat.is_private else "/restyle "
    person.sends_photo(picture(), f"{command}{FAST} {words}")
    return await ended(person)


@pytest.mark.parametrize(("button", "strength"), [("Subtle", "0.35"), ("Strong", "0.65"), ("Re-roll", "0.5")])
async def test_variations_are_new_cards_and_the_old_one_stays(
    app: App, ana: Person, button: str, strength: str
) -> None:
    card = await finished(ana)
    before = card.text
    await ana.press(card, button)
    new = await ended(ana, after=card)
    assert f"· {strength} ·" in new.text
    assert ("seed 7 " in new.text) == (button != "Re-roll")
    assert new.reply_to is card
    assert card.text == before


async def test_whoever_varies_a_card_owns_the_new_one(fake: FakeTelegram, app: App, garden: Chat) -> None:
    ana, ben = fake.person("ana", garden), fake.person("ben", garden)
    card = await finished(ana)
    await ben.press(card, "Subtle")
    new = await ended(ben, after=card)
    assert "Only the person" in (await ana.press(new, "Delete")).text


@pytest.mark.parametrize("button", ["Original", "Edit", "Delete"])
async def test_what_is_the_owners_is_refused_to_others_at_the_top_of_the_screen(
    fake: FakeTelegram, app: App, garden: Chat, button: str
) -> None:
    ana, ben = fake.person("ana", garden), fake.person("ben", garden)
    card = await finished(ana)
    press = await ben.press(card, button)
    assert "Only the person" in press.text
    assert not card.deleted


async def test_edit_asks_for_new_words_by_a_reply_and_keeps_the_original(app: App, ana: Person) -> None:
    card = await finished(ana)
    await ana.press(card, "Edit")
    question = await shown(ana, "Reply to this message with the new words")
    assert f"{FAST} 0.5 seed=7" in question.text
    assert question.markup is not None
    assert question.markup["selective"]
    ana.replies(question, '"0.001" owl 0.9 seed=7')
    assert "0.001 owl · 0.9 · seed 7" in (await ended(ana, after=question)).text


async def test_info_and_files_come_at_once_in_private(fake: FakeTelegram, app: App, ana: Person) -> None:
    card = await finished(ana)
    await ana.press(card, "Info")
    info = await shown(ana, "scheduler")
    assert any(each["type"] == "pre" for each in info.entities)
    await ana.press(card, "Full file")
    file = (await handed(ana)).file
    assert file is not None
    assert file.name == "restyle-7.png"


async def test_in_a_group_they_come_to_the_person_alone(fake: FakeTelegram, app: App, garden: Chat) -> None:
    ana = fake.person("ana", garden)
    card = await finished(ana)
    press = await ana.press(card, "Info")
    assert "private chat" in press.text
    await shown(ana.alone, "scheduler")
    assert not any("scheduler" in each.text for each in ana.answers)


async def test_who_has_no_private_chat_gets_a_link_that_opens_one_and_asks_again(
    fake: FakeTelegram, app: App, garden: Chat
) -> None:
    ana = fake.person("ana", garden, started=False)
    card = await finished(ana)
    press = await ana.press(card, "Info")
    assert press.url is not None
    ana.starts(press.url.partition("start=")[2])
    await shown(ana.alone, "scheduler")


async def test_a_link_to_a_job_shows_it_to_its_owner_alone(fake: FakeTelegram, app: App, ana: Person) -> None:
    card = await finished(ana)
    job = card.buttons["Info"].rpartition(":")[2]
    ana.starts(job)
    assert (await handed(ana)).file is not None
    ben = fake.person("ben")
    ben.starts(job)
    await shown(ben, "Only the person")
    ben.starts("info-nothing")
    await shown(ben, "does not exist any more")


async def test_delete_takes_the_message_away_and_the_job(fake: FakeTelegram, app: App, ana: Person) -> None:
    card = await finished(ana)
    assert (await ana.press(card, "Delete")).text == "Deleted."
    await fake.until(lambda: card.deleted)
    ana.sends("/history")
    await shown(ana, "Nothing yet")


async def test_cancel_ends_a_running_job_in_place(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_photo(picture(), SLOW)
    card = await shown(ana, "░")
    assert "Cancelled while" in (await ana.press(card, "Cancel")).text
    await fake.until(lambda: "Cancelled while" in card.text)
    await ana.press(card, "Try again")
    again = await shown(ana, "0.15 fox", after=card)
    await ana.press(again, "Cancel")


async def test_administrators_cancel_and_delete_what_others_may_not(fake: FakeTelegram, app: App, garden: Chat) -> None:
    ana, ben, mod = (fake.person(name, garden) for name in ("ana", "ben", "mod"))
    fake.make_admin(mod.user, garden)
    ana.sends_photo(picture(), f"/restyle {SLOW}")
    card = await shown(ana, "░")
    assert "Only the person" in (await ben.press(card, "Cancel")).text
    await mod.press(card, "Cancel")
    await fake.until(lambda: "Cancelled" in card.text)
    await mod.press(card, "Delete")
    await fake.until(lambda: card.deleted)


async def test_an_administrators_word_counts_in_their_own_group_alone(fake: FakeTelegram, app: App) -> None:
    garden, yard = fake.supergroup("Garden"), fake.supergroup("Yard")
    ana = fake.person("ana", garden)
    card = await finished(ana)
    mod = fake.person("mod", yard)
    fake.make_admin(mod.user, yard)
    mod.sends_photo(picture(), f"/restyle {FAST}")
    own = await ended(mod)
    press = await mod.answered(mod.forges_press(own, card.buttons["Delete"]))
    assert "Only the person" in press.text
    assert not card.deleted


@pytest.mark.parametrize("data", ["", "v1:", "v1:fly:1", "v0:delete:1", "v1:delete:" + "9" * 50, "hello"])
async def test_what_no_button_holds_is_answered_and_does_nothing(
    fake: FakeTelegram, app: App, ana: Person, data: str
) -> None:
    card = await finished(ana)
    press = await ana.answered(ana.forges_press(card, data))
    assert press.is_answered
    assert not card.deleted


async def test_a_forged_button_shows_nobody_elses_picture(fake: FakeTelegram, app: App, ana: Person) -> None:
    ben = fake.person("ben")
    mine, theirs = await finished(ben), await finished(ana)
    press = await ben.answered(ben.forges_press(mine, theirs.buttons["Full file"]))
    assert "Only the person" in press.text
    press = await ben.answered(ben.forges_press(mine, theirs.buttons["Subtle"]))
    assert "Only the person" in press.text


async def test_a_sheet_offers_each_of_its_pictures(app: App, ana: Person) -> None:
    ana.sends_photo(picture(), f"/sweep {FAST}")
    sheet = await shown(ana, "4 pictures")
    assert sheet.labels[:4] == ["Use 0.3", "Use 0.45", "Use 0.6", "Use 0.75"]
    await ana.press(sheet, "Use 0.6")
    assert "· 0.6 ·" in (await ended(ana, after=sheet)).text


async def test_buttons_under_messages_too_old_to_be_told_of_work_for_their_owner(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    card = await finished(ana)
    data = card.buttons["Re-roll"]
    fake.delete_message(card)  # what Telegram then tells of it is what it tells of very old ones
    press = await ana.answered(ana.forges_press(card, data))
    assert not press.alert
    await ended(ana, after=card)


async def test_another_strength_is_chosen_from_a_question_that_then_goes_away(
    fake: FakeTelegram, app: App, garden: Chat
) -> None:
    ana = fake.person("ana", garden)
    card = await finished(ana)
    await ana.press(card, "Strength")
    question = await shown(ana, "How much may change", after=card)
    assert "0.5" not in question.labels
    await ana.press(question, "0.8")
    new = await ended(ana, after=question)
    assert "· 0.8 · seed 7" in new.text
    assert new.reply_to is card
    await fake.until(lambda: question.deleted)


async def test_what_was_behind_a_spoiler_stays_behind_one(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_photo(picture(), FAST, spoiler=True)
    card = await ended(ana)
    assert card.media is not None
    assert card.media.spoiler
    await ana.press(card, "Subtle")
    again = await ended(ana, after=card)
    assert again.media is not None
    assert again.media.spoiler
    ana.sends_photo(picture(), f"{FAST} spoiler=off", spoiler=True)
    shows = await ended(ana, after=again)
    assert shows.media is not None
    assert not shows.media.spoiler
