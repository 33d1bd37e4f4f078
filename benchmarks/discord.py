"""A crowd on Discord: how fast it is answered, how often cards are edited, what two thousand jobs leave behind.

    python -m benchmarks.discord [--people 200] [--rounds 3] [--minutes 2] [--jobs 2000]

Three measurements of the real program, connected to the fake Discord of the tests, which enforces Discord's limits:

burst: while the bundled model is saturated, `people` type /restyle with a picture within one second; the time until
each is acknowledged (goal: 99 % within 1 s, none dropped; Discord's own limit is 3 s), and every job is counted after;
edits: eight cards in one channel, four of them running, first by their tokens, then as an ordinary bot; the most edits
of one card in a minute (goal: under Discord's limit), and how often Discord had to say 429;
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
from bot.chat_pace import Pace
from tests.discord.bot.running import png, restyle
from tests.discord.fake import Answer, FakeDiscord, Message, Person
from tests.discord.fake.rates import RULES
from tests.program.running import Program

EDIT_BY_TOKEN = ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}")
EDIT_AS_BOT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")
SHORT: dict[str, Any] = {"prompt": "a red dragon", "strength": 0.6, "steps": 4}
LONG: dict[str, Any] = {"prompt": "a red dragon", "strength": 1.0, "steps": 150}
QUARTER = 15 * 60.0
MARKS = (200, 1000, 2000)
PATIENCE = 900.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--jobs", type=int, default=2000)
    options = parser.parse_args()
    figures = asyncio.run(burst(options.people, options.rounds))
    figures |= asyncio.run(edits(options.minutes))
    figures |= asyncio.run(memory(options.jobs))
    report("discord", figures)


def program_for(fake: FakeDiscord, folder: str, *command: str, **settings: str) -> Program:
    told = {name.removeprefix("RESTYLE_").lower(): value for name, value in fake.environment.items()}
    return Program(Path(folder) / "data", told | settings, command=command or ("bot", "run"))


async def burst(people: int, rounds: int) -> dict[str, Any]:
    """Commands come evenly within one second, from as many people, in twenty channels."""
    async with FakeDiscord() as fake:
        with tempfile.TemporaryDirectory() as folder:
            program = program_for(fake, folder)
            await asyncio.to_thread(program.start)
            try:
                await fake.until_connected()
                answers = [answer for number in range(rounds) for answer in await one_burst(fake, people, number)]
                return acknowledged(answers) | after_all(fake, answers)
            finally:
                await asyncio.to_thread(program.stop)


async def one_burst(fake: FakeDiscord, people: int, number: int) -> list[Answer]:
    channels = [fake.text_channel() for _ in range(20)]
    crowd = [fake.person(f"person{number}-{one}", channels[one % len(channels)]) for one in range(people)]
    busy = [fake.person(f"busy{number}-{one}", channels[one]) for one in range(4)]
    long = [await person.slash("restyle", picture=png((128, 128)), **LONG) for person in busy]
    await fake.until(
        lambda: all("░" in answer.text for answer in long[:1]), seconds=PATIENCE
    )  # the engine is saturated
    loop, answers = asyncio.get_running_loop(), []
    began = loop.time()
    for one, person in enumerate(crowd):
        await asyncio.sleep(max(0.0, began + one / people - loop.time()))
        answers.append(person.starts_slash("restyle", picture=png((128, 128)), **SHORT))
    await fake.until(lambda: all(answer.interaction.is_answered for answer in answers), seconds=10)
    for person, answer in zip(busy, long, strict=True):
        await person.press(answer, "Cancel")
    await until_done(fake, answers)
    return answers


def acknowledged(answers: list[Answer]) -> dict[str, Any]:
    times = sorted(answer.seconds for answer in answers if answer.seconds is not None)
    cards = sorted(first_card(answer) for answer in answers)
    return {
        "burst_commands": len(answers),
        "burst_dropped": len(answers) - len(times),
        "burst_p50_ms": 1000 * times[len(times) // 2],
        "burst_p99_ms": 1000 * times[int(len(times) * 0.99) - 1],
        "burst_worst_ms": 1000 * times[-1],
        "burst_within_1_s": sum(one <= 1 for one in times) / len(answers),
        "burst_card_p50_ms": 1000 * cards[len(cards) // 2],
        "burst_card_p99_ms": 1000 * cards[int(len(cards) * 0.99) - 1],
    }


def first_card(answer: Answer) -> float:
    """Seconds from the command to the first thing that its card said."""
    assert answer.message is not None
    return answer.message.history[0].at - answer.interaction.created


def after_all(fake: FakeDiscord, answers: list[Answer]) -> dict[str, Any]:
    """Nothing lost, nothing twice."""
    results = [message for message in fake.all_messages if any(name.startswith("restyle.") for name in message.files)]
    mine = {answer.message.id for answer in answers if answer.message}
    return {
        "burst_results": len({message.id for message in results} & mine),
        "burst_results_elsewhere": len([message for message in results if message.id not in mine]),
    }


async def edits(minutes: float) -> dict[str, Any]:
    """With a person's own pace; the clock is moved past the tokens' end in the middle."""
    figures: dict[str, Any] = {}
    async with FakeDiscord() as fake:
        with tempfile.TemporaryDirectory() as folder:
            async with restyle(fake, Path(folder), pace=Pace(), model="together"):
                channel = fake.text_channel()
                people = [fake.person(f"person{number}", channel) for number in range(8)]
                slow: dict[str, Any] = {
                    "picture": png(),
                    "prompt": f'"{minutes * 60 / 4 / 140:.3f}" fox',
                    "strength": 1.0,
                    "steps": 150,
                }
                answers = [await person.slash("restyle", **slow) for person in people]
                cards = [answer.message for answer in answers if answer.message]
                for way in ("token", "bot"):
                    before = fake.rates.limited
                    since = fake.clock.now()
                    await asyncio.sleep(minutes * 30)
                    figures[f"edits_by_{way}_a_minute"] = max(most_a_minute(card, since) for card in cards)
                    figures[f"edits_by_{way}_refused"] = fake.rates.limited - before
                    fake.advance(QUARTER)
                await until_done(fake, answers)
                figures["edits_results"] = sum("restyle.png" in card.files for card in cards)
    limits = {"token": RULES[EDIT_BY_TOKEN], "bot": RULES[EDIT_AS_BOT]}
    return figures | {f"edits_by_{way}_limit": 60 * rule.limit / rule.seconds for way, rule in limits.items()}


async def until_done(fake: FakeDiscord, answers: list[Answer]) -> None:
    await fake.until(lambda: all("seed" in answer.text for answer in answers), seconds=PATIENCE)


def most_a_minute(card: Message, since: float) -> int:
    times = [version.at for version in card.history[1:] if version.at >= since]
    return max((sum(start <= at < start + 60 for at in times) for start in times), default=0)


async def memory(jobs: int) -> dict[str, Any]:
    """Twenty people, each of whom always has one picture under way; Discord's buckets fill faster than usual."""
    async with FakeDiscord() as fake:
        fake.rates.hurry(100)
        fake.rates.per_second = 100_000
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


async def sizes_of(fake: FakeDiscord, program: Program, jobs: int) -> dict[int, int]:
    """Resident bytes of the chat process by the number of jobs that were done."""
    channels = [fake.text_channel() for _ in range(20)]
    people = [fake.person(f"person{number}", channel) for number, channel in enumerate(channels)]
    numbers, done, sizes = iter(range(jobs)), 0, dict[int, int]()

    async def one_after_another(person: Person) -> None:
        nonlocal done
        for number in numbers:
            answer = await person.slash("restyle", picture=png(), prompt='"0.001" fox', strength=0.1, seed=number)
            await until_done(fake, [answer])
            done += 1
            if done % 100 == 0:
                sizes[done] = program.memory()

    await asyncio.gather(*map(one_after_another, people))
    return sizes


if __name__ == "__main__":
    main()
