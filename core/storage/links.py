"""Who is who: identities of platforms that belong to one person, and the codes that link them."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.names import BlobId, PersonId, new_id
from core.errors import InputError, NotFoundError, RefusedError
from core.storage.database import Database
from core.storage.rooms import Moves, Room
from core.storage.tables import LinkCodeRow, LinkRow

MOST_LINKED = 10  # identities of one person
_MARK = 16  # hexadecimal digits of a code's hash by which its row is found; the others are compared


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """An identity of a person. `name` is what they were called there at the time; `at` in seconds since the epoch."""

    identity: PersonId
    name: str
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Newcomer:
    """Who types a code, and when."""

    identity: PersonId
    name: str
    at: float


class LinkStore:
    """Rows of links. This process alone changes them, so who owns what is kept in memory.

    All that a person owns is moved in the transaction that links or parts: a kill leaves the one state or the other.
    """

    def __init__(self, database: Database, rooms: Sequence[Room] = ()) -> None:
        self.rooms = rooms
        self._database = database
        self._owners: dict[PersonId, PersonId] = {}

    async def remember(self) -> None:
        """Read all links; for a start."""
        async with self._database.read() as session:
            rows = await session.execute(select(LinkRow.identity, LinkRow.owner))
            self._owners = {PersonId(identity): PersonId(owner) for identity, owner in rows}

    def owner(self, identity: PersonId) -> PersonId:
        """The person who owns what this identity does: itself, where it is not linked. An owner is their own."""
        return self._owners.get(identity, identity)

    def identities(self, person: PersonId) -> list[PersonId]:
        """All identities of whoever this identity belongs to, itself included."""
        owner = self.owner(person)
        return [one for one, theirs in self._owners.items() if theirs == owner] or [owner]

    async def linked(self, identity: PersonId) -> list[Linked]:
        """What this identity is linked to, itself included, oldest first; empty where it is alone."""
        owner = self.owner(identity)
        theirs = select(LinkRow).where(LinkRow.owner == owner).order_by(LinkRow.at, LinkRow.identity)
        async with self._database.read() as session:
            rows = await session.scalars(theirs)
            return [Linked(identity=PersonId(row.identity), name=row.name, at=row.at) for row in rows]

    async def offer(self, who: Newcomer, digest: str, until: float) -> None:
        """From now on the code with this hash links to `who`, and no earlier code of theirs does."""
        row = LinkCodeRow(
            identity=who.identity, name=who.name, mark=digest[:_MARK], proof=digest[_MARK:], expires_at=until
        )
        old = or_(LinkCodeRow.expires_at <= who.at, LinkCodeRow.identity == who.identity)
        async with self._database.write() as session:
            await session.execute(delete(LinkCodeRow).where(old))
            session.add(row)

    async def look_up(self, digest: str, who: Newcomer) -> Linked:
        """Whose code it is, without using it up. Raises what `join` would raise."""
        async with self._database.read() as session:
            row = await _valid(session, digest, who)
            await _members(session, row, who)
        return Linked(identity=PersonId(row.identity), name=row.name, at=row.expires_at)

    async def join(self, digest: str, who: Newcomer) -> Linked:
        """Make one person of who typed the code and who showed it; returns the latter. Works once.

        Raises NotFoundError("code"), InputError("own-code"), RefusedError("linked"), RefusedError("many-links").
        """
        async with self._database.write() as session:
            row = await _valid(session, digest, who)
            members = await _members(session, row, who)
            before = {one: PersonId(link.owner) for one, link in members.items()}
            linked = next((owner for one, owner in before.items() if owner != one), None)
            owner = linked or PersonId(f"person:{new_id(who.at)}")
            for link in members.values():
                link.owner = owner
                await session.merge(link)
            await session.execute(delete(LinkCodeRow).where(LinkCodeRow.identity.in_(members)))
            await self._settle(session, Moves(before=before, after=dict.fromkeys(members, owner)))
        self._settled(dict.fromkeys(members, owner))
        return Linked(identity=PersonId(row.identity), name=row.name, at=row.expires_at)

    async def part(self, identity: PersonId) -> None:
        """This identity is a person of its own again, with what was made there. The last one left is, too.

        Raises InputError("not-linked").
        """
        async with self._database.write() as session:
            owner = (await owners_of(session, [identity]))[identity]
            members = await _of(session, [owner])
            if identity not in members:
                raise InputError("not-linked")
            alone = list(members) if len(members) <= 2 else [identity]
            after = {one: one if one in alone else owner for one in members}
            await session.execute(delete(LinkRow).where(LinkRow.identity.in_(alone)))
            await session.execute(delete(LinkCodeRow).where(LinkCodeRow.identity.in_(members)))
            await self._settle(session, Moves(before=dict.fromkeys(members, owner), after=after))
        self._settled(after)

    async def erase(self, identity: PersonId) -> set[BlobId]:
        """Delete all rows of whoever this is, wherever they are linked; returns the blobs that those named."""
        blobs: set[BlobId] = set()
        async with self._database.write() as session:
            owner = (await owners_of(session, [identity]))[identity]
            identities = list(await _of(session, [owner])) or [owner]
            for room in self.rooms:
                blobs.update(map(BlobId, await room.erase(session, owner, identities)))
            await session.execute(delete(LinkRow).where(LinkRow.identity.in_(identities)))
            await session.execute(delete(LinkCodeRow).where(LinkCodeRow.identity.in_(identities)))
        for one in identities:
            self._owners.pop(one, None)
        for room in self.rooms:
            room.erased()
        return blobs

    async def _settle(self, session: AsyncSession, moves: Moves) -> None:
        await session.flush()
        for room in self.rooms:
            await room.settle(session, moves)

    def _settled(self, owners: dict[PersonId, PersonId]) -> None:
        """In memory, too; nobody else runs between the end of the transaction and this."""
        for identity, owner in owners.items():
            self._owners.pop(identity, None)
            if owner != identity:
                self._owners[identity] = owner
        for room in self.rooms:
            room.settled()


async def owners_of(session: AsyncSession, identities: Collection[PersonId]) -> dict[PersonId, PersonId]:
    """Who owns what these identities do, as it is on disk. Inside a writing transaction nobody can change it."""
    rows = await session.execute(select(LinkRow.identity, LinkRow.owner).where(LinkRow.identity.in_(identities)))
    return {identity: identity for identity in identities} | {PersonId(one): PersonId(owner) for one, owner in rows}


async def _valid(session: AsyncSession, digest: str, who: Newcomer) -> LinkCodeRow:
    """The row of a code that still works. Found by a part of its hash, so that the rest can be compared blindly."""
    row = await session.scalar(select(LinkCodeRow).where(LinkCodeRow.mark == digest[:_MARK]))
    is_right = hmac.compare_digest(row.proof if row else "", digest[_MARK:])
    if row is None or not is_right or row.expires_at <= who.at:
        raise NotFoundError("code")
    return row


async def _members(session: AsyncSession, code: LinkCodeRow, who: Newcomer) -> dict[PersonId, LinkRow]:
    """All identities that the code would make one person, those of who showed it first."""
    shows, types = PersonId(code.identity), who.identity
    if shows == types:
        raise InputError("own-code")
    owners = await owners_of(session, [shows, types])
    if owners[shows] == owners[types]:
        raise RefusedError("linked")
    members = await _of(session, [owners[shows]]) or {shows: _alone(shows, code.name, who.at)}
    members |= await _of(session, [owners[types]]) or {types: _alone(types, who.name, who.at)}
    if len(members) > MOST_LINKED:
        raise RefusedError("many-links", limit=MOST_LINKED)
    return members


async def _of(session: AsyncSession, owners: Sequence[PersonId]) -> dict[PersonId, LinkRow]:
    rows = await session.scalars(select(LinkRow).where(LinkRow.owner.in_(owners)).order_by(LinkRow.at))
    return {PersonId(row.identity): row for row in rows}


def _alone(identity: PersonId, name: str, at: float) -> LinkRow:
    """An identity that owns what it does, as a link would say it."""
    return LinkRow(identity=identity, owner=identity, name=name, at=at)
