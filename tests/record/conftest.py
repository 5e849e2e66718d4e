"""The archive of a record."""

from __future__ import annotations

import pytest

from bot.record.archive import Archive
from bot.record.database import Database


@pytest.fixture
def archive(database: Database) -> Archive:
    return Archive(database)
