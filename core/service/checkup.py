"""Checks of single parts, for `restyle doctor`."""

from __future__ import annotations

from core.storage.database import Database


async def check_database(url: str) -> str:
    """Open it and bring it up to date; the answer is its kind ("SQLite"). Raises StartError."""
    async with Database(url):
        return "PostgreSQL" if url.startswith("postgresql") else "SQLite"
