"""Make the table of spot checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "checks",
        sa.Column("conversation", sa.String(32), primary_key=True),
        sa.Column("episode", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("agent", sa.String(32), nullable=False, index=True),
        sa.Column("ended", sa.BigInteger, nullable=False, index=True),
        sa.Column("scores", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
