"""The rows of the workspaces' lists: a snapshot, and the changes since."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.messages import Conversation, Model, State
from bot.store.store import Store

CATCH_UP = 1_000
"""Changes a returning workspace is sent one by one; more, and it gets a snapshot."""


class Row(Model):
    """One conversation as the lists show it. Times are ms since the epoch; `waiting`: since when for a human's word.

    `left`: messages the channel still lets us send until `left_until`; None where it does not count.
    """

    id: str
    state: State
    epoch: int
    agent: str | None = None
    agent_name: str | None = None
    since: int
    at: int = 0
    seq: int = 0
    name: str | None = None
    channel: str
    language: str
    reason: str | None = None
    episode: int = 0
    preview: str | None = None
    waiting: int | None = None
    members: str = ""
    reachable: bool = True
    left: int | None = None
    left_until: int | None = None


def read_row(id: str, fields: Mapping[str, str | None]) -> Row:
    known = {name: value for name, value in fields.items() if name in Row.model_fields and value not in (None, "")}
    return Row.model_validate({**known, "id": id})


def row_of(conversation: Conversation) -> Row:
    return Row.model_validate(conversation.model_dump(include=set(Row.model_fields)))


class Rows:
    """The desk's rows as the store has them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def snapshot(self) -> tuple[str, list[Row]]:
        """The feed id first, then the rows: a change in between is told again, and a row told twice is the same row."""
        at = await self.newest()
        ids: list[str] = await self._store.redis.zrange(self._store.keys.open, 0, -1)
        async with self._store.redis.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hgetall(self._store.keys.conversation(id))
            found = await pipe.execute()
        return at, [read_row(id, fields) for id, fields in zip(ids, found, strict=True) if fields]

    async def newest(self) -> str:
        last = await self._store.redis.xrevrange(self._store.keys.feed, count=1)
        return str(last[0][0]) if last else "0-0"

    async def since(self, after: str) -> list[tuple[str, Row]] | None:
        """The changes after a feed id, oldest first; None if there are too many, or they are not all there any more."""
        first = await self._store.redis.xrange(self._store.keys.feed, count=1)
        if first and _id(first[0][0]) > _id(after) and after != "0-0":
            return None
        found = await self._store.redis.xrange(self._store.keys.feed, min=f"({after}", count=CATCH_UP + 1)
        if len(found) > CATCH_UP:
            return None
        return [(str(id), _row_from_json(fields["row"])) for id, fields in found]


def _row_from_json(text: str) -> Row:
    fields = json.loads(text)
    return read_row(fields.pop("id"), fields)


def _id(text: str) -> tuple[int, int]:
    at, _, count = text.partition("-")
    return int(at), int(count or 0)
