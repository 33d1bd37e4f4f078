"""Which blobs a job needs besides its picture and its mask."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_blobs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job", "blob", name="pk_job_blobs"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_job_blobs_job_jobs", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["blob"], ["blobs.id"], name="fk_job_blobs_blob_blobs"),
    )
    op.create_index("ix_job_blobs_blob", "job_blobs", ["blob"])


def downgrade() -> None:
    op.drop_table("job_blobs")
