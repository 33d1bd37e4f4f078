"""How a session bears a crowd: everybody votes twice at once, while pictures are made.

    python -m benchmarks.sessions [--people 300] [--jobs 20]

On the real program over HTTP, on SQLite. `votes_counted` must be the number of people. Edits of a Discord header a
minute are what its gap allows, measured on how often a header would be drawn while the votes come in.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.reporting import report
from bot.chat_pace import Pace
from bot.discord_bot.rooms import GAP
from tests.program.mayhem import picture
from tests.program.person import Person
from tests.program.running import Program
from tests.program.voting import all_vote, counted, hold, joined


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report("sessions", asyncio.run(measure(Path(folder) / "data", options.people, options.jobs)))


async def measure(folder: Path, people: int, jobs: int) -> dict[str, float]:
    held = await hold(folder, 1)
    program = Program(folder, {"waiting_per_person": "1000"})
    await asyncio.to_thread(program.start)
    try:
        voters = await joined(program.address, held, people)
        async with Person(program.address) as person:
            await person.upload(picture(0))
            for seed in range(jobs):
                await person.say(f"/restyle a red dragon 0.6 --seed {seed}")
            began = time.perf_counter()
            told = await all_vote(voters, held.entries[0])
            seconds = time.perf_counter() - began
            unfinished = sum(card["status"] in {"queued", "running"} for card in await person.history())
        for voter in voters:
            await voter.close()
    finally:
        program.stop()
    votes = (await counted(folder, held))[held.entries[0]]
    return {
        "people": people,
        "presses": 2 * people,
        "seconds": seconds,
        "votes_a_second": 2 * people / seconds,
        "votes_told": told,
        "votes_counted": votes,
        "jobs_still_going": unfinished,
        "header_edits_a_minute_at_most": 60 / (Pace().step * GAP),
    }


if __name__ == "__main__":
    main()
