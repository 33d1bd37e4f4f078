"""The program ends in the middle of everything, and goes on: nothing is lost, nothing is said or made twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.program.running import Program
from tests.telegram.bot.running import FAST, HURRY, SLOW, ended, restyle, shown
from tests.telegram.fake import FakeTelegram, Message, Person
from tests.telegram.pictures import picture


@pytest.fixture
async def program(fake: FakeTelegram, tmp_path: Path) -> AsyncIterator[Program]:
    """In a process of its own, so that it can be killed."""
    fake.rates.hurry(HURRY)
    settings = {"telegram_token": fake.token, "telegram_endpoint": fake.origin}
    program = Program(tmp_path / "data", settings=settings, command=("tests.discord.bot.quick_program",))
    await start(fake, program)
    yield program
    await asyncio.to_thread(program.stop)


async def start(fake: FakeTelegram, program: Program) -> None:
    await asyncio.to_thread(program.start)
    await fake.until_connected()


def results(fake: FakeTelegram) -> list[Message]:
    """Cards that show a result, wherever they are."""
    return [each for each in fake.said() if each.media and "Subtle" in each.labels]


async def test_a_kill_in_every_state_of_a_job_loses_nothing_and_repeats_nothing(
    fake: FakeTelegram, program: Program
) -> None:
    ana, ben, cem, dora, eve = (fake.person(name) for name in ("ana", "ben", "cem", "dora", "eve"))
    ana.sends_photo(picture(), FAST)
    old = await ended(ana)
    ben.sends_photo(picture(), SLOW)
    made = await shown(ben, "░")
    ill = fake.fail("editMessageMedia", times=1_000_000, chat=ben.chat)
    also = fake.fail("editMessageCaption", times=1_000_000, chat=ben.chat)
    await fake.until(lambda: any("seed" in str(each.fields) for each in fake.record.of("editMessageMedia")))
    cem.sends_photo(picture(), SLOW)
    running = await shown(cem, "░")
    for _ in range(4):  # more than run at once
        dora.sends_photo(picture(), SLOW)
        dora.sends(SLOW)
    await shown(dora, "0.15 fox")
    fake.downloads.open.clear()
    before = fake.downloads.count
    eve.sends_photo(picture(), FAST)  # heard, its picture still on the way
    await fake.until(lambda: fake.downloads.count > before)

    await asyncio.to_thread(program.kill)
    ill.times = also.times = 0
    fake.downloads.open.set()
    await start(fake, program)

    await fake.until(lambda: len(results(fake)) == 8, seconds=60)
    await fake.until(lambda: made in results(fake) and running in results(fake))
    await ana.press(old, "Re-roll")
    await ended(ana, after=old)
    for person, cards in ((ben, 1), (cem, 1), (dora, 4), (eve, 1)):
        assert len([each for each in results(fake) if each.chat is person.chat]) == cards


async def test_what_was_written_while_nobody_was_there_is_answered(fake: FakeTelegram, tmp_path: Path) -> None:
    fake.rates.hurry(HURRY)
    ana, ben = fake.person("ana"), fake.person("ben")
    async with restyle(fake, tmp_path):
        ana.sends_photo(picture(), FAST)
        card = await ended(ana)
    ana.sends_photo(picture(), f"{FAST} 0.7")
    press = ana.starts_press(card, "Re-roll")
    ben.sends("/queue")
    async with restyle(fake, tmp_path):
        await shown(ana, "· 0.7 ·")
        await shown(ben, "Nothing waits")
        await fake.until(lambda: len(results(fake)) == 3)
        await ana.answered(press)


async def test_what_was_written_too_long_ago_is_asked_about(fake: FakeTelegram, tmp_path: Path) -> None:
    fake.rates.hurry(HURRY)
    ana = fake.person("ana")
    ana.sends_photo(picture(), FAST)
    fake.advance(2 * 3600)
    async with restyle(fake, tmp_path):
        await shown(ana, "I was away when you wrote this")
    assert results(fake) == []


async def test_an_update_that_is_told_twice_makes_one_picture(fake: FakeTelegram, tmp_path: Path) -> None:
    fake.rates.hurry(HURRY)
    ana = fake.person("ana")
    async with restyle(fake, tmp_path):
        ana.sends_photo(picture(), FAST)
        [*_, update] = fake.updates.told
        await ended(ana)
        fake.repeat(update)
        await fake.until_read()
    fake.repeat(update)
    async with restyle(fake, tmp_path):
        await fake.until_read()
        ana.sends("/queue")
        await shown(ana, "Nothing waits")
    assert len(results(fake)) == 1


async def test_a_stop_keeps_what_waits_and_goes_on_in_the_same_message(fake: FakeTelegram, tmp_path: Path) -> None:
    fake.rates.hurry(HURRY)
    ana = fake.person("ana")
    async with restyle(fake, tmp_path):
        for _ in range(5):
            ana.sends_photo(picture(), SLOW)
        await fake.until(lambda: len(cards(ana)) == 5)
    before = cards(ana)
    async with restyle(fake, tmp_path):
        await fake.until(lambda: len(results(fake)) == 5, seconds=40)
    assert {*results(fake)} == {*before}


def cards(person: Person) -> list[Message]:
    return [each for each in person.answers if each.labels]
