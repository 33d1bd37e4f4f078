"""A session in a thread: opened, filled with ideas, voted in, ended; and threads that go away."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from core.domain.character import Preset
from core.domain.names import PersonId, Place, Platform
from core.domain.session import SessionId
from core.service.asking import Asker
from tests.discord.bot.running import ended, png, restyle, told
from tests.discord.fake import Channel, FakeDiscord, Message, Person
from tests.discord.fake.gateway import PRIVILEGED
from tests.discord.fake.reading import walk


@pytest.fixture
def channel(fake: FakeDiscord) -> Channel:
    return fake.text_channel()


@pytest.fixture
async def ana(fake: FakeDiscord, app: App, channel: Channel) -> Person:
    """With a character called Mira."""
    ana = fake.person("ana", channel)
    picture = await app.service.take_picture(png())
    place = Place(platform=Platform.DISCORD, conversation=str(channel.id))
    asker = Asker(person=PersonId(f"discord:{ana.user.id}"), name="ana", place=place)
    await app.service.characters.save(asker, "Mira", picture, Preset(prompt="0.001 girl"))
    return ana


def thread_of(fake: FakeDiscord) -> Channel | None:
    return next((each for each in fake.world.channels.values() if each.is_thread), None)


def header_of(fake: FakeDiscord, thread: Channel) -> Message:
    return next(message for message in fake.said(thread) if "Mira" in message.text)


async def opened(fake: FakeDiscord, ana: Person, **options: object) -> Channel:
    """The thread of a new session, with its header."""
    await told(fake, await ana.slash("session", action="start", character="mira", theme="winter", **options), "Mira")  # type: ignore[arg-type]  # options of one command
    await fake.until(lambda: (thread := thread_of(fake)) is not None and fake.said(thread))
    thread = thread_of(fake)
    assert thread is not None
    return thread


async def code_of(app: App, thread: Channel) -> SessionId:
    place = Place(platform=Platform.DISCORD, conversation=str(thread.id))
    held = await app.service.sessions.store.held_in(place)
    assert held is not None
    return held.id


async def test_a_thread_is_opened_takes_ideas_and_votes_and_names_the_winner(
    fake: FakeDiscord, app: App, ana: Person
) -> None:
    thread = await opened(fake, ana, until="2h")
    assert thread.name == "Mira: winter"
    assert "<t:" in header_of(fake, thread).text
    ben, cleo = [fake.person(name, thread) for name in ("ben", "cleo")]
    card = await ended(fake, await ben.slash("idea", prompt="a red coat"), "#1")
    await fake.until(lambda: any(one.get("label") == "Vote" for one in _buttons(card)))
    await told(fake, await ben.press(card, "Vote"), "yours")
    counted = await cleo.press(card, "Vote")
    await told(fake, counted, "counts")
    await told(fake, await cleo.press(card, "Vote"), "counted before")
    await fake.until(lambda: "1. #1" in header_of(fake, thread).text)
    second = await ended(fake, await cleo.slash("restyle", prompt="a blue hat"), "#2")
    assert not second.is_ephemeral
    await told(fake, await cleo.at(thread).slash("session", action="end"), "host")
    await told(fake, await ana.at(thread).slash("session", action="end"), "winner")
    await fake.until(lambda: any(message.files for message in fake.said(thread) if "winner" in message.text))
    assert "ended" in header_of(fake, thread).text
    await told(fake, await cleo.press(card, "Take the vote back"), "has ended")


def _buttons(message: Message) -> list[dict[str, object]]:
    return [dict(each) for each in walk(message.components)]


async def test_without_the_permission_nothing_is_started(fake: FakeDiscord, app: App, ana: Person) -> None:
    fake.revoke(ana.channel, "create_public_threads")
    answer = await ana.slash("session", action="start", character="mira")
    await told(fake, answer, "Create Public Threads")
    assert thread_of(fake) is None


async def test_a_session_goes_on_where_its_thread_is_deleted(fake: FakeDiscord, app: App, ana: Person) -> None:
    thread = await opened(fake, ana)
    code = await code_of(app, thread)
    fake.delete_channel(thread)
    await told(fake, await ana.slash("session", action="pause", session=code), "paused")
    await told(fake, await ana.slash("session", action="end", session=code), "Nobody has voted")


async def test_what_ended_while_the_program_was_down_is_told_at_the_next_start(
    fake: FakeDiscord, tmp_path: Path, channel: Channel
) -> None:
    fake.rates.hurry(20)
    ana = fake.person("ana", channel)
    async with restyle(fake, tmp_path) as app:
        picture = await app.service.take_picture(png())
        place = Place(platform=Platform.DISCORD, conversation=str(channel.id))
        asker = Asker(person=PersonId(f"discord:{ana.user.id}"), name="ana", place=place)
        await app.service.characters.save(asker, "Mira", picture, Preset(prompt="0.001 girl"))
        thread = await opened(fake, ana, until="2h")
        code = await code_of(app, thread)
        at = (await app.service.sessions.view(code)).session.ends_at
    fake.clock.advance(3 * 3600)
    async with restyle(fake, tmp_path) as app:
        await fake.until(lambda: len([one for one in fake.said(thread) if "Nobody has voted" in one.text]) == 2)
        assert (await app.service.sessions.view(code)).session.ended_at == at


async def test_a_message_that_mentions_the_bot_or_answers_it_is_an_idea_and_others_are_talk(
    fake: FakeDiscord, app: App, ana: Person
) -> None:
    thread = await opened(fake, ana, budget=2)
    ben = fake.person("ben", thread)
    ben.sends("what a nice coat")
    ben.sends(f"<@{fake.bot.id}> a <@{ana.user.id}> red coat")
    await fake.until(lambda: any("#1" in message.text for message in fake.said(thread)))
    fake.gateway.allowed_intents = PRIVILEGED["content"]
    ben.sends("what a nice hat, that could be read now")
    ben.sends("a blue hat", reply_to=header_of(fake, thread))
    await fake.until(lambda: any("#2" in message.text for message in fake.said(thread)))
    ben.sends(f"<@{fake.bot.id}> a green scarf")
    await fake.until(lambda: any("2 each is what the host allows" in message.text for message in fake.said(thread)))
    first, second = await app.service.sessions.store.entries(await code_of(app, thread))
    assert (first.words, second.words) == (f"a <@{ana.user.id}> red coat", "a blue hat")
    assert {first.author_name, second.author_name} == {"ben"}
    assert not [message for message in ana.pings if "red coat" in message.text], "whom an idea names is not pinged"


async def test_with_the_intent_every_message_of_a_thread_is_an_idea(
    fake: FakeDiscord, tmp_path: Path, channel: Channel
) -> None:
    fake.rates.hurry(20)
    fake.gateway.allowed_intents = PRIVILEGED["content"]
    ana = fake.person("ana", channel)
    async with restyle(fake, tmp_path, discord_ideas="messages") as app:
        await ana.slash("character", action="save", picture=png(), name="Mira", prompt='"0.001" girl')
        await fake.until(lambda: any("Mira is one of" in message.text for message in ana.sees))
        thread = await opened(fake, ana)
        fake.person("ben", thread).sends("a red coat")
        await fake.until(lambda: any("#1" in message.text for message in fake.said(thread)))
        ana.sends("a red coat in the channel, not in the thread")
        entries = await app.service.sessions.store.entries(await code_of(app, thread))
        assert [entry.words for entry in entries] == ["a red coat"]


async def test_a_session_is_held_in_another_place_too_and_both_headers_count_for_all(
    fake: FakeDiscord, app: App, ana: Person
) -> None:
    first = await opened(fake, ana)
    code = await code_of(app, first)
    elsewhere = fake.text_channel(fake.guild())
    ben = fake.person("ben", elsewhere)
    await told(fake, await ben.slash("session", action="open", session=code), "Only the host ana")
    fake.allow(elsewhere, ben.user, "manage_messages")
    await told(fake, await ben.slash("session", action="open", session=code), "Mira: winter")
    await fake.until(lambda: len([each for each in fake.world.channels.values() if each.is_thread]) == 2)
    second = next(each for each in fake.world.channels.values() if each.is_thread and each is not first)
    await fake.until(lambda: fake.said(second))
    card = await ended(fake, await ben.at(second).slash("idea", prompt="a red coat"), "#1")
    for thread in (first, second):
        await fake.until(lambda thread=thread: "variations: 1" in header_of(fake, thread).text)  # type: ignore[misc]
    assert card.channel is second
    await told(fake, await ana.slash("session", action="end", session=code), "Nobody has voted")
    for thread in (first, second):
        await fake.until(lambda thread=thread: "ended" in header_of(fake, thread).text)  # type: ignore[misc]
