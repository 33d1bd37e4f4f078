"""The program ends in the middle of everything, and goes on: nothing is lost, nothing is said twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.parsing import parse_words
from core.domain.clock import SystemClock
from core.domain.delivery import Delivery
from core.domain.names import Platform
from core.service.service import Asker
from core.storage.database import Database
from core.storage.deliveries import DeliveryStore
from tests.discord.bot.running import FAST, SLOW, card_of, ended, png, restyle, told
from tests.discord.fake import Answer, FakeDiscord, Message
from tests.discord.fake.record import Request
from tests.program.running import Program

EDIT = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"


def results(fake: FakeDiscord) -> list[Message]:
    """Messages that show a result, wherever they are."""
    return [message for message in fake.said() if any(name.startswith("restyle.") for name in message.files)]


@pytest.fixture
async def program(fake: FakeDiscord, tmp_path: Path) -> AsyncIterator[Program]:
    """In a process of its own, so that it can be killed."""
    fake.rates.hurry(20)
    names = {name.removeprefix("RESTYLE_").lower(): value for name, value in fake.environment.items()}
    program = Program(tmp_path / "data", settings=names, command=("tests.discord.bot.quick_program",))
    await start(fake, program)
    yield program
    await asyncio.to_thread(program.stop)


async def start(fake: FakeDiscord, program: Program) -> None:
    await asyncio.to_thread(program.start)
    await fake.until_connected()


def tried(fake: FakeDiscord, answer: Answer, words: str) -> list[Request]:
    """Requests that would have made the answer say this."""
    path = f"/messages/{card_of(fake, answer).id}"
    return [each for each in fake.record.of(EDIT) if each.path.endswith(path) and words in json.dumps(each.body)]


async def unclosed(folder: Path) -> list[Delivery]:
    """What a start would pick up, as the database has it."""
    async with Database(f"sqlite+aiosqlite:///{folder / 'data' / 'restyle.sqlite3'}") as database:
        return await DeliveryStore(database, SystemClock()).unclosed(Platform.DISCORD)


async def test_a_kill_in_every_state_of_a_job_loses_nothing_and_repeats_nothing(
    fake: FakeDiscord, program: Program
) -> None:
    channel = fake.text_channel()
    ana, ben, cem, dora, eve = (fake.person(name, channel) for name in ("ana", "ben", "cem", "dora", "eve"))
    shown = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST))
    await fake.until(lambda: ana.pings)
    made = await ben.slash("restyle", picture=png(), prompt=SLOW)
    ill = fake.fail(EDIT, times=1_000_000, status=0, path=f"/messages/{card_of(fake, made).id}")
    await fake.until(lambda: tried(fake, made, "seed"))  # it is done, and Discord has not taken it yet
    running = await cem.slash("restyle", picture=png(), prompt=SLOW)
    await fake.until(lambda: "░" in running.text)
    queued = await dora.slash("restyle", picture=png(), prompt=FAST)
    await told(fake, queued, "Restyling for")
    fake.downloads.open.clear()
    taken = await eve.slash("restyle", picture=png(), prompt=FAST)  # acknowledged, its picture still on the way
    await fake.until(lambda: fake.downloads.count == 5)

    await asyncio.to_thread(program.kill)
    ill.times = 0
    fake.downloads.open.set()
    await start(fake, program)

    for answer in (made, running, queued):
        await ended(fake, answer)
    await told(fake, taken, "Please send it again")
    await fake.until(lambda: ben.pings and cem.pings and dora.pings)
    pressed = await ended(fake, await ana.press(shown, "Re-roll"))
    await fake.until(lambda: len(ana.pings) == 2)
    assert {message.id for message in results(fake)} == {
        message.id for message in (shown, made.message, running.message, queued.message, pressed) if message
    }
    assert [len(person.pings) for person in (ana, ben, cem, dora, eve)] == [2, 1, 1, 1, 0]
    assert fake.thinking == []


async def test_a_stop_between_the_job_and_its_message_goes_on_in_that_message(
    fake: FakeDiscord, tmp_path: Path
) -> None:
    fake.rates.hurry(20)
    ana = fake.person("ana", fake.text_channel())
    async with restyle(fake, tmp_path) as app:
        fake.downloads.open.clear()
        answer = await ana.slash("restyle", picture=png(), prompt=FAST)
        await fake.until(lambda: fake.downloads.count)
        [promise] = await unclosed(tmp_path)
        asker = Asker(person=promise.owner, name="ana", place=promise.place)
        picture = await app.service.take_picture(png())
        await app.service.submit(replace(asker, card=promise.card), parse_words("restyle", FAST), picture)
    fake.downloads.open.set()
    async with restyle(fake, tmp_path):
        card = await ended(fake, answer)
        await fake.until(lambda: ana.pings)
    assert results(fake) == [card]
    assert fake.thinking == []


async def test_what_is_refused_leaves_no_promise_behind(fake: FakeDiscord, tmp_path: Path) -> None:
    fake.rates.hurry(20)
    ana = fake.person("ana", fake.text_channel())
    async with restyle(fake, tmp_path):
        await told(fake, await ana.slash("restyle", picture=b"nothing", prompt=FAST), "not a picture")
        assert await unclosed(tmp_path) == []


async def test_forms_that_were_open_meanwhile_are_understood(fake: FakeDiscord, tmp_path: Path) -> None:
    fake.rates.hurry(20)
    ana = fake.person("ana", fake.text_channel())
    async with restyle(fake, tmp_path):
        card = await ended(fake, await ana.slash("restyle", picture=png((64, 96)), prompt=FAST, seed=7))
        edit, new = await ana.press(card, "Edit"), await ana.slash("restyle", prompt="fox")
        menu = await ana.message_menu("Restyle this", ana.sends(files=[png()]))
    async with restyle(fake, tmp_path):
        edited = await ended(fake, await ana.submit_modal(edit, words=FAST, strength="0.9"))
        assert "0.001 fox · 0.9 · seed 7" in edited.text
        made = await ended(fake, await ana.submit_modal(new, words=FAST, picture=png()))
        assert made in results(fake)
        lost = await ana.submit_modal(menu, words="my *long* words")
        await told(fake, lost, r"my \*long\* words")
        assert lost.is_ephemeral
