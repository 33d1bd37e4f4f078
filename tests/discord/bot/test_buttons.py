"""Every button of every card, pressed by its owner and by others."""

from __future__ import annotations

import pytest

from bot.app import App
from tests.discord.bot.running import FAST, SLOW, card_of, ended, labels, png, told
from tests.discord.fake import Channel, FakeDiscord, Message, Person


@pytest.fixture
def channel(fake: FakeDiscord) -> Channel:
    return fake.text_channel()


@pytest.fixture
def ana(fake: FakeDiscord, channel: Channel) -> Person:
    return fake.person("ana", channel)


async def finished(fake: FakeDiscord, person: Person, **options: object) -> Message:
    """A card with its result, and its ping."""
    pings = len(person.pings)
    card = await ended(fake, await person.slash("restyle", picture=png(), prompt=FAST, **options))  # type: ignore[arg-type]  # options of one command
    await fake.until(lambda: len(person.pings) > pings or card.is_ephemeral)
    return card


@pytest.mark.parametrize(("button", "strength"), [("Subtle", "0.35"), ("Strong", "0.65"), ("Re-roll", "0.5")])
async def test_variations_are_new_cards_and_the_old_one_stays(
    fake: FakeDiscord, app: App, ana: Person, button: str, strength: str
) -> None:
    card = await finished(fake, ana, strength=0.5, seed=7)
    before = card.text
    new = await ended(fake, await ana.press(card, button))
    assert new is not card
    assert f"· {strength} ·" in new.text
    assert ("seed 7 " in new.text) == (button != "Re-roll")
    assert card.text == before


async def test_another_strength_is_chosen_in_private_and_made_for_all(fake: FakeDiscord, app: App, ana: Person) -> None:
    ben = fake.person("ben", ana.channel)
    card = await finished(fake, ana, strength=0.5, seed=7)
    question = await ended(fake, await ben.press(card, "Strength"), "So far it was 0.5")
    assert question.is_ephemeral
    assert "0.5" not in labels(question)
    new = await ended(fake, await ben.press(question, "0.8"))
    assert "· 0.8 · seed 7 ·" in new.text
    assert not new.is_ephemeral
    hidden = await finished(fake, ana, strength=0.5, private=True)
    again = await ana.press(await ended(fake, await ana.press(hidden, "Strength"), "So far"), "0.2")
    assert (await ended(fake, again)).is_ephemeral


async def test_whoever_varies_a_card_owns_the_new_one(fake: FakeDiscord, app: App, ana: Person) -> None:
    ben = fake.person("ben", ana.channel)
    new = await ended(fake, await ben.press(await finished(fake, ana), "Subtle"))
    await fake.until(lambda: ben.pings)
    assert len(ana.pings) == 1
    await told(fake, await ana.press(new, "Delete"), "Only the person")


@pytest.mark.parametrize("button", ["Original", "Edit", "Delete"])
async def test_what_is_the_owners_is_refused_to_others_in_private(
    fake: FakeDiscord, app: App, ana: Person, button: str
) -> None:
    ben = fake.person("ben", ana.channel)
    card = await finished(fake, ana)
    answer = await ben.press(card, button)
    await fake.until(lambda: "Only the person" in answer.text)
    assert all("Only the person" not in message.text for message in ana.sees)
    assert not card.deleted


async def test_edit_opens_a_form_with_everything_and_keeps_the_original(
    fake: FakeDiscord, app: App, ana: Person
) -> None:
    card = await finished(fake, ana, strength=0.5, seed=7, negative="blurry text")
    opened = await ana.press(card, "Edit")
    assert opened.fields["words"] == "0.001 fox"
    assert opened.fields["strength"] == "0.5"
    assert opened.fields["options"] == 'negative="blurry text" seed=7'
    assert "picture" not in opened.fields
    new = await ended(fake, await ana.submit_modal(opened, words='"0.001" owl', strength="0.9"))
    assert "0.001 owl · 0.9 · seed 7" in new.text


async def test_a_mask_of_another_size_is_refused_for_an_edit_too(fake: FakeDiscord, app: App, ana: Person) -> None:
    card = await finished(fake, ana)
    opened = await ana.press(card, "Edit")
    answer = await ana.submit_modal(opened, words=FAST, mask=png((10, 10), "white"))
    await told(fake, answer, "The mask is 10x10, the picture 96x64")


async def test_info_original_and_full_file_are_for_the_one_who_asks(fake: FakeDiscord, app: App, ana: Person) -> None:
    card = await finished(fake, ana, seed=7)
    info = await ended(fake, await ana.press(card, "Info"), "seed")
    original = await ana.press(card, "Original")
    full = await ana.press(card, "Full file")
    await fake.until(lambda: card_of(fake, original).files and card_of(fake, full).files)
    assert info.is_ephemeral
    assert list(card_of(fake, original).files) == ["original.png"]
    assert list(card_of(fake, full).files) == ["restyle-7.png"]
    assert original.is_ephemeral
    assert full.is_ephemeral


async def test_delete_takes_the_message_away_and_the_job(fake: FakeDiscord, app: App, ana: Person) -> None:
    card = await finished(fake, ana)
    await ana.press(card, "Delete")
    await fake.until(lambda: card.deleted)
    assert "Nothing yet" in (await ended(fake, await ana.slash("history"), "Nothing")).text


async def test_cancel_ends_a_running_job_in_place(fake: FakeDiscord, app: App, ana: Person) -> None:
    answer = await ana.slash("restyle", picture=png(), prompt=SLOW)
    await fake.until(lambda: "░" in answer.text)
    await ana.press(answer, "Cancel")
    card = await ended(fake, answer, "Cancelled while")
    assert card.files == {}
    again = await ana.press(card, "Try again")
    await fake.until(lambda: "░" in again.text)
    await ana.press(again, "Cancel")
    await ended(fake, again, "Cancelled")


async def test_a_moderator_cancels_and_deletes_what_others_may_not(fake: FakeDiscord, app: App, ana: Person) -> None:
    assert ana.channel.guild is not None
    ben, mod = fake.person("ben", ana.channel), fake.person("mod", ana.channel)
    fake.give(mod, fake.role(ana.channel.guild, "moderators", manage_messages=True))
    answer = await ana.slash("restyle", picture=png(), prompt=SLOW)
    await fake.until(lambda: "░" in answer.text)
    await told(fake, await ben.press(answer, "Cancel"), "Only the person")
    await mod.press(answer, "Cancel")
    card = await ended(fake, answer, "Cancelled")
    await mod.press(card, "Delete")
    await fake.until(lambda: card.deleted)


async def test_a_failed_job_says_why_and_can_be_tried_again(fake: FakeDiscord, app: App, ana: Person) -> None:
    answer = await ana.slash("restyle", picture=png(), prompt=f"{FAST} fail")
    card = await ended(fake, answer, "failed")
    await fake.until(lambda: ana.pings)
    assert labels(card) == ["Try again", "Edit", "Delete"]
    assert "failed" in (await ended(fake, await ana.press(card, "Try again"), "failed")).text


async def test_a_private_card_is_seen_and_pressed_by_one_person_alone(fake: FakeDiscord, app: App, ana: Person) -> None:
    ben = fake.person("ben", ana.channel)
    card = await finished(fake, ana, private=True)
    new = await ended(fake, await ana.press(card, "Subtle"))
    assert card.is_ephemeral
    assert new.is_ephemeral
    await ana.press(card, "Delete")
    await fake.until(lambda: card.deleted)
    assert ben.sees == []
