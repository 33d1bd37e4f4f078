"""Sessions around a character: where they are held, who takes part, what came of it, and the votes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PLATFORM = sa.Enum("web", "discord", "telegram", "cli", name="platform", native_enum=False, length=16)
_STATE = sa.Enum("open", "paused", "ended", name="sessionstate", native_enum=False, length=16)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _of_session(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_session_sessions"
    return sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=name, ondelete="CASCADE")


def _blob(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["blobs.id"], name=f"fk_{table}_{column}_blobs")


def upgrade() -> None:
    _sessions()
    op.create_table(
        "session_rooms",
        *_texts("session", "conversation", "language"),
        sa.Column("platform", _PLATFORM, nullable=False),
        *_texts("community", "message", "result", nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        _of_session("session_rooms"),
        sa.PrimaryKeyConstraint("session", "platform", "conversation", name="pk_session_rooms"),
    )
    op.create_index("ix_session_rooms_platform_conversation", "session_rooms", ["platform", "conversation"])
    op.create_table(
        "session_members",
        *_texts("session", "person", "name"),
        sa.Column("joined_at", sa.Double(), nullable=False),
        sa.Column("sent_away", sa.Boolean(), nullable=False),
        _of_session("session_members"),
        sa.PrimaryKeyConstraint("session", "person", name="pk_session_members"),
    )
    op.create_index("ix_session_members_person", "session_members", ["person"])
    _entries()


def downgrade() -> None:
    for table in ("session_votes", "session_entries", "session_members", "session_rooms", "sessions"):
        op.drop_table(table)


def _sessions() -> None:
    op.create_table(
        "sessions",
        *_texts("id", "host", "host_name", "owner", "picture", "theme", "rules"),
        *_texts("mask", "link", nullable=True),
        sa.Column("subject", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("numbered", sa.Integer(), nullable=False),
        sa.Column("shows_board", sa.Boolean(), nullable=False),
        sa.Column("state", _STATE, nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("created_at", "ends_at")),
        sa.Column("ended_at", sa.Double(), nullable=True),
        _blob("sessions", "picture"),
        _blob("sessions", "mask"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("link", name="uq_sessions_link"),
    )
    for column in ("host", "owner", "picture", "mask"):
        op.create_index(f"ix_sessions_{column}", "sessions", [column])
    op.create_index("ix_sessions_state_ends_at", "sessions", ["state", "ends_at"])


def _entries() -> None:
    op.create_table(
        "session_entries",
        *_texts("card", "session", "author", "author_name", "words"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        *_texts("picture", nullable=True),
        _of_session("session_entries"),
        _blob("session_entries", "picture"),
        sa.PrimaryKeyConstraint("card", name="pk_session_entries"),
    )
    op.create_index("ix_session_entries_session_number", "session_entries", ["session", "number"], unique=True)
    for column in ("author", "picture"):
        op.create_index(f"ix_session_entries_{column}", "session_entries", [column])
    op.create_table(
        "session_votes",
        *_texts("entry", "voter"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry"], ["session_entries.card"], name="fk_session_votes_entry_session_entries", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry", "voter", name="pk_session_votes"),
    )
    op.create_index("ix_session_votes_voter", "session_votes", ["voter"])
