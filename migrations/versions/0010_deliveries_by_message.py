"""Which message holds a picture of an album; deliveries are looked up by messages, owners and albums."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_deliveries_conversation_message": ["conversation", "message"],
    "ix_deliveries_conversation_picture": ["conversation", "picture"],
    "ix_deliveries_conversation_answers": ["conversation", "answers"],
    "ix_deliveries_owner_card": ["owner", "card"],
    "ix_deliveries_album": ["album"],
}


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("picture", sa.Text(), nullable=True))
    for name, columns in _INDEXES.items():
        op.create_index(name, "deliveries", columns)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "deliveries")
    with op.batch_alter_table("deliveries") as table:
        table.drop_column("picture")
