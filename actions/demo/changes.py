"""Tells what happened by itself since a cursor: in order, and each change once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from actions.demo.deeds import restocked
from actions.demo.filing import life_of, of_kind
from actions.demo.pace import pace
from actions.demo.tables import filings
from actions.shop import Change, Changes

IN_STOCK = timedelta(days=1)
"""What was restocked is sold out again after so long."""


def changes_since(db: Connection, cursor: str, now: datetime) -> Changes:
    """The changes after a cursor, until now. A cursor is a moment; one that is none counts as now.

    `db` must have the file for itself, and `now` be read after that: then nothing is asked later for an earlier time.
    """
    since = _moment(cursor) or now
    if since >= now:
        return Changes(cursor=max(since, now).isoformat())
    found = [*_of_orders(db, since, now), *_of_products(db)]
    fresh = [change for change in found if since < change.at <= now]
    return Changes(cursor=now.isoformat(), changes=tuple(sorted(fresh, key=_place)))


def in_stock_again(db: Connection, now: datetime) -> set[str]:
    """Products that were out of stock and are there now."""
    return {one.product for one in _of_products(db) if one.product and one.at <= now < one.at + IN_STOCK}


def _of_orders(db: Connection, since: datetime, now: datetime) -> list[Change]:
    after = int((since - pace().longest).timestamp() * 1000)
    moving = select(filings.c.order_number).where(filings.c.order_number.is_not(None), filings.c.at > after).distinct()
    lives = [life_of(db, number, now) for number in db.execute(moving).scalars()]
    return [change for life in lives if life for change in life.changes]


def _of_products(db: Connection) -> list[Change]:
    return [restocked(one, pace()) for one in of_kind(db, "stock_notice")]


def _place(change: Change) -> tuple[datetime, str, str]:
    return change.at, change.order or "", change.product or ""


def _moment(cursor: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(cursor)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
