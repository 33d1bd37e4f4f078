"""What a chat sent and nobody has answered yet; what a delivery answers, shows, and shares its message with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "updates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_updates"),
    )
    with op.batch_alter_table("deliveries") as deliveries:
        for name in ("answers", "album", "file"):
            deliveries.add_column(sa.Column(name, sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("deliveries") as deliveries:
        for name in ("answers", "album", "file"):
            deliveries.drop_column(name)
    op.drop_table("updates")
