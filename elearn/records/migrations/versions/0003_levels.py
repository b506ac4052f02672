"""What the partnership calls its four levels of support."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for number in range(1, 5):
        op.add_column("partnership", sa.Column(f"level_{number}", sa.String(), nullable=False, server_default=f"Level {number}"))


def downgrade() -> None:
    raise RuntimeError("what the partnership says about itself is kept: go back by restoring a backup")
