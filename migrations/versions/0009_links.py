"""Who is linked to whom, by which codes, and which identity asked for a job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "links",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("identity", "owner", "name")),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_links"),
    )
    op.create_index("ix_links_owner", "links", ["owner"])
    op.create_table(
        "link_codes",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("identity", "name", "mark", "proof")),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_link_codes"),
        sa.UniqueConstraint("mark", name="uq_link_codes_mark"),
    )
    op.add_column("jobs", sa.Column("asker", sa.Text(), nullable=True))
    op.execute("UPDATE jobs SET asker = owner")
    with op.batch_alter_table("jobs") as table:
        table.alter_column("asker", existing_type=sa.Text(), nullable=False)


def downgrade() -> None:
    op.execute("UPDATE jobs SET owner = asker")
    with op.batch_alter_table("jobs") as table:
        table.drop_column("asker")
    op.drop_table("link_codes")
    op.drop_table("links")
