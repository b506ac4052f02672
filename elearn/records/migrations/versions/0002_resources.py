"""Objectives and links of the partnership's own, and who has read a resource."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "objective",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("review_on", sa.Date()),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("made", Time, nullable=False),
        sa.Column("made_by", sa.Integer()),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name="fk_objective_made_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_objective"),
    )

    op.create_table(
        "local_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made", Time, nullable=False),
        sa.Column("made_by", sa.Integer()),
        sa.Column("removed", Time),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name="fk_local_link_made_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_local_link"),
    )
    op.create_index("ix_local_link_item", "local_link", ["item"])

    op.create_table(
        "resource_read",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_resource_read_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_resource_read"),
        sa.UniqueConstraint("person_id", "resource", "day", name="uq_resource_read_person_id_resource_day"),
    )
    op.create_index("ix_resource_read_resource_day", "resource_read", ["resource", "day"])


def downgrade() -> None:
    raise RuntimeError("what people have read is kept: go back by restoring a backup")
