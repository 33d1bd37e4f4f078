"""What people prefer."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.names import PersonId
from core.storage.database import Database
from core.storage.links import owners_of
from core.storage.rooms import Kept, Moves, Room
from core.storage.tables import PersonRow

_KEPT = 10_000  # people whose preferences are kept in memory; whoever came longest ago goes


class PeopleStore(Room):
    """Preferences of each person: plain values that JSON can hold.

    Every command reads them, few write them, and this process is the only one that does: so they are kept in memory,
    all of them unless they are too many. Most people have none, which is then known without asking.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[PersonId, dict[str, Any]] = OrderedDict()
        self._has_all = False
        self._settling: dict[PersonId, dict[str, Any]] = {}

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
            person = (await owners_of(session, [person]))[person]
            row = await session.get(PersonRow, person)
            merged = (row.preferences if row else {}) | changes
            preferences = {name: value for name, value in merged.items() if value is not None}
            await session.merge(PersonRow(id=person, preferences=preferences))
        self._keep(person, preferences)
        return dict(preferences)

    async def settle(self, session: AsyncSession, moves: Moves) -> None:
        """Of two who become one the first has the say, and the other fills in; who parts takes a copy along."""
        owners = {*moves.before.values(), *moves.after.values()}
        rows = await session.scalars(select(PersonRow).where(PersonRow.id.in_(owners)))
        stored = {PersonId(row.id): row.preferences for row in rows}
        self._settling = {
            owner: {name: value for one in reversed(sources) for name, value in stored.get(one, {}).items()}
            for owner, sources in moves.sources.items()
        }
        for owner, preferences in self._settling.items():
            await session.merge(PersonRow(id=owner, preferences=preferences))
        await self._drop(session, moves.gone)

    def settled(self) -> None:
        for person, preferences in self._settling.items():
            self._keep(person, preferences)

    async def erase(self, session: AsyncSession, person: PersonId, identities: Collection[PersonId]) -> Iterable[str]:
        await self._drop(session, {person, *identities})
        self._settling = {person: {}}
        return ()

    def erased(self) -> None:
        self.settled()

    async def export(self, person: PersonId, identities: Collection[PersonId]) -> AsyncIterator[Kept]:
        yield Kept(name="settings.json", text=json.dumps(await self.preferences(person), indent=1, ensure_ascii=False))

    async def _drop(self, session: AsyncSession, people: Collection[PersonId]) -> None:
        await session.execute(delete(PersonRow).where(PersonRow.id.in_(people)))

    def _keep(self, person: PersonId, preferences: dict[str, Any]) -> None:
        self._kept[person] = dict(preferences)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
            self._has_all = False
