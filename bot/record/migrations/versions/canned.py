"""Make the table of canned replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("agent", sa.String(32), sa.ForeignKey("agents.id", ondelete="CASCADE"), index=True),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("shortcut", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
