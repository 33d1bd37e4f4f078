"""The rules of places, and who changed them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
    )
    op.create_table(
        "deeds",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("actor", "actor_name", "place", "action", "detail")),
        sa.PrimaryKeyConstraint("number", name="pk_deeds"),
    )
    op.create_index("ix_deeds_place_number", "deeds", ["place", "number"])


def downgrade() -> None:
    op.drop_table("deeds")
    op.drop_table("places")
