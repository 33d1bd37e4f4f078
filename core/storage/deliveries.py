"""Which message shows which card: what lets a restart go on with the very same message."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update

from core.domain.clock import Clock
from core.domain.delivery import Delivery
from core.domain.job import Status
from core.domain.names import CardId, PersonId, Place, Platform
from core.storage.database import Database
from core.storage.tables import DeliveryRow, JobRow

_UNFINISHED = (Status.QUEUED, Status.RUNNING)


class DeliveryStore:
    """Rows of deliveries, one for each card that lives in a chat."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def put(self, delivery: Delivery) -> Delivery:
        """Write it, over what is there of this card."""
        async with self._database.write() as session:
            await session.merge(_row_of(delivery))
        return delivery

    async def get(self, card: CardId) -> Delivery | None:
        async with self._database.read() as session:
            row = await session.get(DeliveryRow, card)
        return _delivery_of(row) if row else None

    async def close(self, delivery: Delivery) -> Delivery:
        """The last state is shown: nothing is to be done about it after a restart. Its token is forgotten."""
        return await self.put(replace(delivery, token=None, token_until=0.0, closed_at=self._clock.now()))

    async def remove(self, card: CardId) -> None:
        async with self._database.write() as session:
            await session.execute(delete(DeliveryRow).where(DeliveryRow.card == card))

    async def unclosed(self, platform: Platform) -> list[Delivery]:
        """What was not shown to its end, oldest first."""
        wanted = select(DeliveryRow).where(DeliveryRow.platform == platform, DeliveryRow.closed_at.is_(None))
        async with self._database.read() as session:
            return [_delivery_of(row) for row in await session.scalars(wanted.order_by(DeliveryRow.card))]

    async def missing(self, platform: Platform, since: float) -> list[Delivery]:
        """New deliveries for cards that have none: a kill came between the job's row and the message's.

        Of cards that have not ended, or ended after `since`. Private ones cannot be reached where they were asked for.
        """
        wanted = (
            select(JobRow)
            .where(
                JobRow.platform == platform,
                JobRow.index == 0,
                or_(JobRow.status.in_(_UNFINISHED), JobRow.finished_at > since),
                ~exists().where(DeliveryRow.card == JobRow.card),
            )
            .order_by(JobRow.card)
        )
        async with self._database.read() as session:
            rows = (await session.scalars(wanted)).all()
        return [_delivery_for(row) for row in rows]

    async def of_cards(self, cards: Collection[CardId]) -> dict[CardId, Delivery]:
        """Those of the cards that live in a chat."""
        async with self._database.read() as session:
            rows = await session.scalars(select(DeliveryRow).where(DeliveryRow.card.in_(cards)))
            return {CardId(row.card): _delivery_of(row) for row in rows}

    async def at(self, place: Place, message: str) -> list[Delivery]:
        """Of the cards that this message shows, in their order; of one alone where it holds its picture."""
        shows = or_(DeliveryRow.message == message, DeliveryRow.picture == message)
        found = await self._where(*_in(place), shows)
        return [each for each in found if each.picture == message] or found

    async def answering(self, place: Place, message: str) -> list[Delivery]:
        """Of the cards that were asked for by this message, newest first."""
        return (await self._where(*_in(place), DeliveryRow.answers == message))[::-1]

    async def of_album(self, album: str) -> list[Delivery]:
        """Those that share a message, in their order."""
        return await self._where(DeliveryRow.album == album)

    async def pictured(self, owner: PersonId, limit: int) -> list[Delivery]:
        """A person's finished cards whose picture the platform knows by a name of its own, newest first."""
        mine = (DeliveryRow.owner == owner, DeliveryRow.file.is_not(None), DeliveryRow.closed_at.is_not(None))
        wanted = select(DeliveryRow).where(*mine).order_by(DeliveryRow.card.desc()).limit(limit)
        async with self._database.read() as session:
            return [_delivery_of(row) for row in await session.scalars(wanted)]

    async def move(self, old: Place, new: Place) -> None:
        """A conversation has another name from now on; its messages stayed behind."""
        values = {"conversation": new.conversation, "message": None, "answers": None, "picture": None}
        async with self._database.write() as session:
            await session.execute(update(DeliveryRow).where(*_in(old)).values(**values))

    async def forget(self) -> None:
        """Drop closed deliveries whose jobs were forgotten."""
        gone = and_(DeliveryRow.closed_at.is_not(None), ~exists().where(JobRow.card == DeliveryRow.card))
        async with self._database.write() as session:
            await session.execute(delete(DeliveryRow).where(gone))

    async def _where(self, *conditions: ColumnElement[bool]) -> list[Delivery]:
        wanted = select(DeliveryRow).where(*conditions).order_by(DeliveryRow.card)
        async with self._database.read() as session:
            return [_delivery_of(row) for row in await session.scalars(wanted)]


def _in(place: Place) -> tuple[ColumnElement[bool], ...]:
    return (DeliveryRow.platform == place.platform, DeliveryRow.conversation == place.conversation)


def _row_of(delivery: Delivery) -> DeliveryRow:
    values = asdict(delivery) | {"platform": delivery.place.platform, "conversation": delivery.place.conversation}
    del values["place"]
    return DeliveryRow(**values)


def _delivery_of(row: DeliveryRow) -> Delivery:
    return Delivery(
        card=CardId(row.card),
        owner=PersonId(row.owner),
        place=Place(platform=row.platform, conversation=row.conversation),
        message=row.message,
        token=row.token,
        token_until=row.token_until,
        reachable=row.reachable,
        file_limit=row.file_limit,
        language=row.language,
        told=row.told,
        closed_at=row.closed_at,
        answers=row.answers,
        album=row.album,
        picture=row.picture,
        file=row.file,
    )


def _delivery_for(row: JobRow) -> Delivery:
    return Delivery(
        card=CardId(row.card),
        owner=PersonId(row.asker),
        place=Place(platform=row.platform, conversation=row.conversation),
        reachable=not row.private,
    )
