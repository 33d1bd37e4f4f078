"""Deliveries are looked up by their message, by what they answer, by their owner and by their album."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_deliveries_conversation_message": ["conversation", "message"],
    "ix_deliveries_conversation_answers": ["conversation", "answers"],
    "ix_deliveries_owner_card": ["owner", "card"],
    "ix_deliveries_album": ["album"],
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.create_index(name, "deliveries", columns)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "deliveries")
