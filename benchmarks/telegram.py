"""A crowd on Telegram: whether all are answered within its limits, how edits are coalesced, what 2,000 jobs leave.

    python -m benchmarks.telegram [--people 100] [--jobs 2000]

Two measurements of the real program, connected to the fake Telegram of the tests, which enforces Telegram's limits:

burst: while the bundled model is saturated, `people` in ten groups send a picture with a command within one second, at
Telegram's own pace; the time until each sees the first word of it, and its result; how many steps were run for each
edit that was sent; how often Telegram had to say 429; every result is counted;
memory: the chat process after 200, 1,000 and 2,000 jobs on a stand-in for the engine (goal: flat).
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.reporting import report
from tests.program.running import Program
from tests.telegram.fake import FakeTelegram, Message, Person
from tests.telegram.pictures import picture

SHORT, STEPS = "/restyle a red dragon 0.6 steps=10", 6
LONG = "/restyle a red dragon 1 steps=150"
GROUPS = 10
MARKS = (200, 1000, 2000)
PATIENCE = 1800.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2000)
    options = parser.parse_args()
    report("telegram", asyncio.run(burst(options.people)) | asyncio.run(memory(options.jobs)))


def program_for(fake: FakeTelegram, folder: str, *command: str) -> Program:
    settings = {"telegram_token": fake.token, "telegram_endpoint": fake.origin}
    return Program(Path(folder) / "data", settings, command=command or ("bot", "run"))


async def burst(people: int) -> dict[str, Any]:
    """Commands come evenly within one second."""
    async with FakeTelegram() as fake:
        with tempfile.TemporaryDirectory() as folder:
            program = program_for(fake, folder)
            await asyncio.to_thread(program.start)
            try:
                await fake.until_connected()
                return await one_burst(fake, people)
            finally:
                await asyncio.to_thread(program.stop)


async def one_burst(fake: FakeTelegram, people: int) -> dict[str, Any]:
    groups = [fake.supergroup(f"Group {number}") for number in range(GROUPS)]
    crowd = [fake.person(f"person{number}", groups[number % GROUPS]) for number in range(people)]
    busy = [fake.person(f"busy{number}") for number in range(4)]
    for person in busy:
        person.sends_photo(picture((128, 128)), LONG)
    await fake.until(lambda: any("░" in each.text for each in busy[0].answers), seconds=PATIENCE)
    loop, asked = asyncio.get_running_loop(), []
    began = loop.time()
    for number, person in enumerate(crowd):
        await asyncio.sleep(max(0.0, began + number / people - loop.time()))
        asked.append(person.sends_photo(picture((128, 128)), SHORT))
    await fake.until_read()
    for person in busy:
        card = next(each for each in person.answers if "Cancel" in each.labels)
        await person.press(card, "Cancel")
    await fake.until(lambda: len(results(fake, asked)) >= people, seconds=PATIENCE)
    return figures_of(fake, asked)


def results(fake: FakeTelegram, asked: list[Message]) -> list[Message]:
    return [each for each in fake.said() if each.reply_to in asked and each.media and "Subtle" in each.labels]


def figures_of(fake: FakeTelegram, asked: list[Message]) -> dict[str, Any]:
    cards = results(fake, asked)
    first = sorted(card.history[0].at - card.reply_to.date for card in cards if card.reply_to)
    last = sorted(card.history[-1].at - card.reply_to.date for card in cards if card.reply_to)
    edits = sum(card.edits for card in cards)
    return {
        "burst_commands": len(asked),
        "burst_results": len(cards),
        "burst_results_twice": len(cards) - len({card.reply_to for card in cards}),
        "burst_first_word_p50_s": first[len(first) // 2],
        "burst_first_word_p99_s": first[int(len(first) * 0.99) - 1],
        "burst_result_p50_s": last[len(last) // 2],
        "burst_result_worst_s": last[-1],
        "burst_edits_a_card": edits / len(cards),
        "burst_states_an_edit": len(cards) * (STEPS + 2) / max(1, edits),
        "burst_refused_429": fake.rates.limited,
        "burst_edits_of_one_card_a_minute": max(fake.edits_per_minute(card) for card in cards),
    }


async def memory(jobs: int) -> dict[str, Any]:
    """Twenty people, each of whom always has one picture under way; Telegram's limits are out of the way."""
    async with FakeTelegram() as fake:
        fake.rates.off()
        with tempfile.TemporaryDirectory() as folder:
            program = program_for(fake, folder, "tests.discord.bot.quick_program")
            await asyncio.to_thread(program.start)
            try:
                await fake.until_connected()
                sizes = await sizes_of(fake, program, jobs)
            finally:
                await asyncio.to_thread(program.stop)
    marks = {f"memory_mb_after_{mark}": sizes[mark] / 1e6 for mark in MARKS if mark in sizes}
    later = {done: size for done, size in sizes.items() if done >= jobs // 2}
    slope = statistics.linear_regression(list(later), list(later.values())).slope
    return {"memory_jobs": jobs, **marks, "memory_bytes_a_job_in_second_half": slope}


async def until_answered(fake: FakeTelegram, asked: Message) -> None:
    """Looks at this chat alone: the fake remembers all of them."""

    def is_there() -> bool:
        newest = list(asked.chat.messages.values())[-6:]
        return any(each.reply_to is asked and each.media and "Subtle" in each.labels for each in newest)

    await fake.until(is_there, seconds=PATIENCE)


async def sizes_of(fake: FakeTelegram, program: Program, jobs: int) -> dict[int, int]:
    """Resident bytes of the chat process by the number of jobs that were done."""
    people = [fake.person(f"person{number}") for number in range(20)]
    numbers, done, sizes = iter(range(jobs)), 0, dict[int, int]()

    async def one_after_another(person: Person) -> None:
        nonlocal done
        for number in numbers:
            asked = person.sends_photo(picture(), f'"0.001" fox 0.1 seed={number}')
            await until_answered(fake, asked)
            done += 1
            if done % 100 == 0:
                sizes[done] = program.memory()

    await asyncio.gather(*map(one_after_another, people))
    return sizes


if __name__ == "__main__":
    main()
