"""What sessions keep of people: what they host, what they sent, and whom they voted for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.names import BlobId, PersonId
from core.storage.database import Database
from core.storage.rooms import Kept, Moves, Room
from core.storage.session_rows import entry_lines, entry_of
from core.storage.sessions import SessionStore
from core.storage.tables import SessionEntryRow, SessionMemberRow, SessionRow, SessionVoteRow

_ERASED = "erased"


class SessionBelongings(Room):
    """Who is linked goes on as one; what was erased is in no gallery any more."""

    def __init__(self, database: Database, store: SessionStore) -> None:
        self._database = database
        self._store = store

    async def settle(self, session: AsyncSession, moves: Moves) -> None:
        """Of two who become one a vote for the same variation counts once, and none for their own."""
        for owner, sources in moves.sources.items():
            for old in moves.gone.intersection(sources):
                await _rename(session, old, owner)

    def settled(self) -> None:
        self._store.outdate()

    async def erase(self, session: AsyncSession, person: PersonId, identities: Collection[PersonId]) -> Iterable[str]:
        """Sessions about their characters go as a whole: all of it was made from their picture."""
        theirs = {person, *identities}
        about_them = select(SessionRow.id).where(SessionRow.owner.in_(theirs))
        gone = SessionEntryRow.session.in_(about_them) | SessionEntryRow.author.in_(theirs)
        blobs = set(await session.scalars(select(SessionEntryRow.picture).where(gone)))
        for row in await session.execute(
            select(SessionRow.picture, SessionRow.mask).where(SessionRow.owner.in_(theirs))
        ):
            blobs |= set(row)
        entries = select(SessionEntryRow.card).where(gone)
        await session.execute(
            delete(SessionVoteRow).where(SessionVoteRow.voter.in_(theirs) | SessionVoteRow.entry.in_(entries))
        )
        await session.execute(delete(SessionEntryRow).where(gone))
        await session.execute(delete(SessionMemberRow).where(SessionMemberRow.person.in_(theirs)))
        await session.execute(delete(SessionRow).where(SessionRow.owner.in_(theirs)))
        hosted = update(SessionRow).where(SessionRow.host.in_(theirs))
        await session.execute(hosted.values(host=_ERASED, host_name=""))
        return {blob for blob in blobs if blob}

    def erased(self) -> None:
        self._store.outdate()

    async def export(self, person: PersonId, identities: Collection[PersonId]) -> AsyncIterator[Kept]:
        lines, pictures = await self._told(person)
        if any(lines.values()):
            yield Kept(name="sessions.json", text=json.dumps(lines, indent=1, ensure_ascii=False))
        for name, blob in pictures.items():
            yield Kept(name=name, blob=BlobId(blob))

    async def _told(self, person: PersonId) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
        hosted = select(SessionRow).where(SessionRow.host == person).order_by(SessionRow.created_at)
        voted = select(SessionVoteRow.at, SessionEntryRow.session, SessionEntryRow.number).join(
            SessionEntryRow, SessionEntryRow.card == SessionVoteRow.entry
        )
        joined = select(SessionMemberRow).where(SessionMemberRow.person == person)
        async with self._database.read() as session:
            sent = await session.execute(entry_lines().where(SessionEntryRow.author == person))
            entries = [entry_of(line) for line in sent]
            files = {one.id: f"pictures/session-{one.session}-{one.number}.png" for one in entries}
            lines: dict[str, list[dict[str, Any]]] = {
                "hosted": [
                    {"session": row.id, "theme": row.theme, "rules": row.rules, "at": row.created_at}
                    for row in await session.scalars(hosted)
                ],
                "joined": [
                    {"session": row.session, "as": row.name, "at": row.joined_at}
                    for row in await session.scalars(joined)
                ],
                "ideas": [
                    {"session": one.session, "number": one.number, "idea": one.words, "votes": one.votes}
                    | ({"picture": files[one.id]} if one.picture else {})
                    for one in entries
                ],
                "votes": [
                    {"session": held, "number": number, "at": at}
                    for at, held, number in await session.execute(voted.where(SessionVoteRow.voter == person))
                ],
            }
        return lines, {files[one.id]: one.picture for one in entries if one.picture}


async def _rename(session: AsyncSession, old: PersonId, new: PersonId) -> None:
    for column in (SessionRow.host, SessionRow.owner):
        await session.execute(update(SessionRow).where(column == old).values({column: new}))
    await session.execute(update(SessionEntryRow).where(SessionEntryRow.author == old).values(author=new))
    members, votes = SessionMemberRow, SessionVoteRow
    known = select(members.session).where(members.person == new)
    await session.execute(delete(members).where(members.person == old, members.session.in_(known)))
    await session.execute(update(members).where(members.person == old).values(person=new))
    counted = select(votes.entry).where(votes.voter == new)
    await session.execute(delete(votes).where(votes.voter == old, votes.entry.in_(counted)))
    await session.execute(update(votes).where(votes.voter == old).values(voter=new))
    own = select(SessionEntryRow.card).where(SessionEntryRow.author == new)
    await session.execute(delete(votes).where(votes.voter == new, votes.entry.in_(own)))
