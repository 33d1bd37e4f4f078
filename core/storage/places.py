"""The rules of places and the audit trail, kept in rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, update

from core.domain.names import CommunityId, PersonId
from core.domain.places import Deed, PlaceSettings
from core.storage.database import Database
from core.storage.tables import DeedRow, PlaceRow

Change = Callable[[PlaceSettings], PlaceSettings]


class PlaceStore:
    """Every command reads the rules, few change them, and this process alone does: they are kept in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[CommunityId, PlaceSettings] | None = None

    async def settings(self, place: CommunityId) -> PlaceSettings:
        """The rules of a place; one without any has none."""
        if self._kept is None:
            async with self._database.read() as session:
                rows = (await session.scalars(select(PlaceRow))).all()
            if self._kept is None:  # else they were changed meanwhile, and what was read is old
                self._kept = {CommunityId(row.id): _settings(row.settings) for row in rows}
        return self._kept.get(place, PlaceSettings())

    async def change(self, change: Change, deed: Deed) -> PlaceSettings:
        """Apply `change` to the rules of the deed's place and note the deed, both or neither; returns the rules."""
        async with self._database.write() as session:
            row = await session.get(PlaceRow, deed.place)
            changed = change(_settings(row.settings) if row else PlaceSettings())
            await session.merge(PlaceRow(id=deed.place, settings=asdict(changed)))
            session.add(DeedRow(**asdict(deed)))
        if self._kept is not None:
            self._kept[deed.place] = changed
        return changed

    async def move(self, old: CommunityId, new: CommunityId) -> None:
        """Give a place's rules and its trail to its new name, unless that has rules already."""
        async with self._database.write() as session:
            if await session.get(PlaceRow, new) is None:
                await session.execute(update(PlaceRow).where(PlaceRow.id == old).values(id=new))
            await session.execute(update(DeedRow).where(DeedRow.place == old).values(place=new))
        self._kept = None

    async def deeds(self, place: CommunityId | None, limit: int) -> list[Deed]:
        """The newest first, of one place or of all."""
        wanted = select(DeedRow).order_by(DeedRow.number.desc()).limit(limit)
        if place is not None:
            wanted = wanted.where(DeedRow.place == place)
        async with self._database.read() as session:
            return [_deed(row) for row in await session.scalars(wanted)]


def _settings(plain: dict[str, Any]) -> PlaceSettings:
    """From JSON, where a tuple is a list; what a newer version wrote besides is passed over."""
    known = {name: value for name, value in plain.items() if name in PlaceSettings.__slots__}
    for name in ("channels", "roles", "paused"):
        known[name] = tuple(known.get(name) or ())
    known["models"] = {model: tuple(roles) for model, roles in (known.get("models") or {}).items()}
    return PlaceSettings(**known)


def _deed(row: DeedRow) -> Deed:
    return Deed(
        at=row.at,
        actor=PersonId(row.actor),
        actor_name=row.actor_name,
        place=CommunityId(row.place),
        action=row.action,
        detail=row.detail,
    )
