"""In which order versions of the modules were live."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from elearn.records.base import only_grows_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "went_live",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("previous", sa.String()),
        sa.Column("size", sa.String()),
        sa.Column("back", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer()),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name="fk_went_live_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_went_live"),
    )
    op.create_index("ix_went_live_slug", "went_live", ["slug"])
    for statement in only_grows_sql("went_live", op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    raise RuntimeError("what was live when is kept: go back by restoring a backup")
