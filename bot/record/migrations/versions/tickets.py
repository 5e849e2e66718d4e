"""Make the tables of tickets and of their history, in which nothing is ever changed or removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

REFUSED = "the history of tickets is append-only"


def upgrade() -> None:
    _make_tickets()
    _make_history()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _make_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("number", sa.String(24), primary_key=True),
        sa.Column("origin", sa.String(160), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("owner", sa.String(32), index=True),
        sa.Column("conversation", sa.String(32), index=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("due", sa.BigInteger, index=True),
        sa.Column("look_at", sa.BigInteger, index=True),
        sa.Column("tell_at", sa.BigInteger, index=True),
        sa.Column("words", sa.String(400), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )


def _make_history() -> None:
    op.create_table(
        "ticket_history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("ticket", sa.String(24), nullable=False, index=True),
        sa.Column("command", sa.String(160), unique=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("agent", sa.String(32)),
        sa.Column("agent_name", sa.String(40)),
        sa.Column("data", sa.Text, nullable=False),
    )


def _guard_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ticket_history_refuses_{act.lower()} BEFORE {act} ON ticket_history "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change_of_ticket_history() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ticket_history_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_history "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ticket_history()"
    )
