"""What people prefer."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from sqlalchemy import select

from core.domain.names import PersonId
from core.storage.database import Database
from core.storage.tables import PersonRow

_KEPT = 10_000  # people whose preferences are kept in memory; whoever came longest ago goes


class PeopleStore:
    """Preferences of each person: plain values that JSON can hold.

    Every command reads them, few write them, and this process is the only one that does: so they are kept in memory,
    all of them unless they are too many. Most people have none, which is then known without asking.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[PersonId, dict[str, Any]] = OrderedDict()
        self._has_all = False

    async def remember(self) -> None:
        """Read the preferences of as many people as are kept; for a start."""
        async with self._database.read() as session:
            rows = (await session.scalars(select(PersonRow).limit(_KEPT + 1))).all()
        for row in rows[:_KEPT]:
            self._keep(PersonId(row.id), row.preferences)
        self._has_all = len(rows) <= _KEPT

    async def preferences(self, person: PersonId) -> dict[str, Any]:
        """All that this person has set; empty for somebody new."""
        if person not in self._kept and self._has_all:
            return {}
        if person not in self._kept:
            async with self._database.read() as session:
                row = await session.get(PersonRow, person)
            if person not in self._kept:  # else they were changed meanwhile, and what was read is old
                self._keep(person, row.preferences if row else {})
        self._kept.move_to_end(person)
        return dict(self._kept[person])

    async def prefer(self, person: PersonId, **changes: Any) -> dict[str, Any]:
        """Set these and keep the others; None takes one back. Returns all that is set now."""
        async with self._database.write() as session:
            row = await session.get(PersonRow, person)
            merged = (row.preferences if row else {}) | changes
            preferences = {name: value for name, value in merged.items() if value is not None}
            await session.merge(PersonRow(id=person, preferences=preferences))
        self._keep(person, preferences)
        return dict(preferences)

    def _keep(self, person: PersonId, preferences: dict[str, Any]) -> None:
        self._kept[person] = dict(preferences)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
            self._has_all = False
