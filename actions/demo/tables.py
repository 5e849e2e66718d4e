"""The demo shop's SQLite file: its tables, opened, and filled where there is nothing (or an older seed) in it."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
)

from actions.demo.days import DAY_ZERO
from actions.seed import load
from actions.seed.orders import orders

LAYOUT = 3
"""Counts up when the tables change: an older file is then filled anew."""

metadata = MetaData()
orders_ = Table(
    "orders",
    metadata,
    Column("number", String, primary_key=True),
    Column("customer", String, index=True),
    Column("body", JSON, nullable=False),
)
filings = Table(
    "filings",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("kind", String, nullable=False, index=True),
    Column("order_number", String, index=True),
    Column("customer", String, index=True),
    Column("at", Integer, nullable=False, index=True),  # ms since the epoch
    Column("request", JSON, nullable=False),
    Column("answer", JSON, nullable=False),
)
codes = Table(
    "codes",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("order_number", String, nullable=False, index=True),
    Column("at", Integer, nullable=False),  # ms since the epoch
    Column("salt", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("used", Integer, nullable=False),
)
outbox = Table(
    "outbox",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("at", Integer, nullable=False),  # ms since the epoch
    Column("to", String, nullable=False),  # masked
    Column("code", String, nullable=False),
)


def open_file(path: Path) -> Engine:
    """The file's engine; what it writes, it writes alone: the lock is taken before anything is read."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    _fill(engine)
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine, whose transactions have the file for themselves from their first moment."""
    return engine.execution_options(writes=True)


def _leave_transactions_to_us(connection: object, _: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _fill(engine: Engine) -> None:
    """Fill the file, unless it holds this very seed already."""
    with writing(engine).begin() as db:
        seed = _seed()
        if db.exec_driver_sql("PRAGMA user_version").scalar() == seed:
            return
        for name in _tables(db):
            db.exec_driver_sql(f'DROP TABLE "{name}"')
        metadata.create_all(db)
        rows = [
            {"number": one.number, "customer": one.customer, "body": one.model_dump(mode="json")}
            for one in orders(DAY_ZERO)
        ]
        db.execute(insert(orders_), rows)
        db.exec_driver_sql(f"PRAGMA user_version = {seed}")


def _tables(db: Connection) -> list[str]:
    names = db.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
    return [name for name in names if not name.startswith("sqlite_")]


def _seed() -> int:
    """Which seed this is, as a number that fits SQLite's version of a file's content."""
    files = sorted(path for path in load.HERE.iterdir() if path.suffix in (".yml", ".py"))
    return crc32(b"".join(path.read_bytes() for path in files), LAYOUT) % 2**31
