"""Characters: presets, base pictures, the names people call them by, shares; and which of them a job was made with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "characters",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "owner", "owner_name")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("negative", sa.Text(), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("strength", sa.Text(), nullable=False),
        sa.Column("style", sa.Text(), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=True),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("keeps_likeness", "keeps_face")),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("created_at", "changed_at")),
        sa.PrimaryKeyConstraint("id", name="pk_characters"),
    )
    op.create_index("ix_characters_owner", "characters", ["owner"])
    _bases()
    _names()
    _shares()
    op.add_column("jobs", sa.Column("character", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("label", sa.Text(), nullable=True))
    op.create_index("ix_jobs_character_status", "jobs", ["character", "status"])


def downgrade() -> None:
    op.drop_index("ix_jobs_character_status", "jobs")
    for column in ("label", "character"):  # not by batch: see 0004
        op.drop_column("jobs", column)
    for table in ("character_shares", "character_names", "character_bases", "characters"):
        op.drop_table(table)


def _of_character(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_character_characters"
    return sa.ForeignKeyConstraint(["character"], ["characters.id"], name=name, ondelete="CASCADE")


def _bases() -> None:
    op.create_table(
        "character_bases",
        sa.Column("character", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("picture", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("width", "height")),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("encoder", sa.Text(), nullable=True),
        sa.Column("face_map", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("character", "number", name="pk_character_bases"),
        _of_character("character_bases"),
        sa.ForeignKeyConstraint(["picture"], ["blobs.id"], name="fk_character_bases_picture_blobs"),
        sa.ForeignKeyConstraint(["face_map"], ["blobs.id"], name="fk_character_bases_face_map_blobs"),
    )
    for column in ("picture", "face_map"):
        op.create_index(f"ix_character_bases_{column}", "character_bases", [column])


def _names() -> None:
    op.create_table(
        "character_names",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("person", "key", "name", "character")),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person", "key", name="pk_character_names"),
        _of_character("character_names"),
    )
    op.create_index("ix_character_names_character", "character_names", ["character"])


def _shares() -> None:
    op.create_table(
        "character_shares",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("character", sa.Text(), nullable=False),
        sa.Column("mode", sa.Enum("copy", "follow", name="sharemode", native_enum=False, length=16), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_character_shares"),
        _of_character("character_shares"),
    )
    for column in ("character", "place"):
        op.create_index(f"ix_character_shares_{column}", "character_shares", [column])
