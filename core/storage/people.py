"""What people prefer."""

from __future__ import annotations

from typing import Any

from core.domain.names import PersonId
from core.storage.database import Database
from core.storage.tables import PersonRow


class PeopleStore:
    """Preferences of each person: plain values that JSON can hold."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def preferences(self, person: PersonId) -> dict[str, Any]:
        """All that this person has set; empty for somebody new."""
        async with self._database.read() as session:
            row = await session.get(PersonRow, person)
            return dict(row.preferences) if row else {}

    async def prefer(self, person: PersonId, **changes: Any) -> dict[str, Any]:
        """Set these and keep the others; None takes one back. Returns all that is set now."""
        async with self._database.write() as session:
            row = await session.get(PersonRow, person)
            merged = (row.preferences if row else {}) | changes
            preferences = {name: value for name, value in merged.items() if value is not None}
            await session.merge(PersonRow(id=person, preferences=preferences))
            return preferences
