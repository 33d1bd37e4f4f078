"""People at work while somebody kills things; afterwards everything is counted. For the tests and for the soak."""

from __future__ import annotations

import asyncio
import io
import random
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from tests.program.person import GONE, Person
from tests.program.running import Program

WHILE_RUNNING = 0.6  # of the kills wait until a job runs; the others come at any moment, while starting, say
LINES = ("/restyle red dragon 0.6", "/restyle blue cat 0.9 count=2", "/sweep armour", "/restyle cat 0.3")


@dataclass(slots=True)
class Tally:
    """What happened, and what is wrong with it."""

    kills: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)


async def mayhem(
    data: Path, model: Path, *, kills: int, people: int, seed: int, pause: float, tell: Callable[[str], None] = print
) -> Tally:
    """Kill the chat process or the engine `kills` times, at drawn moments; then count."""
    draw, tally = random.Random(seed), Tally()
    program = Program(
        data, {"model": str(model), "models_file": str(quick_models(data.parent)), "waiting_per_person": "8"}
    )
    program.start()
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(Person(program.address)) for _ in range(people)]
        for number, person in enumerate(crowd):
            await person.upload(picture(number))
        stop = asyncio.Event()
        work = [asyncio.create_task(submit(person, stop, random.Random(seed + n))) for n, person in enumerate(crowd)]
        for number in range(kills):
            await moment(crowd, draw, pause)
            kind = await kill_something(program, crowd, engine=number % 2 == 0)
            tally.kills[kind] += 1
            tell(f"kill {number + 1}: {kind}")
        stop.set()
        await asyncio.gather(*work)
        await count(program, crowd, tally)
    if program.stop() != 0:
        tally.defects.append("it did not stop cleanly")
    return tally


async def moment(crowd: list[Person], draw: random.Random, pause: float) -> None:
    """Any moment, while starting, say; more often one while a job runs, up to `pause` seconds into it."""
    if draw.random() < WHILE_RUNNING:
        with suppress(*GONE):
            async with asyncio.timeout(60):
                while not await anything_runs(crowd):  # noqa: ASYNC110 # it is known in another process only
                    await asyncio.sleep(0.05)
    await asyncio.sleep(draw.uniform(0.0, pause))


async def anything_runs(crowd: list[Person]) -> bool:
    health = await crowd[0].get("/healthz")
    return "busy" in health["engines"]


async def kill_something(program: Program, crowd: list[Person], *, engine: bool) -> str:
    """An engine if wanted and if one lives, else the chat process, which is started again on the same folder."""
    if engine and program.kill_engine():
        return "engine"
    program.kill()
    await asyncio.to_thread(program.start)
    for person in crowd:
        person.address = program.address
    return "chat"


async def submit(person: Person, stop: asyncio.Event, draw: random.Random) -> None:
    """Type, press, cancel, until told to stop. What the page did not confirm does not count as accepted."""
    while not stop.is_set():
        try:
            answer = await person.say(draw.choice(LINES))
            if "error" in answer:
                assert answer["error"]["key"].startswith("refused."), answer
            elif draw.random() < 0.1:
                await person.press(f"v1:cancel:{answer['card']['id']}")
        except GONE:
            pass  # it was killed just now
        await asyncio.sleep(draw.uniform(0.05, 0.5))


async def count(program: Program, crowd: list[Person], tally: Tally) -> None:
    """Every accepted card must be there once, must end, and must have its pictures."""
    for person in crowd:
        for card in person.cards:
            tally.accepted += 1
            state = await person.ended(card, 300)
            for job in state["jobs"]:
                tally.ends[job["status"]] += 1
                if job["status"] not in {"done", "failed", "cancelled"}:
                    tally.defects.append(f"{card} ended as {state['status']} with a job {job['status']}")
            done = sum(job["status"] == "done" for job in state["jobs"])
            if len(state["results"]) != done:
                tally.defects.append(f"{card} has {len(state['results'])} results for {done} jobs")
            for result in state["results"]:
                await check_result(person, card, result["src"], tally)
        times = Counter(state["id"] for state in await person.history())
        tally.defects += [f"{card} is {times[card]} times in the history" for card in person.cards if times[card] != 1]
        tally.defects += [f"{card} appears though nothing of it ended" for card in times if not times[card]]


async def check_result(person: Person, card: str, path: str, tally: Tally) -> None:
    try:
        Image.open(io.BytesIO(await person.fetch(path))).load()
    except (OSError, *GONE) as error:
        tally.defects.append(f"{card}: {path}: {type(error).__name__}")


def quick_models(folder: Path) -> Path:
    """Defaults that make a job of a small model take a fraction of a second."""
    file = folder / "models.toml"
    file.write_text(
        '[quick]\nmatch = ["*"]\nnative_side = 64\nmultiple = 8\nmax_pixels = 10000\nsteps = 10\n'
        'guidance = 3.0\nscheduler = "ddim"\n'
    )
    return file


def picture(number: int) -> bytes:
    """A small picture of its own for each person."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((64, 64)).rotate(number * 31).convert("RGB").save(file, "PNG")
    return file.getvalue()
