"""Sheets of cards: the original and every result, labelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from core.domain.job import Job
from core.domain.names import BlobId
from core.errors import NotFoundError
from core.imaging.faces import shown_map
from core.imaging.sheets import Cell, sheet
from core.service.states import CardState


async def card_sheet(card: CardState, read: Callable[[BlobId], Awaitable[bytes]]) -> bytes:
    """PNG. Raises NotFoundError("picture") where nothing is done."""
    done = [(state.job, state.job.outcome) for state in card.jobs if state.job.outcome]
    if not done:
        raise NotFoundError("picture")
    wanted = [card.first.request.picture, *(outcome.result for _, outcome in done)]
    pictures = list(await asyncio.gather(*map(read, wanted)))
    kept = card.first.request.mask if card.first.character else None  # where the face is, for people to see
    if kept:
        pictures[0] = await asyncio.to_thread(shown_map, pictures[0], await read(kept))
    labels = ["original, blue may change" if kept else "original", *(_label(job, card) for job, _ in done)]
    cells = [Cell(label=label, png=data) for label, data in zip(labels, pictures, strict=True)]
    return await asyncio.to_thread(sheet, cells)


async def character_sheet(base: BlobId, jobs: Sequence[Job], read: Callable[[BlobId], Awaitable[bytes]]) -> bytes:
    """PNG: the base picture of a character, then its variations by what they show. `jobs` are finished."""
    shown = [(job.label or f"seed {job.request.seed}", job.outcome.result) for job in jobs if job.outcome]
    pictures = await asyncio.gather(read(base), *(read(blob) for _, blob in shown))
    labels = ["base", *(label for label, _ in shown)]
    cells = [Cell(label=label, png=data) for label, data in zip(labels, pictures, strict=True)]
    return await asyncio.to_thread(sheet, cells)


def _label(job: Job, card: CardState) -> str:
    """What tells this result apart from its neighbours: its outfit and how alike it is, its strength, or its seed."""
    if job.label:
        found = job.outcome.likeness if job.outcome else None
        return f"{job.label} - {found.verdict.value} {found.percent} %" if found else job.label
    request = job.request
    strengths = {state.job.request.strength for state in card.jobs}
    return f"strength {request.strength.normalize():f}" if len(strengths) > 1 else f"seed {request.seed}"
