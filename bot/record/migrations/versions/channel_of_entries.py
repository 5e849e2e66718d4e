"""Say of each archived entry on which channel it was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("entries", sa.Column("channel", sa.String(32), nullable=False, server_default=""))
