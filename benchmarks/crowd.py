"""Eight people on the page with mixed settings, against the stock pipeline behind a lock; end to end.

    python -m benchmarks.crowd [--people 8] [--jobs 32] [--rounds 2]

Everybody always has one picture under way, and looks at it: each has the page's live connection open, with previews.
The same jobs go through the running program (page, database, queue, engine process) and through a loop over the stock
pipeline in a process of its own, in turns. Goal: 1.4 times the lock.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.engine.people import Mix
from benchmarks.reporting import report
from core.domain.request import Request
from core.engine.running import Task
from tests.program.person import Person
from tests.program.running import Program

SIDE = 128
_ENDED = {"done", "failed", "cancelled"}
LOCK = """
import sys, time
from benchmarks.engine.models import open_model
from benchmarks.engine.people import Mix
from benchmarks.engine.ways import Ways, seconds
ways, mix = Ways(open_model("bundled", "cpu", "off")), Mix(side=int(sys.argv[1]))
ways.lock(mix.tasks(2))
print(seconds(ways.lock, mix.tasks(int(sys.argv[2]))))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    lock, crowd, waits = [], [], list[float]()
    for _ in range(options.rounds):
        lock.append(behind_a_lock(options.jobs))
        seconds, each = asyncio.run(on_the_page(options.people, options.jobs))
        crowd.append(seconds)
        waits += each
    waits.sort()
    figures = {
        "people": options.people,
        "lock_pictures_a_second": options.jobs / min(lock),
        "page_pictures_a_second": options.jobs / min(crowd),
        "page_over_lock": min(lock) / min(crowd),
        "page_p50_seconds": waits[len(waits) // 2],
        "page_p95_seconds": waits[int(len(waits) * 0.95) - 1],
    }
    report("crowd", figures)


def behind_a_lock(jobs: int) -> float:
    command = [sys.executable, "-c", LOCK, str(SIDE), str(jobs)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(output.split()[-1])


async def on_the_page(people: int, jobs: int) -> tuple[float, list[float]]:
    """Seconds for all jobs, and for each from command to result; on a fresh program, which remembers none of them."""
    mix, waits = Mix(side=SIDE), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder), {"threads": "0"})
        program.start()
        try:
            async with AsyncExitStack() as stack:
                crowd = [await stack.enter_async_context(_looking(program.address)) for _ in range(people)]
                others = iter([mix.task(jobs + number) for number in range(2 * people)])
                await asyncio.gather(*(_always_one(person, others, []) for person in crowd))  # as the lock warms up
                tasks, began = iter(mix.tasks(jobs)), time.perf_counter()
                await asyncio.gather(*(_always_one(person, tasks, waits) for person in crowd))
                return time.perf_counter() - began, waits
        finally:
            program.stop()


@dataclass(slots=True)
class Looker(Person):
    """Learns how its cards are doing as the page does: from the live connection."""

    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def look(self) -> None:
        assert self.session
        async with self.session.ws_connect(f"{self.address}/api/live", headers={"Origin": self.address}) as socket:
            async for message in socket:
                said = message.json()
                if said["type"] == "card":
                    async with self.news:
                        self.states[said["card"]["id"]] = said["card"]
                        self.news.notify_all()

    async def ended(self, card: str, seconds: float = 600) -> dict[str, Any]:
        async with asyncio.timeout(seconds), self.news:
            await self.news.wait_for(lambda: self.states.get(card, {}).get("status") in _ENDED)
        return self.states.pop(card)


@asynccontextmanager
async def _looking(address: str) -> AsyncIterator[Looker]:
    async with Looker(address) as person, asyncio.TaskGroup() as group:
        await person.fetch("/")  # the cookie
        looking = group.create_task(person.look())
        yield person
        looking.cancel()


async def _always_one(person: Looker, tasks: Iterator[Task], waits: list[float]) -> None:
    for task in tasks:
        await person.upload(task.picture)
        began = time.perf_counter()
        answer = await person.say(_line(task.request))
        assert answer.get("kind") == "card", answer
        state = await person.ended(answer["card"]["id"])
        assert state["status"] == "done", state
        waits.append(time.perf_counter() - began)


def _line(request: Request) -> str:
    return (
        f'/restyle "{request.prompt}" strength={request.strength} steps={request.steps} guidance={request.guidance} '
        f"scheduler={request.scheduler} seed={request.seed}"
    )


if __name__ == "__main__":
    main()
