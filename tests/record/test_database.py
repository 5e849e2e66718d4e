"""The database: transactions that hold, and migrations that say what the tables say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from bot.record.database import Database
from bot.record.tables import ConversationRow, Table


def _count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ConversationRow)) or 0


def _row(id: str) -> ConversationRow:
    return ConversationRow(id=id, channel="web", identity="s", language="en", at=1, cursor=0)


async def test_work_that_raises_is_undone(database: Database) -> None:
    def work(session: Session) -> None:
        session.add(_row("c1"))
        session.flush()
        raise ValueError

    with pytest.raises(ValueError):
        await database.run(work)
    assert await database.read(_count) == 0


async def test_writers_at_once_wait_for_each_other(database: Database) -> None:
    def read_then_write(session: Session) -> None:
        session.add(_row(f"c{_count(session)}"))

    await asyncio.gather(*(database.run(read_then_write) for _ in range(20)))
    assert await database.read(_count) == 20


async def test_a_commit_is_on_disk_and_foreign_keys_hold(database: Database) -> None:
    def settings(session: Session) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [session.scalar(text(f"PRAGMA {name}")) for name in names]

    assert await database.read(settings) == ["wal", 2, 1]


async def test_the_migrations_lead_to_the_tables(tmp_path: Path, database: Database) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'record.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await database.run(lambda session: session.add(_row("c1")))
    await database.migrate()
    assert await database.read(_count) == 1
