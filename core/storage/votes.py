"""Votes: each is one statement that counts it or does not, however many come at once."""

from __future__ import annotations

from sqlalchemy import Select, String, delete, exists, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.job import Status
from core.domain.names import CardId, PersonId
from core.domain.session import SessionId, SessionState, Vote
from core.errors import SessionError
from core.storage.session_rows import of_job
from core.storage.tables import JobRow, SessionEntryRow, SessionMemberRow, SessionRow, SessionVoteRow


async def cast(session: AsyncSession, entry: CardId, voter: PersonId, now: float) -> Vote:
    """Count this vote unless it is counted. Raises SessionError with the rule that is against it."""
    there = exists().where(SessionVoteRow.entry == SessionEntryRow.card, SessionVoteRow.voter == voter)
    allowed = _allowed(entry, voter, now).where(~there)
    counted = await session.execute(
        insert(SessionVoteRow).from_select(["entry", "voter", "at"], allowed).returning(SessionVoteRow.entry)
    )
    if counted.scalar() is not None:
        return Vote.COUNTED
    await _say_why_not(session, entry, voter, now)
    return Vote.ALREADY


async def take_back(session: AsyncSession, entry: CardId, voter: PersonId, now: float) -> Vote:
    """Until the end. Raises SessionError as `cast` does."""
    open_entries = (
        select(SessionEntryRow.card)
        .join(SessionRow, SessionRow.id == SessionEntryRow.session)
        .where(SessionEntryRow.card == entry, SessionRow.state == SessionState.OPEN, SessionRow.ends_at > now)
    )
    taken = await session.execute(
        delete(SessionVoteRow)
        .where(SessionVoteRow.entry.in_(open_entries), SessionVoteRow.voter == voter)
        .returning(SessionVoteRow.entry)
    )
    if taken.scalar() is not None:
        return Vote.TAKEN_BACK
    await _say_why_not(session, entry, voter, now)
    return Vote.NONE


def _allowed(entry: CardId, voter: PersonId, now: float) -> Select[str, str, float]:
    """The row of the vote, if every rule is for it."""
    member = exists().where(
        SessionMemberRow.session == SessionEntryRow.session,
        SessionMemberRow.person == voter,
        SessionMemberRow.sent_away.is_(False),
    )
    return (
        select(SessionEntryRow.card, literal(voter, String), literal(now))
        .join(SessionRow, SessionRow.id == SessionEntryRow.session)
        .outerjoin(JobRow, of_job)
        .where(
            SessionEntryRow.card == entry,
            SessionEntryRow.author != voter,
            or_(SessionEntryRow.picture.is_not(None), JobRow.status == Status.DONE),
            SessionRow.state == SessionState.OPEN,
            SessionRow.ends_at > now,
            member,
        )
    )


async def _say_why_not(session: AsyncSession, entry: CardId, voter: PersonId, now: float) -> None:
    """Raises the first rule that is against it; returns where none is."""
    row = await session.get(SessionEntryRow, entry)
    held = await session.get(SessionRow, row.session) if row else None
    if row is None or held is None:
        raise SessionError("no-entry")
    if held.state is SessionState.ENDED or held.ends_at <= now:
        raise SessionError("ended")
    await check_member(session, SessionId(held.id), voter)
    if held.state is SessionState.PAUSED:
        raise SessionError("paused")
    if row.author == voter:
        raise SessionError("own")
    made = row.picture or await session.scalar(
        select(JobRow.id).where(JobRow.card == entry, JobRow.status == Status.DONE)
    )
    if not made:
        raise SessionError("not-made")


async def check_member(session: AsyncSession, held: SessionId, person: PersonId) -> None:
    """Raises SessionError for somebody who has not joined, or was sent away."""
    member = await session.get(SessionMemberRow, (held, person))
    if member is None:
        raise SessionError("outsider", given=held)
    if member.sent_away:
        raise SessionError("sent-away")
