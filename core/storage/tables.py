"""The tables. Migrations follow them, and a test compares the two."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, MetaData, Text
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.domain.character import ShareMode
from core.domain.job import Status
from core.domain.names import Platform
from core.domain.session import SessionState

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _word(kind: type[Enum]) -> EnumType:
    """An enum stored as its value in plain text, so that a new member needs no migration."""
    return EnumType(kind, native_enum=False, length=16, values_callable=lambda kind: [each.value for each in kind])


class Base(DeclarativeBase):
    """Times are seconds since the epoch; text has no length, the rules that bound it are applied before."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads this name, and nothing writes it
        str: Text(),
        float: Double(),
        dict[str, Any]: JSON(none_as_null=True),
        Status: _word(Status),
        Platform: _word(Platform),
        ShareMode: _word(ShareMode),
        SessionState: _word(SessionState),
    }


class BlobRow(Base):
    """A blob that exists, or is being written. The foreign keys of jobs and characters keep the ones in use."""

    __tablename__ = "blobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    created_at: Mapped[float] = mapped_column(index=True)  # or when it was last put again


class JobRow(Base):
    """One job. `number` is the order of submission, which clocks cannot change."""

    __tablename__ = "jobs"

    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    card: Mapped[str]
    index: Mapped[int]
    owner: Mapped[str]
    asker: Mapped[str]  # the identity that asked; the owner is whoever it belongs to now, see LinkRow
    owner_name: Mapped[str]
    platform: Mapped[Platform]
    conversation: Mapped[str]
    command: Mapped[str]
    words: Mapped[str]
    private: Mapped[bool]
    request: Mapped[dict[str, Any]]
    fingerprint: Mapped[str]
    edition: Mapped[str | None]  # of the model that made the result; see core.storage.recalls
    picture: Mapped[str] = mapped_column(ForeignKey("blobs.id"), index=True)
    mask: Mapped[str | None] = mapped_column(ForeignKey("blobs.id"), index=True)
    result: Mapped[str | None] = mapped_column(ForeignKey("blobs.id"), index=True)
    original_width: Mapped[int]
    original_height: Mapped[int]

    status: Mapped[Status]
    cost: Mapped[float]
    arrived: Mapped[float]  # virtual time, as is rank: see core.queue.fairness
    rank: Mapped[float]
    created_at: Mapped[float]
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]
    deadline: Mapped[float | None]
    deaths: Mapped[int]
    character: Mapped[str | None]  # no foreign key: a job outlives the character it was made with
    label: Mapped[str | None]
    outcome: Mapped[dict[str, Any] | None]
    problem: Mapped[dict[str, Any] | None]

    lease_token: Mapped[str | None] = mapped_column(unique=True)
    lease_worker: Mapped[str | None]
    lease_until: Mapped[float | None]

    __table_args__ = (
        Index(None, "status", "rank", "number", "cost"),  # the queue in order; cost makes standings read it alone
        Index(None, "owner", "status"),
        Index(None, "fingerprint", "edition"),
        Index(None, "status", "deadline"),
        Index(None, "card", "index"),
        Index(None, "character", "status"),
    )


class JobBlobRow(Base):
    """A blob that a job needs besides its picture and its mask, a control map for instance. Goes with its job."""

    __tablename__ = "job_blobs"

    job: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    blob: Mapped[str] = mapped_column(ForeignKey("blobs.id"), primary_key=True, index=True)


class ShareRow(Base):
    """The rank of a person's newest job; no row: none that still matters."""

    __tablename__ = "shares"

    owner: Mapped[str] = mapped_column(primary_key=True)
    last_rank: Mapped[float]


class QueueClockRow(Base):
    """Virtual now, in the one row with id 1."""

    __tablename__ = "queue_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    now: Mapped[float]


class PersonRow(Base):
    """What a person prefers."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(primary_key=True)
    preferences: Mapped[dict[str, Any]]


class DeliveryRow(Base):
    """Which message of a chat shows a card: see core.domain.delivery."""

    __tablename__ = "deliveries"

    card: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    platform: Mapped[Platform]
    conversation: Mapped[str]
    message: Mapped[str | None]
    token: Mapped[str | None]
    token_until: Mapped[float]
    reachable: Mapped[bool]
    file_limit: Mapped[int] = mapped_column(BigInteger)
    language: Mapped[str]
    told: Mapped[bool]
    closed_at: Mapped[float | None]
    answers: Mapped[str | None]
    album: Mapped[str | None]
    picture: Mapped[str | None]
    file: Mapped[str | None]

    __table_args__ = (
        Index(None, "platform", "closed_at"),
        Index(None, "conversation", "message"),
        Index(None, "conversation", "picture"),
        Index(None, "conversation", "answers"),
        Index(None, "owner", "card"),
        Index(None, "album"),
    )


class UpdateRow(Base):
    """What a chat sent: see core.storage.updates. `body` is forgotten once it was answered."""

    __tablename__ = "updates"

    id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[float]
    body: Mapped[dict[str, Any] | None]


class PlaceRow(Base):
    """The rules of a server, a group, or of everywhere: see core.domain.places."""

    __tablename__ = "places"

    id: Mapped[str] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]]


class DeedRow(Base):
    """The audit trail of what moderators and operators did."""

    __tablename__ = "deeds"

    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[float]
    actor: Mapped[str]
    actor_name: Mapped[str]
    place: Mapped[str]
    action: Mapped[str]
    detail: Mapped[str]

    __table_args__ = (Index(None, "place", "number"),)


class LinkRow(Base):
    """An identity of a platform that belongs to a person; one that has no row is a person of its own."""

    __tablename__ = "links"

    identity: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    at: Mapped[float]


class LinkCodeRow(Base):
    """The code that an identity shows: the two parts of its hash. Used once, then gone."""

    __tablename__ = "link_codes"

    identity: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    mark: Mapped[str] = mapped_column(unique=True)
    proof: Mapped[str]
    expires_at: Mapped[float]


class CharacterRow(Base):
    """A character's preset: see core.domain.character. `version` is the number of its base."""

    __tablename__ = "characters"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    owner_name: Mapped[str]
    version: Mapped[int]
    prompt: Mapped[str]
    negative: Mapped[str | None]
    seed: Mapped[int | None] = mapped_column(BigInteger)
    strength: Mapped[str]  # a decimal
    style: Mapped[str | None]
    steps: Mapped[int | None]
    threshold: Mapped[float | None]
    keeps_likeness: Mapped[bool]
    keeps_face: Mapped[bool]
    created_at: Mapped[float]
    changed_at: Mapped[float]


class CharacterBaseRow(Base):
    """One version of a character's base picture; `picture` comes when the job that makes it is done."""

    __tablename__ = "character_bases"

    character: Mapped[str] = mapped_column(ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    picture: Mapped[str | None] = mapped_column(ForeignKey("blobs.id"), index=True)
    width: Mapped[int]
    height: Mapped[int]
    made_at: Mapped[float]
    identity: Mapped[bytes | None]
    encoder: Mapped[str | None]
    face_map: Mapped[str | None] = mapped_column(ForeignKey("blobs.id"), index=True)


class CharacterNameRow(Base):
    """A character in somebody's list, their own or one they follow. `key`: see core.domain.character_names."""

    __tablename__ = "character_names"

    person: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    character: Mapped[str] = mapped_column(ForeignKey("characters.id", ondelete="CASCADE"), index=True)
    is_default: Mapped[bool]


class CharacterShareRow(Base):
    """A character that others may take: see core.domain.character."""

    __tablename__ = "character_shares"

    code: Mapped[str] = mapped_column(primary_key=True)
    character: Mapped[str] = mapped_column(ForeignKey("characters.id", ondelete="CASCADE"), index=True)
    mode: Mapped[ShareMode]
    place: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[float]


class SessionRow(Base):
    """People around one character: see core.domain.session. `subject` holds what has no column of its own."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(index=True)
    host_name: Mapped[str]
    owner: Mapped[str] = mapped_column(index=True)  # of the character
    picture: Mapped[str] = mapped_column(ForeignKey("blobs.id"), index=True)
    mask: Mapped[str | None] = mapped_column(ForeignKey("blobs.id"), index=True)
    subject: Mapped[dict[str, Any]]
    theme: Mapped[str]
    rules: Mapped[str]
    budget: Mapped[int]
    numbered: Mapped[int]  # the last number that a variation got: none is given twice
    shows_board: Mapped[bool]
    state: Mapped[SessionState]
    created_at: Mapped[float]
    ends_at: Mapped[float]
    ended_at: Mapped[float | None]
    link: Mapped[str | None] = mapped_column(unique=True)

    __table_args__ = (Index(None, "state", "ends_at"),)


class SessionRoomRow(Base):
    """Where a session is held."""

    __tablename__ = "session_rooms"

    session: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    platform: Mapped[Platform] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(primary_key=True)
    community: Mapped[str | None]
    language: Mapped[str]
    message: Mapped[str | None]
    result: Mapped[str | None]
    gone: Mapped[bool]

    __table_args__ = (Index(None, "platform", "conversation"),)


class SessionMemberRow(Base):
    """Who takes part. Somebody who was sent away keeps a row, so that they stay away."""

    __tablename__ = "session_members"

    session: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True, index=True)
    name: Mapped[str]
    joined_at: Mapped[float]
    sent_away: Mapped[bool]


class SessionEntryRow(Base):
    """One variation. `picture` is a copy of its job's result, which stays when the job is forgotten."""

    __tablename__ = "session_entries"

    card: Mapped[str] = mapped_column(primary_key=True)  # of its job
    session: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    number: Mapped[int]
    author: Mapped[str] = mapped_column(index=True)
    author_name: Mapped[str]
    words: Mapped[str]
    created_at: Mapped[float]
    picture: Mapped[str | None] = mapped_column(ForeignKey("blobs.id"), index=True)

    __table_args__ = (Index(None, "session", "number", unique=True),)


class SessionVoteRow(Base):
    """A person's vote for an entry; the key lets it be there once."""

    __tablename__ = "session_votes"

    entry: Mapped[str] = mapped_column(ForeignKey("session_entries.card", ondelete="CASCADE"), primary_key=True)
    voter: Mapped[str] = mapped_column(primary_key=True, index=True)
    at: Mapped[float]
