"""Make the ledger, in which nothing is ever changed or removed, and the cursors of what is copied into the record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

REFUSED = "the ledger is append-only"


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("kind", sa.String(40), nullable=False, index=True),
        sa.Column("conversation", sa.String(32), index=True),
        sa.Column("episode", sa.BigInteger),
        sa.Column("agent", sa.String(32), index=True),
        sa.Column("agent_name", sa.String(40)),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.execute("INSERT INTO cursors (name, at) VALUES ('ledger', '0-0')")
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _guard_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ledger_refuses_{act.lower()} BEFORE {act} ON ledger "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change_of_ledger() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger()"
    )
