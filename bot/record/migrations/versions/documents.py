"""Keep what leads write by name and version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
    )
