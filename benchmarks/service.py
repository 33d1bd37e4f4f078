"""What the house costs around the model, and how fast it answers while the model is busy.

    python -m benchmarks.service [--jobs 20] [--people 200]

Two measurements with the bundled model, each on the real program:

overhead: jobs through the running service against a bare loop over the stock pipeline, in one run (goal: 1.10);
burst: with the engine saturated, `people` type a command within one second; the time until each has a card
(goal: 99 % within 250 ms).
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.reporting import report
from core.tinymodel import bundled_model_path
from tests.program.mayhem import picture
from tests.program.person import Person
from tests.program.running import Program

LINE = "/restyle a red dragon 0.6 --guidance 3 --scheduler ddim"
BARE = """
import sys, time, io, torch
from PIL import Image
from diffusers import DDIMScheduler, StableDiffusionImg2ImgPipeline
model, picture, jobs, steps = sys.argv[1:]
pipeline = StableDiffusionImg2ImgPipeline.from_pretrained(model, dtype=torch.float32)
pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
pipeline.set_progress_bar_config(disable=True)
image = Image.open(picture).convert("RGB").resize((128, 128))
def one(seed):
    generator = torch.Generator("cpu").manual_seed(seed)
    how = {"strength": 0.6, "num_inference_steps": int(steps), "guidance_scale": 3.0, "generator": generator}
    pipeline("a red dragon", image=image, **how)
one(0)
began = time.perf_counter()
for seed in range(int(jobs)):
    one(seed)
print(time.perf_counter() - began)
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder), options.jobs, options.people, options.rounds))
    report("service", figures)


async def measure(folder: Path, jobs: int, people: int, rounds: int) -> dict[str, float]:
    """Both measurements on one program; the bare loop runs while the program is idle, in turns with it."""
    file = folder / "picture.png"
    file.write_bytes(picture(0))
    program = Program(folder / "data", {"threads": "0", "waiting_per_person": "1000", "running_per_person": "1000"})
    program.start()
    try:
        async with Person(program.address) as person:
            await person.upload(picture(0))
            card = await person.say(LINE)
            steps = await steps_of(person, card["card"]["id"])
            bare, through = [], []
            for _ in range(rounds):
                bare.append(await asyncio.to_thread(bare_loop, file, jobs, steps))
                through.append(await service_loop(person, jobs))
        figures = {"bare_seconds": min(bare), "service_seconds": min(through), "overhead": min(through) / min(bare)}
        return figures | await burst(program, people)
    finally:
        program.stop()


def bare_loop(file: Path, jobs: int, steps: int) -> float:
    command = [sys.executable, "-c", BARE, str(bundled_model_path()), str(file), str(jobs), str(steps)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


async def steps_of(person: Person, card: str) -> int:
    """How many steps a job is laid out for; waits for it, so that the engine is warm."""
    state = await person.ended(card)
    info = await person.press(f"v1:info:{state['jobs'][0]['id']}")
    return int(dict(info["lines"])["steps"].split()[0])


async def service_loop(person: Person, jobs: int) -> float:
    """From the first command until the last result, `jobs` jobs of one person."""
    began = time.perf_counter()
    cards = [(await person.say(f"{LINE} --seed {seed}"))["card"]["id"] for seed in range(jobs)]
    for card in cards:
        await person.ended(card, 600)
    return time.perf_counter() - began


async def burst(program: Program, people: int) -> dict[str, float]:
    """Everybody's pictures are there already, as on the page; the commands come evenly within one second."""
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(Person(program.address)) for _ in range(people)]
        for number, person in enumerate(crowd):
            await person.upload(picture(number % 7))
        await asyncio.gather(*(crowd[0].say(LINE) for _ in range(10)))  # the engine has work for a while

        async def timed(number: int, person: Person) -> float:
            await asyncio.sleep(number / people)
            began = time.perf_counter()
            answer = await person.say(LINE)
            assert answer.get("kind") == "card", answer
            return time.perf_counter() - began

        times = sorted(await asyncio.gather(*(timed(*one) for one in enumerate(crowd))))
    return {
        "burst_people": people,
        "burst_p50_ms": 1000 * times[len(times) // 2],
        "burst_p99_ms": 1000 * times[int(len(times) * 0.99) - 1],
        "burst_worst_ms": 1000 * times[-1],
        "burst_within_250_ms": sum(one <= 0.25 for one in times) / len(times),
    }


if __name__ == "__main__":
    main()
