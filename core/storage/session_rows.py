"""Sessions as rows and rows as sessions."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, and_, func, select

from core.domain.job import Status
from core.domain.names import BlobId, CardId, CommunityId, PersonId, Place
from core.domain.session import Entry, Room, Session, SessionId, Subject
from core.storage.tables import JobRow, SessionEntryRow, SessionRoomRow, SessionRow, SessionVoteRow

_COLUMNS = ("owner", "picture", "mask")  # of a subject, besides the others, which are plain
_LOST = {Status.FAILED, Status.CANCELLED}
of_job = and_(JobRow.card == SessionEntryRow.card, JobRow.index == 0)


def row_of(session: Session) -> SessionRow:
    subject = asdict(session.subject)
    named = {name: subject.pop(name) for name in _COLUMNS}
    subject["strength"] = str(session.subject.strength)
    fields = ("id", "host", "host_name", "theme", "rules", "budget", "shows_board", "state")
    times = ("created_at", "ends_at", "ended_at", "link")
    return SessionRow(
        **named, subject=subject, numbered=0, **{name: getattr(session, name) for name in (*fields, *times)}
    )


def session_of(row: SessionRow) -> Session:
    plain: dict[str, Any] = row.subject | {"strength": Decimal(row.subject["strength"])}
    return Session(
        id=SessionId(row.id),
        host=PersonId(row.host),
        host_name=row.host_name,
        subject=Subject(
            owner=PersonId(row.owner),
            picture=BlobId(row.picture),
            mask=BlobId(row.mask) if row.mask else None,
            **plain,
        ),
        created_at=row.created_at,
        ends_at=row.ends_at,
        theme=row.theme,
        rules=row.rules,
        budget=row.budget,
        shows_board=row.shows_board,
        state=row.state,
        ended_at=row.ended_at,
        link=row.link,
    )


def room_row_of(room: Room) -> SessionRoomRow:
    return SessionRoomRow(
        session=room.session,
        platform=room.place.platform,
        conversation=room.place.conversation,
        community=room.community,
        language=room.language,
        message=room.message,
        result=room.result,
        gone=room.gone,
    )


def room_of(row: SessionRoomRow) -> Room:
    return Room(
        session=SessionId(row.session),
        place=Place(platform=row.platform, conversation=row.conversation),
        community=CommunityId(row.community) if row.community else None,
        language=row.language,
        message=row.message,
        result=row.result,
        gone=row.gone,
    )


def entry_lines() -> Select[SessionEntryRow, str | None, Status, int]:
    """Entries with their pictures, the states of their jobs, and their votes, by number."""
    votes = select(func.count()).where(SessionVoteRow.entry == SessionEntryRow.card).scalar_subquery()
    picture = func.coalesce(SessionEntryRow.picture, JobRow.result)
    return (
        select(SessionEntryRow, picture, JobRow.status, votes)
        .outerjoin(JobRow, of_job)
        .order_by(SessionEntryRow.session, SessionEntryRow.number)
    )


def entry_of(line: Row[SessionEntryRow, str | None, Status, int]) -> Entry:
    row, picture, status, votes = line
    return Entry(
        id=CardId(row.card),
        session=SessionId(row.session),
        number=row.number,
        author=PersonId(row.author),
        author_name=row.author_name,
        words=row.words,
        created_at=row.created_at,
        picture=BlobId(picture) if picture else None,
        votes=votes,
        is_lost=status in _LOST,
    )
