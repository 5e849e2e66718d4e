"""A record on SQLite, as a shop has it by default."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.record.archive import Archive
from bot.record.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def archive(database: Database) -> Archive:
    return Archive(database)
