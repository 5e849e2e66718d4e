"""Runs the steps on the connection that `bot.record.database` hands over; configured there, without an ini file."""

from __future__ import annotations

from alembic import context

from bot.record.tables import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
with context.begin_transaction():
    context.run_migrations()
