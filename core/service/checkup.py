"""Checks of single parts, for `restyle doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from core.domain.likeness import Calibration
from core.engine.contract import EngineConfig
from core.engine.likeness.eyes import Eyes
from core.imaging.intake import Intake, IntakeLimits
from core.storage.database import Database


async def check_database(url: str) -> str:
    """Open it and bring it up to date; the answer is its kind ("SQLite"). Raises StartError."""
    async with Database(url):
        return "PostgreSQL" if url.startswith("postgresql") else "SQLite"


def check_likeness(config: EngineConfig) -> list[str]:
    """Load what measures likeness and finds faces; returns their names, none where nothing was named.

    Raises ModelError. Takes seconds, and imports torch where there is something to load.
    """
    return Eyes(config).check()


def calibrate_likeness(
    config: EngineConfig, limits: IntakeLimits, characters: Sequence[Sequence[bytes]], *, faces: bool
) -> Calibration:
    """Of the embedding that is named, by files that show each of the characters several times.

    Raises what `Eyes.calibrate` and intake raise.
    """
    return Eyes(config).calibrate(asyncio.run(_taken(limits, characters)), faces=faces)


async def _taken(limits: IntakeLimits, characters: Sequence[Sequence[bytes]]) -> list[list[bytes]]:
    async with Intake(limits) as intake:
        return [[(await intake.open(file)).png for file in files] for files in characters]
