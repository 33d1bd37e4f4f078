"""Sessions in rows. Every method is one transaction; when it returns, it is on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.clock import Clock
from core.domain.job import Status
from core.domain.names import CardId, CommunityId, PersonId, Place, Platform
from core.domain.session import MAX_ENTRIES, Entry, Room, Session, SessionId, SessionState, Vote
from core.errors import NotFoundError, SessionError
from core.storage.database import Database
from core.storage.session_rows import entry_lines, entry_of, of_job, room_of, room_row_of, row_of, session_of
from core.storage.tables import (
    BlobRow,
    JobRow,
    SessionEntryRow,
    SessionMemberRow,
    SessionRoomRow,
    SessionRow,
    SessionVoteRow,
)
from core.storage.votes import cast, check_member, take_back

_GOING = (SessionState.OPEN, SessionState.PAUSED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """Who takes part, and as whom."""

    person: PersonId
    name: str


class SessionStore:
    """Raises SessionError with the rule that is broken; the clock decides what is over."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.generation = 0  # rises when something else than this store has changed its rows

    def outdate(self) -> None:
        """What was read before is old: people were linked, or erased."""
        self.generation += 1

    # sessions and rooms

    async def open(self, session: Session, room: Room | None) -> None:
        """Store it with its first room and its host as a member. A chat holds one session at a time."""
        async with self._database.write() as writing:
            if room:
                await _check_free(writing, room.place)
            if not await writing.scalar(select(BlobRow.id).where(BlobRow.id == session.subject.picture)):
                raise NotFoundError("picture")
            writing.add(row_of(session))
            await writing.flush()
            writing.add_all([room_row_of(room)] if room else [])
            writing.add(_member(session.id, session.host, session.host_name, self._clock.now()))

    async def add_room(self, room: Room) -> None:
        """Hold it in another chat, too; again where it was held there before."""
        async with self._database.write() as writing:
            await _check_free(writing, room.place, but=room.session)
            await writing.merge(room_row_of(room))

    async def get(self, session: SessionId) -> Session:
        async with self._database.read() as reading:
            return session_of(await _row(reading, session))

    async def by_link(self, link: str) -> Session | None:
        return await self._one(SessionRow.link == link)

    async def held_in(self, place: Place) -> Session | None:
        """The newest one of a chat, whether it goes on or not."""
        rooms = select(SessionRoomRow.session).where(_in(place))
        return await self._one(SessionRow.id.in_(rooms))

    async def newest_of(self, person: PersonId) -> Session | None:
        """What goes on that they joined last."""
        joined = (
            select(SessionRow)
            .join(SessionMemberRow, SessionMemberRow.session == SessionRow.id)
            .where(SessionMemberRow.person == person, SessionMemberRow.sent_away.is_(False))
            .where(SessionRow.state.in_(_GOING))
            .order_by(SessionMemberRow.joined_at.desc())
            .limit(1)
        )
        async with self._database.read() as reading:
            row = await reading.scalar(joined)
            return session_of(row) if row else None

    async def rooms(self, session: SessionId) -> list[Room]:
        wanted = select(SessionRoomRow).where(SessionRoomRow.session == session).order_by(SessionRoomRow.platform)
        async with self._database.read() as reading:
            return [room_of(row) for row in await reading.scalars(wanted)]

    async def rooms_on(self, platform: Platform) -> list[Room]:
        """Those of what goes on, and those that still want the winners of what has ended."""
        wanted = (
            select(SessionRoomRow)
            .join(SessionRow, SessionRow.id == SessionRoomRow.session)
            .where(SessionRoomRow.platform == platform, SessionRoomRow.gone.is_(False))
            .where(SessionRow.state.in_(_GOING) | SessionRoomRow.result.is_(None))
        )
        async with self._database.read() as reading:
            return [room_of(row) for row in await reading.scalars(wanted)]

    async def mark_room(self, room: Room, **marks: str | bool | None) -> None:
        """Note what was posted there (`message`, `result`), or that it is `gone`."""
        here = (SessionRoomRow.session == room.session, _in(room.place))
        async with self._database.write() as writing:
            await writing.execute(update(SessionRoomRow).where(*here).values(**marks))

    async def move(self, old: Place, new: Place, community: CommunityId, new_community: CommunityId) -> list[SessionId]:
        """A chat has another name from now on; its messages stayed behind. Returns the sessions that are held there."""
        rooms = update(SessionRoomRow).execution_options(synchronize_session=False)
        there = select(SessionRoomRow.session).where(_in(new)).scalar_subquery()
        here = and_(_in(old), SessionRoomRow.session.not_in(there))
        async with self._database.write() as writing:
            moved = await writing.scalars(select(SessionRoomRow.session).where(here))
            sessions = [SessionId(session) for session in moved]
            await writing.execute(rooms.where(here).values(conversation=new.conversation, message=None, gone=False))
            await writing.execute(rooms.where(SessionRoomRow.community == community).values(community=new_community))
            return sessions

    async def return_to(self, community: CommunityId) -> list[SessionId]:
        """We may write there again. Returns the sessions that are held there once more."""
        back = (SessionRoomRow.community == community, SessionRoomRow.gone.is_(True))
        returned = update(SessionRoomRow).where(*back).values(gone=False).returning(SessionRoomRow.session)
        async with self._database.write() as writing:
            return [SessionId(session) for session in await writing.scalars(returned)]

    async def change(self, session: SessionId, **values: Any) -> Session:
        """Set columns of what goes on. Raises SessionError("ended")."""
        async with self._database.write() as writing:
            row = await _row(writing, session)
            if row.state is SessionState.ENDED:
                raise SessionError("ended")
            for name, value in values.items():
                setattr(row, name, value)
            return session_of(row)

    async def set_link(self, session: SessionId, link: str | None) -> Session:
        """Another address for the gallery, or none; the old one is dead. Also after the end."""
        async with self._database.write() as writing:
            row = await _row(writing, session)
            row.link = link
            return session_of(row)

    async def end(self, session: SessionId, at: float) -> bool:
        """Whether this call ended it: of several at once, one does."""
        over = update(SessionRow).where(SessionRow.id == session, SessionRow.state.in_(_GOING))
        async with self._database.write() as writing:
            ended = await writing.execute(over.values(state=SessionState.ENDED, ended_at=at).returning(SessionRow.id))
            return ended.scalar() is not None

    async def going(self) -> list[Session]:
        """What has not ended, the first to end first."""
        wanted = select(SessionRow).where(SessionRow.state.in_(_GOING)).order_by(SessionRow.ends_at)
        async with self._database.read() as reading:
            return [session_of(row) for row in await reading.scalars(wanted)]

    # people

    async def join(self, session: SessionId, person: PersonId, name: str) -> bool:
        """Whether they are new. Raises SessionError("sent-away")."""
        async with self._database.write() as writing:
            return await _join(writing, session, person, name, self._clock.now())

    async def members(self, session: SessionId) -> list[Member]:
        wanted = select(SessionMemberRow).where(
            SessionMemberRow.session == session, SessionMemberRow.sent_away.is_(False)
        )
        async with self._database.read() as reading:
            rows = await reading.scalars(wanted.order_by(SessionMemberRow.joined_at))
            return [Member(person=PersonId(row.person), name=row.name) for row in rows]

    async def send_away(self, session: SessionId, person: PersonId) -> None:
        """They stay away, and their variations and votes go."""
        entries = select(SessionEntryRow.card).where(SessionEntryRow.session == session)
        async with self._database.write() as writing:
            member = await writing.get(SessionMemberRow, (session, person))
            if member is None:
                raise SessionError("no-person", given=person)
            member.sent_away = True
            await _drop(writing, entries.where(SessionEntryRow.author == person))
            await writing.execute(
                delete(SessionVoteRow).where(SessionVoteRow.voter == person, SessionVoteRow.entry.in_(entries))
            )

    # variations and votes

    async def reserve(self, entry: Entry) -> Entry:
        """A place and a number for an idea whose job comes right after, under the card that is the entry's id.

        Raises SessionError: ended, paused, outsider, sent-away, budget, full.
        """
        async with self._database.write() as writing:
            held = await _row(writing, entry.session)
            if session_of(held).is_over(entry.created_at):
                raise SessionError("ended")
            await check_member(writing, entry.session, entry.author)
            if held.state is SessionState.PAUSED:
                raise SessionError("paused")
            count, theirs = await _counts(writing, entry)
            if theirs >= held.budget:
                raise SessionError("budget", count=theirs, limit=held.budget)
            if count >= MAX_ENTRIES:
                raise SessionError("full", limit=MAX_ENTRIES)
            held.numbered += 1
            row = SessionEntryRow(card=entry.id, number=held.numbered, session=held.id, created_at=entry.created_at)
            row.author, row.author_name, row.words = entry.author, entry.author_name, entry.words
            writing.add(row)
        return await self.entry(entry.id)

    async def drop(self, entry: CardId) -> None:
        """Take an entry out, its votes with it; where there is none, nothing happens."""
        async with self._database.write() as writing:
            await _drop(writing, select(SessionEntryRow.card).where(SessionEntryRow.card == entry))

    async def making(self) -> dict[CardId, SessionId]:
        """The entries of jobs that have not ended."""
        going = (Status.QUEUED, Status.RUNNING)
        wanted = select(SessionEntryRow.card, SessionEntryRow.session).join(JobRow, of_job)
        async with self._database.read() as reading:
            rows = await reading.execute(wanted.where(JobRow.status.in_(going)))
            return {CardId(card): SessionId(session) for card, session in rows}

    async def drop_unmade(self) -> None:
        """For a start: a kill came between an idea and its job, and nobody was told of it."""
        job = exists().where(JobRow.card == SessionEntryRow.card)
        unmade = select(SessionEntryRow.card).where(SessionEntryRow.picture.is_(None), ~job)
        async with self._database.write() as writing:
            await _drop(writing, unmade)

    async def entry(self, entry: CardId) -> Entry:
        async with self._database.read() as reading:
            line = (await reading.execute(entry_lines().where(SessionEntryRow.card == entry))).one_or_none()
        if line is None:
            raise SessionError("no-entry")
        return entry_of(line)

    async def entries(self, session: SessionId) -> list[Entry]:
        async with self._database.read() as reading:
            lines = await reading.execute(entry_lines().where(SessionEntryRow.session == session))
            return [entry_of(line) for line in lines]

    async def settle(self) -> None:
        """Copy the results of jobs that are done to their entries: the jobs may then be forgotten."""
        result = select(JobRow.result).where(of_job, JobRow.status == Status.DONE).scalar_subquery()
        waiting = and_(SessionEntryRow.picture.is_(None), result.is_not(None))
        async with self._database.write() as writing:
            await writing.execute(
                update(SessionEntryRow)
                .where(waiting)
                .values(picture=result)
                .execution_options(synchronize_session=False)
            )

    async def vote(self, entry: CardId, voter: PersonId, joins_as: str | None = None) -> Vote:
        """`joins_as`: they are in the session's own room, and so take part from now on under this name."""
        now = self._clock.now()
        async with self._database.write() as writing:
            row = await writing.get(SessionEntryRow, entry)
            if row and joins_as is not None and not await writing.get(SessionMemberRow, (row.session, voter)):
                writing.add(_member(SessionId(row.session), voter, joins_as, now))
                await writing.flush()
            return await cast(writing, entry, voter, now)

    async def take_back(self, entry: CardId, voter: PersonId) -> Vote:
        async with self._database.write() as writing:
            return await take_back(writing, entry, voter, self._clock.now())

    async def voted(self, session: SessionId, voter: PersonId) -> set[CardId]:
        """What they voted for."""
        wanted = (
            select(SessionVoteRow.entry)
            .join(SessionEntryRow, SessionEntryRow.card == SessionVoteRow.entry)
            .where(SessionEntryRow.session == session, SessionVoteRow.voter == voter)
        )
        async with self._database.read() as reading:
            return {CardId(card) for card in await reading.scalars(wanted)}

    async def _one(self, *wanted: Any) -> Session | None:
        async with self._database.read() as reading:
            newest = select(SessionRow).where(*wanted).order_by(SessionRow.created_at.desc()).limit(1)
            row = await reading.scalar(newest)
            return session_of(row) if row else None


def _in(place: Place) -> Any:
    return and_(SessionRoomRow.platform == place.platform, SessionRoomRow.conversation == place.conversation)


def _member(session: SessionId, person: PersonId, name: str, now: float) -> SessionMemberRow:
    return SessionMemberRow(session=session, person=person, name=name, joined_at=now, sent_away=False)


async def _join(writing: AsyncSession, session: SessionId, person: PersonId, name: str, now: float) -> bool:
    if member := await writing.get(SessionMemberRow, (session, person)):
        await check_member(writing, session, person)
        if name and not member.name:
            await _name(writing, member, name)
        return False
    await _row(writing, session)
    writing.add(_member(session, person, name, now))
    return True


async def _name(writing: AsyncSession, member: SessionMemberRow, name: str) -> None:
    """Somebody who came without one has said how to call them: that holds for what they sent before, too."""
    member.name = name
    held = await _row(writing, SessionId(member.session))
    if held.host == member.person:
        held.host_name = name
    theirs = SessionEntryRow.session == member.session, SessionEntryRow.author == member.person
    await writing.execute(update(SessionEntryRow).where(*theirs).values(author_name=name))


async def _row(session: AsyncSession, held: SessionId) -> SessionRow:
    row = await session.get(SessionRow, held)
    if row is None:
        raise SessionError("unknown", given=held[:40])
    return row


async def _check_free(session: AsyncSession, place: Place, but: SessionId | None = None) -> None:
    taken = (
        select(SessionRow.id)
        .join(SessionRoomRow, SessionRoomRow.session == SessionRow.id)
        .where(_in(place), SessionRoomRow.gone.is_(False), SessionRow.state.in_(_GOING), SessionRow.id != (but or ""))
    )
    if other := await session.scalar(taken.limit(1)):
        raise SessionError("here-already", given=other)


async def _counts(session: AsyncSession, entry: Entry) -> tuple[int, int]:
    """How many there are, and how many of the author's count: what failed costs nobody an idea."""
    lost = JobRow.status.in_((Status.FAILED, Status.CANCELLED))
    theirs = and_(SessionEntryRow.author == entry.author, lost.is_not(True))
    count = (
        select(func.count(), func.count().filter(theirs))
        .select_from(SessionEntryRow)
        .outerjoin(JobRow, of_job)
        .where(SessionEntryRow.session == entry.session)
    )
    total, mine = (await session.execute(count)).one()
    return total, mine


async def _drop(session: AsyncSession, cards: Any) -> None:
    await session.execute(delete(SessionVoteRow).where(SessionVoteRow.entry.in_(cards)))
    await session.execute(delete(SessionEntryRow).where(SessionEntryRow.card.in_(cards)))
