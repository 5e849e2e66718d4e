"""The SQL database behind the record, worked on by a few threads so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

T = TypeVar("T")

THREADS = 4
BUSY_TIMEOUT = 10_000
"""ms a SQLite connection waits for another's write."""
MIGRATION_LOCK = 5_246_254
"""Any number; PostgreSQL lets one process at a time hold it."""


class Database:
    """SQLite or PostgreSQL by URL. Call `migrate` once before anything else."""

    def __init__(self, url: str) -> None:
        self._engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
        self._reading = self._engine.execution_options(reading=True)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="record")

    async def run(self, work: Callable[[Session], T]) -> T:
        """Do `work` in one transaction: committed when this returns, undone when it raises."""
        return await self._in_thread(lambda: _in_session(self._engine, work))

    async def read(self, work: Callable[[Session], T]) -> T:
        """Do `work` that only reads; on SQLite it waits for no writer."""
        return await self._in_thread(lambda: _in_session(self._reading, work))

    async def migrate(self) -> None:
        """Bring the tables to this version's shape; several processes may do so at once."""
        await self._in_thread(lambda: _migrate(self._engine))

    async def close(self) -> None:
        await self._in_thread(self._engine.dispose)
        self._threads.shutdown()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _in_session(engine: Engine, work: Callable[[Session], T]) -> T:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        return work(session)


def _postgresql(url: str) -> Engine:
    psycopg = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(psycopg, pool_size=THREADS, max_overflow=0, pool_pre_ping=True)


def _sqlite(url: str) -> Engine:
    if file := make_url(url).database:
        Path(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=THREADS, max_overflow=0)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    # The module's own BEGIN comes too late: a transaction that reads and then writes would fail when another wrote.
    connection.isolation_level = None
    for setting in (
        *("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {BUSY_TIMEOUT}"),
        "recursive_triggers = ON",  # what may not be deleted may not be replaced either
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
