"""Jobs remember what made their result, so that an equal request finds it; and by when they must have ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("edition", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("deadline", sa.Double(), nullable=True))
    op.create_index("ix_jobs_fingerprint_edition", "jobs", ["fingerprint", "edition"])
    op.create_index("ix_jobs_status_deadline", "jobs", ["status", "deadline"])


def downgrade() -> None:
    op.drop_index("ix_jobs_status_deadline", "jobs")
    op.drop_index("ix_jobs_fingerprint_edition", "jobs")
    for column in ("deadline", "edition"):  # not by batch: a table that is built anew takes what hangs on it away
        op.drop_column("jobs", column)
