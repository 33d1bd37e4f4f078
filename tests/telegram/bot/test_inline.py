"""Inline mode, command lists, descriptions, and what is between the bot and one person."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from tests.telegram.bot.running import FAST, HURRY, ended, handed, restyle, shown
from tests.telegram.fake import FakeTelegram, Person
from tests.telegram.pictures import picture


@pytest.fixture
def ana(fake: FakeTelegram) -> Person:
    return fake.person("ana")


async def test_ones_own_pictures_are_offered_and_sent_without_an_upload(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    for words in ("fox", "owl"):
        ana.sends_photo(picture(), f'"0.001" {words}')
        await shown(ana, f"0.001 {words} ·")
        await ended(ana)
    query = await ana.asks_inline("owl")
    while query.results[-1].get("caption") != "0.001 owl":  # once its last state is shown
        query = await ana.asks_inline("owl")
    assert [each["type"] for each in query.results] == ["article", "photo"]
    assert (await fake.person("ben").asks_inline("")).results == []
    garden = fake.group(has_bot=False)
    fake.join(garden, ana.user)
    sent = ana.at(garden).chooses(query, 1)
    assert sent.is_photo
    assert sent.text == "0.001 owl"


async def test_words_become_a_command_that_is_sent_as_a_reply(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    ana, ben = fake.person("ana", garden), fake.person("ben", garden)
    shows = ben.sends_photo(picture())
    query = await ana.asks_inline(f"{FAST} 0.4")
    assert query.results[0]["input_message_content"]["message_text"] == f"/restyle {FAST} 0.4"
    ana.replies(shows, query.results[0]["input_message_content"]["message_text"])
    assert "· 0.4 ·" in (await ended(ana)).text


async def test_characters_are_offered_by_name(app: App, ana: Person) -> None:
    ana.sends_photo(picture(), '/character save "Red Fox" a fox')
    await shown(ana, "Red Fox")
    texts = [each["input_message_content"]["message_text"] for each in (await ana.asks_inline("red")).results[1:]]
    assert texts == ['/character show "Red Fox"']
    texts = [each["input_message_content"]["message_text"] for each in (await ana.asks_inline("red fox cape")).results]
    assert '/vary "Red Fox" cape' in texts


async def test_who_has_no_pictures_is_led_to_the_bot(app: App, ana: Person) -> None:
    query = await ana.asks_inline("")
    assert query.results == []
    assert query.button is not None
    assert query.button["start_parameter"] == "start"


async def test_commands_are_listed_by_language_and_by_kind_of_chat(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    ana, uli = fake.person("ana", garden), fake.person("uli", garden, language="de")
    assert ana.menu["restyle"] == "Change a picture as much as you ask"
    assert uli.menu["restyle"] != ana.menu["restyle"]
    assert {"mydata", "link", "settings"} <= set(ana.alone.menu)
    assert not {"mydata", "link", "settings", "admin"} & set(ana.menu)
    fake.make_admin(ana.user, garden)
    assert "admin" in ana.menu
    described = {language for (what, language) in fake.profile.described if what == "description"}
    assert described == {"", "de", "es"}


async def test_commands_are_told_once_until_they_change(fake: FakeTelegram, tmp_path: Path) -> None:
    fake.rates.hurry(HURRY)
    async with restyle(fake, tmp_path):
        told = len(fake.record.of("setMyCommands"))
    async with restyle(fake, tmp_path):
        pass
    assert len(fake.record.of("setMyCommands")) == told > 0


async def test_people_are_spoken_to_in_their_language(fake: FakeTelegram, app: App) -> None:
    uli = fake.person("uli", language="de-AT")
    uli.sends_photo(picture())
    await shown(uli, "Was soll daraus werden?")
    uli.sends("/settings language=es")
    uli.sends_photo(picture())
    await shown(uli, "¿En qué se convierte?")


async def test_links_are_made_in_private_alone(fake: FakeTelegram, app: App) -> None:
    ana = fake.person("ana", fake.supergroup())
    ana.sends("/link")
    await shown(ana, "That is between us")
    ana.alone.sends("/link")
    code = (await shown(ana.alone, "On the other platform")).text.partition("/link ")[2].split()[0]
    ben = fake.person("ben")
    ben.sends(f"/link {code}")
    question = await shown(ben, "both are one person here")
    await ben.press(question, "Yes, both are me")
    ana.alone.sends_photo(picture(), FAST)
    await ended(ana.alone)
    ben.sends("/history")
    assert "0.001 fox" in (await shown(ben, "Your newest pictures")).text


async def test_all_that_is_held_is_handed_over_and_erased(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends_photo(picture(), FAST)
    await ended(ana)
    ana.sends("/mydata export")
    file = (await handed(ana)).file
    assert file is not None
    assert file.content.startswith(b"PK")
    ana.sends("/mydata erase")
    question = await shown(ana, "It cannot be undone")
    await ana.press(question, "Erase everything")
    ana.sends("/history")
    await shown(ana, "Nothing yet")


async def test_what_is_private_goes_to_the_private_chat(fake: FakeTelegram, app: App) -> None:
    ana = fake.person("ana", fake.supergroup())
    ana.sends_photo(picture(), f"/restyle {FAST} --private")
    await ended(ana.alone)
    assert ana.answers == []
    ben = fake.person("ben", ana.chat, started=False)
    ben.sends_photo(picture(), f"/restyle {FAST} --private")
    await shown(ben, "That is between us")


async def test_rules_of_a_group_are_its_administrators(fake: FakeTelegram, app: App) -> None:
    garden = fake.supergroup()
    ana, mod = fake.person("ana", garden), fake.person("mod", garden)
    fake.make_admin(mod.user, garden)
    ana.sends("/admin pause restyle")
    await shown(ana, "moderat")
    mod.sends("/admin pause restyle")
    await shown(mod, "Paused: restyle")
    ana.sends_photo(picture(), f"/restyle {FAST}")
    await shown(ana, "/restyle is paused")
