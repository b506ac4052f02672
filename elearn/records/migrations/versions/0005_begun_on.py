"""On what kind of device a course was begun."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("step", sa.Column("begun_on", sa.String()))


def downgrade() -> None:
    raise RuntimeError("what people have read is kept: go back by restoring a backup")
