"""Checks of single parts, for `restyle doctor`."""

from __future__ import annotations

from core.engine.contract import EngineConfig
from core.engine.likeness.eyes import Eyes
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
