"""Jobs, blobs, people, and the queue's shares and clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATUS = sa.Enum("queued", "running", "done", "failed", "cancelled", name="status", native_enum=False, length=16)
_PLATFORM = sa.Enum("web", "discord", "telegram", "cli", name="platform", native_enum=False, length=16)


def upgrade() -> None:
    _create_small_tables()
    op.create_table(
        "jobs",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *_who_asked_for_what(),
        *_how_far_it_is(),
        sa.PrimaryKeyConstraint("number", name="pk_jobs"),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
        sa.UniqueConstraint("lease_token", name="uq_jobs_lease_token"),
        *(
            sa.ForeignKeyConstraint([column], ["blobs.id"], name=f"fk_jobs_{column}_blobs")
            for column in ("picture", "mask", "result")
        ),
    )
    op.create_index("ix_jobs_status_rank_number_cost", "jobs", ["status", "rank", "number", "cost"])
    op.create_index("ix_jobs_owner_status", "jobs", ["owner", "status"])
    op.create_index("ix_jobs_card_index", "jobs", ["card", "index"])
    for column in ("picture", "mask", "result"):
        op.create_index(f"ix_jobs_{column}", "jobs", [column])


def downgrade() -> None:
    for table in ("jobs", "shares", "queue_clock", "people", "blobs"):
        op.drop_table(table)


def _create_small_tables() -> None:
    op.create_table(
        "blobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blobs"),
    )
    op.create_index("ix_blobs_created_at", "blobs", ["created_at"])
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("preferences", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "shares",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("last_rank", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_shares"),
    )
    clock = op.create_table(
        "queue_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("now", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_queue_clock"),
    )
    op.bulk_insert(clock, [{"id": 1, "now": 0.0}])


def _who_asked_for_what() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("platform", _PLATFORM, nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("request", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.Column("mask", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("original_width", sa.Integer(), nullable=False),
        sa.Column("original_height", sa.Integer(), nullable=False),
    ]


def _how_far_it_is() -> list[sa.Column[object]]:
    return [
        sa.Column("status", _STATUS, nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("arrived", sa.Double(), nullable=False),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("lease_worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
    ]
