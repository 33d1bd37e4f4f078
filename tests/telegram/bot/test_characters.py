"""Characters on Telegram: saved from pictures, results and words; varied, shared, carried in files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.app import App
from bot.telegram_bot.people import Spot, community
from core.domain.names import PersonId
from core.service.asking import Asker
from tests.telegram.bot.running import FAST, PACE, ended, handed, shown
from tests.telegram.fake import Chat, FakeTelegram, Message, Person, Upload
from tests.telegram.pictures import opened, picture

SAVED = "is one of your characters now"


@pytest.fixture
def ana(fake: FakeTelegram) -> Person:
    return fake.person("ana")


@pytest.fixture
def garden(fake: FakeTelegram) -> Chat:
    return fake.supergroup("Garden")


async def save(ana: Person, name: str = "fox") -> Message:
    """Saved from a photo, in the private chat."""
    ana.alone.sends_photo(picture(), f"/character save {name} {FAST}")
    return await shown(ana.alone, f"{name} {SAVED}")


async def sheet(person: Person, *, after: Message | None = None) -> Message:
    """The newest card of several variations."""

    def found() -> Sequence[Message]:
        done = [each for each in person.answers if any(label.startswith("Use ") for label in each.labels)]
        return [each for each in done if "Original" in each.labels and (after is None or each.id > after.id)]

    await person.telegram.until(found)
    return found()[-1]


async def is_moved(app: App, group: Chat) -> bool:
    """Whether what was shared is shared there in a moment."""
    asker = Asker(
        person=PersonId("telegram:1"), name="", place=Spot(chat=group.id).place, community=community(group.id)
    )
    for _ in range(100):
        if await app.service.characters.sharing.here(asker):
            return True
        await asyncio.sleep(PACE.step)
    return False


async def test_a_photo_becomes_a_character_with_its_sheet_and_buttons(app: App, ana: Person) -> None:
    told = await save(ana)
    assert told.is_photo
    assert {"Vary", "Use as default", "Change", "Export", "Remove"} <= set(told.labels)
    ana.sends("/character show fox")
    card = await shown(ana, "fox", after=told)
    assert card.is_photo
    ana.sends("/character list")
    assert "1 of 50" in (await shown(ana, "Your characters")).text


async def test_a_reply_to_a_picture_or_to_an_own_result_is_enough(fake: FakeTelegram, app: App, garden: Chat) -> None:
    ana, ben = fake.person("ana", garden), fake.person("ben", garden)
    ana.replies(ben.sends_photo(picture()), "/character save red fox")
    assert SAVED in (await shown(ana, "red")).text
    ana.sends_photo(picture(), f"/restyle {FAST} 0.5 seed=7")
    result = await ended(ana)
    ana.replies(result, "/character save owl")
    await shown(ana, f"owl {SAVED}")
    ana.sends("/character show owl")
    card = await shown(ana.alone, "owl")
    assert "seed 7" in card.text  # with what made it
    ben.replies(result, "/character save mine")
    await shown(ben, f"mine {SAVED}")
    ben.sends("/character show mine")
    assert "seed 7" not in (await shown(ben.alone, "mine")).text  # somebody else's: the picture alone


async def test_words_alone_become_a_character(fake: FakeTelegram, app: App, ana: Person) -> None:
    ana.sends(f"/character save fox {FAST} with a scarf")
    card = await ended(ana)
    assert "fox with a scarf" in card.text
    ana.sends("/character show fox")
    assert (await shown(ana, "fox", after=card)).is_photo
    ana.sends("/character save owl")
    assert "a few words" in (await shown(ana, "A character needs a picture")).text


async def test_the_button_of_a_result_asks_for_a_name(fake: FakeTelegram, app: App, garden: Chat) -> None:
    ana, ben = fake.person("ana", garden), fake.person("ben", garden)
    ana.sends_photo(picture(), f"/restyle {FAST} seed=7")
    result = await ended(ana)
    assert "Only the person" in ((await ben.press(result, "Save as character")).text or "")
    await ana.press(result, "Save as character")
    question = await shown(ana, "Write a name for it")
    assert question.markup is not None
    assert "force_reply" in question.markup
    ana.replies(question, "fox")
    await shown(ana, f"fox {SAVED}", after=question)
    ana.replies(question, "FOX")
    assert "There is a character fox" in (await shown(ana, "There is a character")).text


async def test_a_character_varies_on_one_sheet_and_a_variation_becomes_its_base(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    told = await save(ana)
    ana.sends("/vary fox red armour | rain coat")
    card = await sheet(ana, after=told)
    assert {"Use red armour", "Use rain coat", "Vary"} <= set(card.labels)
    assert card.media is not None
    await ana.press(card, "Vary")
    question = await shown(ana, "Write what fox shall wear")
    ana.replies(question, "a {blue|green} cloak")
    again = await sheet(ana, after=question)
    assert "Use a green cloak" in again.labels
    await ana.press(again, "Use a green cloak")
    one = await ended(ana, after=again)
    await ana.press(one, "Make this the new base")
    based = await shown(ana, "This is the new base of fox")
    assert "version=1" in based.text
    ana.sends("/character edit fox version=1")
    await shown(ana, "fox is changed")
    ana.sends("/vary fox")
    assert "/vary fox red armour" in (await shown(ana, "Say what")).text


async def test_in_a_group_what_is_ones_own_goes_to_the_private_chat(fake: FakeTelegram, app: App, garden: Chat) -> None:
    ana = fake.person("ana", garden)
    eve = fake.person("eve", garden, started=False)
    await save(ana)
    for asked, answered in (("list", "Your characters"), ("show fox", "fox"), ("delete fox", "Delete fox?")):
        before = ana.alone.answers[-1]
        ana.sends(f"/character {asked}")
        await shown(ana.alone, answered, after=before)
    assert {each.text for each in ana.answers} == {"I sent it to you in our private chat."}
    ana.sends("/character share fox")
    code = (await shown(ana.alone, "/character take")).text.rpartition(" ")[2]
    ana.sends("/settings")
    await shown(ana.alone, "Your defaults")
    assert not any(code in each.text for each in ana.answers)
    eve.sends("/character list")
    await shown(eve, "write to me in a private chat")


async def test_a_character_is_renamed_preferred_changed_and_removed(fake: FakeTelegram, app: App, ana: Person) -> None:
    told = await save(ana)
    await ana.press(told, "Use as default")
    await shown(ana, "is meant from now on")
    ana.sends("/character rename fox name=Reynard")
    await shown(ana, "fox is called Reynard")
    await ana.press(told, "Change")
    question = await shown(ana, "Change the words of Reynard")
    assert "0.001 fox" in question.text
    ana.replies(question, '"0.001" owl strength=0.5')
    changed = await shown(ana, "Reynard is changed")
    ana.sends("/character show Reynard")
    card = await shown(ana, "strength 0.5", after=changed)
    assert "owl" in card.text
    assert "fox" not in card.text
    await ana.press(card, "Remove")
    asked = await shown(ana, "Delete Reynard?")
    assert "Reynard is gone" in ((await ana.press(asked, "Yes, remove it")).text or "")
    await fake.until(lambda: asked.text == "Reynard is gone.")
    assert asked.labels == []
    ana.sends("/character list")
    await shown(ana, "You have no characters yet")


async def test_a_character_is_shared_with_a_group_and_by_a_code(fake: FakeTelegram, app: App, garden: Chat) -> None:
    ana, ben, cleo = [fake.person(name, garden) for name in ("ana", "ben", "cleo")]
    await save(ana)
    ana.alone.sends("/character share fox here")
    await shown(ana.alone, "no server or group")
    ana.sends("/character share fox here")
    await shown(ana, "Everybody here can copy fox")
    ben.sends("/character take fox name=Rusty")
    await shown(ben, "Rusty is in your list now")
    await save(ana, "owl")
    ana.alone.sends("/character share owl follow")
    code = (await shown(ana.alone, "Whoever types this follows owl")).text.rpartition(" ")[2]
    cleo.alone.sends(f"/character take {code}")
    taken = await shown(cleo.alone, "owl is in your list now")
    assert "Change" not in taken.labels
    cleo.alone.sends("/character edit owl a hawk")
    await shown(cleo.alone, "belongs to somebody else")
    await ana.press(await shown(ana.alone, f"owl {SAVED}"), "Vary")


async def test_shares_go_along_when_a_group_becomes_a_supergroup(fake: FakeTelegram, app: App) -> None:
    group = fake.group()
    ana, ben = fake.person("ana", group), fake.person("ben", group)
    await save(ana)
    ana.sends("/character share fox here")
    await shown(ana, "Everybody here can copy fox")
    new = fake.upgrade(group)
    assert await is_moved(app, new)
    ben.at(new).sends("/character take fox")
    await shown(ben.at(new), "fox is in your list now")


async def test_a_character_travels_in_a_file_but_not_in_a_photo(fake: FakeTelegram, app: App, ana: Person) -> None:
    told = await save(ana)
    await ana.press(told, "Export")
    file = await handed(ana)
    assert file.file is not None
    assert file.file.name == "fox.png"
    assert opened(file.content).format == "PNG"
    ben = fake.person("ben")
    ben.sends_photo(file.content, "/character import")
    await shown(ben, "send it as a file")
    ben.sends("/character import Rusty")
    question = await shown(ben, "as a file, not as a photo")
    upload = Upload(content=file.content, name="fox.png", mime="image/png")
    ben.sends_document(upload, reply_to=question)
    await shown(ben, f"Rusty {SAVED}")
    ben.sends_document(upload, "/character import")
    assert (await shown(ben, f"fox {SAVED}")).is_photo
    ana.replies(file, "/character import Again")
    await shown(ana, f"Again {SAVED}")
    ben.sends_document(picture(), "/character import")
    await shown(ben, "no character")


async def test_names_are_offered_inline_and_mistakes_name_the_nearest(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    told = await save(ana)
    offered = await ana.asks_inline("fo")
    assert any(each.get("title") == "fox" for each in offered.results)
    ana.sends("/vary fx a hat")
    await shown(ana, "fox", after=told)
    ana.sends("/character sav fox")
    await shown(ana, "save", after=told)
    ana.sends(f"/character save {'x' * 200} a fox")
    await shown(ana, "200 characters")
    ana.sends("/character save 🦊 a fox")
    await shown(ana, "no emoji")


async def test_a_character_whose_name_is_given_twice_at_once_is_kept_once(
    fake: FakeTelegram, app: App, ana: Person
) -> None:
    update = ana.sends_photo(picture(), f"/character save fox {FAST}")
    told = await shown(ana, SAVED)
    fake.repeat(next(each for each in fake.updates.told if each.get("message", {}).get("message_id") == update.id))
    await fake.until_read()
    await asyncio.sleep(4 * PACE.look)
    assert ana.answers == [told]
