"""Which message of a chat shows which card."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PLATFORM = sa.Enum("web", "discord", "telegram", "cli", name="platform", native_enum=False, length=16)


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("platform", _PLATFORM, nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("token_until", sa.Double(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("file_limit", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("card", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_platform_closed_at", "deliveries", ["platform", "closed_at"])


def downgrade() -> None:
    op.drop_table("deliveries")
