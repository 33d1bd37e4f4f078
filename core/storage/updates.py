"""What a chat sent and nobody has answered yet: written down before the chat is told that it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from core.domain.clock import Clock
from core.storage.database import Database
from core.storage.tables import UpdateRow

_KEPT = 3 * 86_400.0  # seconds: longer than a chat may send the same again (Telegram: 24 hours)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """One update that is still to be answered; `received_at` in seconds since the epoch."""

    id: str
    received_at: float
    body: dict[str, Any]


class UpdateStore:
    """Each update once, however often it is sent; its text is forgotten as soon as it was answered."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(self, updates: Mapping[str, dict[str, Any]]) -> list[Arrived]:
        """Write down those that are new, and return them in their order. What is known already is left out."""
        now = self._clock.now()
        async with self._database.write() as session:
            known = set(await session.scalars(select(UpdateRow.id).where(UpdateRow.id.in_(updates))))
            new = [Arrived(id=key, received_at=now, body=body) for key, body in updates.items() if key not in known]
            session.add_all([UpdateRow(id=one.id, received_at=now, body=one.body) for one in new])
        return new

    async def done(self, *ids: str) -> None:
        """They were answered: nothing of them is kept but that they were here."""
        async with self._database.write() as session:
            await session.execute(update(UpdateRow).where(UpdateRow.id.in_(ids)).values(body=None))

    async def open(self) -> list[Arrived]:
        """What was not answered yet, oldest first: after a start."""
        wanted = select(UpdateRow).where(UpdateRow.body.is_not(None)).order_by(UpdateRow.received_at, UpdateRow.id)
        async with self._database.read() as session:
            rows = (await session.scalars(wanted)).all()
        return [Arrived(id=row.id, received_at=row.received_at, body=row.body or {}) for row in rows]

    async def forget(self) -> None:
        """Drop what was answered long ago."""
        old = UpdateRow.received_at < self._clock.now() - _KEPT
        async with self._database.write() as session:
            await session.execute(delete(UpdateRow).where(UpdateRow.body.is_(None), old))
