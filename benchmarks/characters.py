"""Do variations show the outfit that was asked for, and still the same character?

    python -m benchmarks.characters [--characters 50] [--outfits 6] [--data FOLDER]

Characters that no training saw are saved and varied by the commands that people type, through the running program: one
strength everywhere at 0.4 and at 0.75, the face kept, and the face and the likeness kept. Of every way: how often the
classifier sees the outfit's kind and colour, how often the right character is the nearest of all by the identity
encoder, and how well the measured likeness ranks the own character above the others (AUC).

With --data a run that was broken off goes on: what is in that folder already is not made again.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.reporting import RESULTS, report
from bot.answers import Carded
from bot.app import App, open_app
from bot.conversation import handle
from bot.parsing import parse
from bot.settings import Settings
from core.domain.job import Job
from core.domain.likeness import Keep
from core.domain.names import CardId, PersonId, Place, Platform
from core.service.asking import Asker
from core.tinymodel import bundled_model_path
from core.tinymodel.card import write_card
from core.tinymodel.config import TinyConfig
from core.tinymodel.draw import draw
from core.tinymodel.evaluate import load_bench
from core.tinymodel.judges import COLOURS
from core.tinymodel.measure import Bench, classify, embed, held_out
from core.tinymodel.measure_likeness import auc
from core.tinymodel.world import OUTFIT_KINDS, Outfit, Picture, draw_outfit

FIGURES = bundled_model_path() / "figures.json"
KEPT = ("gallery", "ways")  # of the results, in the card
NAME, PROMPT = "Mira", "a person"
GALLERY = 50  # among whom the right one is looked for, at least
VERDICTS = ("same", "close", "drifting")


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One way of making variations."""

    name: str
    keep: Keep
    strength: str = ""

    @property
    def options(self) -> str:
        """As they are typed."""
        return f"keep={self.keep.value}" + (f" strength={self.strength}" if self.strength else "")


WAYS = (
    Way(name="uniform 0.4", keep=Keep.OFF, strength="0.4"),
    Way(name="uniform 0.75", keep=Keep.OFF, strength="0.75"),
    Way(name="keep the face", keep=Keep.FACE),
    Way(name="keep the face and the likeness", keep=Keep.BOTH),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast:
    """Characters, their base pictures (PNG), the outfits asked for of each, and who they might be taken for."""

    pictures: list[Picture]
    drawn: list[bytes]
    wanted: list[list[Outfit]]
    strangers: list[bytes]


def cast(count: int, outfits: int, first_seed: int) -> Cast:
    """`first_seed` and those after it are of characters that no training saw; no outfit is asked for twice of one."""
    pictures, random = held_out(first_seed, max(count, GALLERY)), Random(f"cast-{first_seed}")
    drawn = [_png(draw(picture)) for picture in pictures]
    return Cast(
        pictures=pictures[:count],
        drawn=drawn[:count],
        wanted=[_other_outfits(picture, outfits, random) for picture in pictures[:count]],
        strangers=drawn[count:],
    )


def words_for(outfit: Outfit) -> str:
    """As people write it."""
    article = "" if outfit.kind in {"armour", "overalls"} else "an " if outfit.colour == "orange" else "a "
    return f"{article}{outfit.colour} {outfit.kind}"


async def save_all(app: App, whom: Cast) -> None:
    """One person for each character; those that an earlier run has saved are left alone."""
    for number, data in enumerate(whom.drawn):
        asker = _asker(number)
        if not await app.service.characters.listed(asker.person):
            picture = await app.service.take_picture(data)
            await handle(app.service, asker, parse(f'/character save {NAME} "{PROMPT}" seed={number}'), picture)


async def vary_all(app: App, whom: Cast, way: Way) -> list[list[Job]]:
    """The jobs of every character, in the order of its outfits."""
    with app.service.watch() as events:
        cards = []
        for number, wanted in enumerate(whom.wanted):
            words = " | ".join(map(words_for, wanted))
            reply = await handle(app.service, _asker(number), parse(f"/vary {NAME} {words} {way.options}"))
            assert isinstance(reply, Carded)
            cards.append(reply.state.id)
        ended = [await _ended(app, number, card) for number, card in enumerate(cards)]
        while waiting := {card for card, jobs in zip(cards, ended, strict=True) if not jobs}:
            event = await anext(aiter(events))
            if event.card in waiting:
                number = cards.index(event.card)
                ended[number] = await _ended(app, number, event.card)
    return [jobs or [] for jobs in ended]


async def _ended(app: App, number: int, card: CardId) -> list[Job] | None:
    state = await app.service.card(_asker(number).person, card)
    return [one.job for one in state.jobs] if state.is_finished else None


async def figures_of(app: App, whom: Cast, made: Sequence[Sequence[Job]], bench: Bench) -> dict[str, float]:
    """Shares of all variations; `auc` is over the identity encoder's cosines that the likeness is read off."""
    jobs = [(number, job) for number, row in enumerate(made) for job in row]
    pixels = np.stack([await _pixels(app, job) for _, job in jobs])
    bases = embed(bench, np.stack([_opened(one) for one in (*whom.drawn, *whom.strangers)]))
    table = (embed(bench, pixels) @ bases.T).numpy()
    own = np.array([number for number, _ in jobs])
    seen, asked = classify(bench, pixels), [outfit for row in whom.wanted for outfit in row]
    kind = seen[:, 0] == [OUTFIT_KINDS.index(one.kind) for one in asked]
    colour = seen[:, 1] == [COLOURS.index(one.colour) for one in asked]
    told = [job.outcome.likeness for _, job in jobs if job.outcome and job.outcome.likeness]
    assert len(told) == len(jobs), "every variation is measured"
    is_own = np.zeros(table.shape, bool)
    is_own[np.arange(len(own)), own] = True
    return {
        "outfit": float((kind & colour).mean()),
        "kind": float(kind.mean()),
        "colour": float(colour.mean()),
        "identity": float((table.argmax(1) == own).mean()),
        "auc": auc(table[is_own], table[~is_own]),
        **{verdict: float(np.mean([one.verdict.value == verdict for one in told])) for verdict in VERDICTS},
        "tries": float(np.mean([one.tries for one in told])),
        "seconds": float(np.mean([job.outcome.seconds for _, job in jobs if job.outcome])),
    }


async def measure(
    folder: Path, count: int, outfits: int, ways: Sequence[Way] = WAYS
) -> AsyncGenerator[tuple[str, dict[str, float]]]:
    """The figures of every way, with its name, as soon as they are known."""
    whom = cast(count, outfits, TinyConfig().world.held_out_seed)
    bench = load_bench(bundled_model_path())
    settings = Settings(
        _env_file=None, data=folder, web=False, offline=True, waiting_per_person=outfits, running_per_person=outfits
    )
    async with open_app(settings) as app:
        await save_all(app, whom)
        for way in ways:
            began = time.perf_counter()
            made = await vary_all(app, whom, way)
            found = await figures_of(app, whom, made, bench)
            print(f"{way.name}: {time.perf_counter() - began:.0f} s", found, flush=True)
            yield way.name, found


async def measure_and_report(folder: Path, count: int, outfits: int) -> None:
    """After each way, what is known by then."""
    size, found = {"characters": count, "outfits": outfits}, {}
    async with aclosing(measure(folder, count, outfits)) as figures:
        async for way, row in figures:
            found[way] = {**size, **row}
            report("characters", {"gallery": GALLERY, "ways": found})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--characters", type=int, default=50)
    parser.add_argument("--outfits", type=int, default=6)
    parser.add_argument("--data", type=Path, help="a data folder to go on in; default: a new one")
    parser.add_argument("--card", action="store_true", help="put the figures into the bundled model's card, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure_and_report(options.data or Path(folder), options.characters, options.outfits))
    if options.card:
        figures = json.loads(FIGURES.read_text())
        figures["variations"] = {name: json.loads((RESULTS / "characters.json").read_text())[name] for name in KEPT}
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
        write_card(FIGURES.parent)


def _other_outfits(picture: Picture, count: int, random: Random) -> list[Outfit]:
    """Of other kinds and colours than its own, none twice."""
    found: list[Outfit] = []
    while len(found) < count:
        outfit = draw_outfit(random)
        is_new = outfit.kind != picture.outfit.kind and outfit.colour != picture.outfit.colour
        if is_new and words_for(outfit) not in map(words_for, found):
            found.append(outfit)
    return found


def _asker(number: int) -> Asker:
    place = Place(platform=Platform.WEB, conversation=f"person-{number}")
    return Asker(person=PersonId(f"web:person-{number}"), name=f"person {number}", place=place)


async def _pixels(app: App, job: Job) -> npt.NDArray[np.uint8]:
    assert job.outcome, f"a variation was not made: {job.problem}"
    return _opened(await app.service.picture(job.outcome.result))


def _opened(png: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


if __name__ == "__main__":
    main()
