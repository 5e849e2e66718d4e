"""The ledger: every move of a conversation and everything a human does, one line each, which nobody can rewrite."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

from pydantic import Field, JsonValue, TypeAdapter
from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, CursorResult, and_, func, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as Transaction

from bot.clock import Clock
from bot.messages import Model
from bot.record.database import Database
from bot.record.tables import CursorRow, LedgerRow
from bot.store.store import Store
from handoff.broker import Agent

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at the stream: its lines are safe in the store meanwhile."""
BATCH = 500
"""Lines copied in one transaction."""
NAME = "ledger"

_data = TypeAdapter(dict[str, JsonValue])


class Line(Model):
    """One line; `id` is its place in the store's stream, `at` ms since the epoch.

    `kind`: the command's name (`claim`, `reply`, ...), or another act of a human (`signed_in`, `rules_saved`, ...).
    `data` of a move: `channel`, `language`, `reason`, `left` and `state` (before and after it); `by_hand` where a human
    of the workspace did it; `lost` where the chat was taken from a silent agent; `waited`, of the first agent and of
    the first answer in an episode, ms since the request; `owed`, of every answer that was due, ms it was due for.
    """

    id: str
    at: int
    kind: str
    conversation: str | None = None
    episode: int | None = None
    agent: str | None = None
    agent_name: str | None = None
    data: dict[str, JsonValue] = Field({})


class Filter(Model):
    """Which lines: all that are given must hold; `since` and `until` in ms (left out)."""

    kinds: tuple[str, ...] = ()
    agent: str | None = None
    conversation: str | None = None
    since: int | None = None
    until: int | None = None


class Known(Model):
    """What there is to look for in the ledger: kinds, and agents by id with their last name."""

    kinds: tuple[str, ...]
    agents: dict[str, str]


class Notes(Protocol):
    """Where an act of a human is written down."""

    async def note(
        self, kind: str, *, agent: Agent | None = None, conversation: str | None = None, **data: JsonValue
    ) -> None: ...


class Ledger:
    """Scripts append to the store's stream; here it is copied to the record, by any number of processes at once."""

    def __init__(self, store: Store, database: Database, clock: Clock) -> None:
        self._store = store
        self._database = database
        self._clock = clock
        self._copied = "0-0"

    async def note(
        self, kind: str, *, agent: Agent | None = None, conversation: str | None = None, **data: JsonValue
    ) -> None:
        """Write down an act that is no move of a conversation. `data` never has what was said, nor a shopper's name."""
        await self.write(kind, agent, conversation, data)

    async def write(
        self, kind: str, agent: Agent | None, conversation: str | None, data: Mapping[str, JsonValue]
    ) -> None:
        """As `note`, whatever the names in `data` are."""
        line = {
            "at": self._clock.now(),
            "kind": kind,
            "conversation": conversation,
            "agent": agent.id if agent else None,
            "agent_name": agent.name if agent else None,
            "data": dict(data),
        }
        await self._store.redis.xadd(self._store.keys.ledger, {"line": json.dumps(line, ensure_ascii=False)})

    async def project_for_ever(self) -> None:
        while True:
            try:
                await self.project()
            except (RedisError, SQLAlchemyError, OSError) as error:
                log.warning("the ledger is not copied yet: %s", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)

    async def project(self) -> None:
        """Copy everything that is in the stream now, and let the store forget what is in the record."""
        while await self._copy_after(self._copied):
            await self._store.redis.xtrim(self._store.keys.ledger, minid=self._copied, approximate=False)

    async def _copy_after(self, cursor: str) -> bool:
        """Copy the lines that follow `cursor`, if there are any."""
        found = await self._store.redis.xrange(self._store.keys.ledger, min=f"({cursor}", count=BATCH)
        lines = [_read_line(id, fields["line"]) for id, fields in found]
        if lines:
            self._copied = await self._database.run(lambda transaction: _copy(transaction, cursor, lines))
        return bool(lines)

    async def read(self, wanted: Filter, limit: int, before: tuple[int, str] | None = None) -> list[Line]:
        """The newest `limit` lines, newest first, up to now; `before`: `at` and `id` of the line to go on from."""
        await self.project()
        query = select(LedgerRow).where(*_conditions(wanted, before))
        query = query.order_by(LedgerRow.at.desc(), LedgerRow.id.desc()).limit(limit)
        rows = await self._database.read(lambda transaction: transaction.scalars(query).all())
        return [_line(row) for row in rows]

    async def known(self) -> Known:
        kinds = select(LedgerRow.kind).distinct().order_by(LedgerRow.kind)
        named = LedgerRow.agent.is_not(None), LedgerRow.agent_name.is_not(None)
        agents = select(LedgerRow.agent, func.max(LedgerRow.agent_name)).where(*named).group_by(LedgerRow.agent)

        def work(transaction: Transaction) -> Known:
            names = {str(id): str(name) for id, name in transaction.execute(agents)}
            return Known(kinds=tuple(transaction.scalars(kinds)), agents=names)

        return await self._database.read(work)

    async def walk(self, wanted: Filter) -> AsyncIterator[Line]:
        """All of them, newest first, read page by page."""
        before: tuple[int, str] | None = None
        while page := await self.read(wanted, BATCH, before):
            for line in page:
                yield line
            before = page[-1].at, page[-1].id


def _copy(transaction: Transaction, cursor: str, lines: Sequence[Line]) -> str:
    """Of several who copy what follows `cursor`, one moves it, and only that one writes. Returns where it is now."""
    moved = update(CursorRow).where(CursorRow.name == NAME, CursorRow.at == cursor).values(at=lines[-1].id)
    result = transaction.execute(moved)
    assert isinstance(result, CursorResult)
    if result.rowcount == 0:
        return transaction.get_one(CursorRow, NAME).at
    transaction.execute(insert(LedgerRow), [_row(line) for line in lines])
    return lines[-1].id


def _conditions(wanted: Filter, before: tuple[int, str] | None) -> list[ColumnElement[bool]]:
    given: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (wanted.kinds or None, LedgerRow.kind.in_),
        (wanted.agent, LedgerRow.agent.__eq__),
        (wanted.conversation, LedgerRow.conversation.__eq__),
        (wanted.since, LedgerRow.at.__ge__),
        (wanted.until, LedgerRow.at.__lt__),
    ]
    conditions = [condition(value) for value, condition in given if value is not None]
    if before:
        at, id = before
        conditions.append(or_(LedgerRow.at < at, and_(LedgerRow.at == at, LedgerRow.id < id)))
    return conditions


def _read_line(id: str, text: str) -> Line:
    fields = json.loads(text)
    # An empty table of Lua is written as a list or an object; here it has no members either way.
    return Line.model_validate({**fields, "id": id, "data": fields.get("data") or {}})


def _row(line: Line) -> dict[str, Any]:
    return {**line.model_dump(exclude={"data"}), "data": _data.dump_json(line.data).decode()}


def _line(row: LedgerRow) -> Line:
    fields = {name: getattr(row, name) for name in Line.model_fields if name != "data"}
    return Line.model_validate({**fields, "data": _data.validate_json(row.data)})
