"""The rows of the workspaces' lists: a snapshot, and the changes since."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from pydantic import Field

from bot.messages import Conversation, Model, State
from bot.store.store import Store
from handoff.rules import DeskRules
from handoff.service import reply_times

CATCH_UP = 1_000
"""Changes a returning workspace is sent one by one; more, and it gets a snapshot."""
BATCH = 50
"""Rows that are read in one go: a thousand would stop everything for a quarter of a second."""


class Row(Model):
    """One conversation as the lists show it. Times are ms since the epoch; `waiting`: since when for a human's word.

    `left`: messages the channel still lets us send until `left_until`; None where it does not count. `soon` and `due`:
    when the next answer should be given, and when it is late; `overdue`: the supervisor was told. `agent` holds it,
    or is asked to until `offered_until`; `lost`: the agent it was taken from for silence;
    `taken_from`: by a supervisor. `topic`: what it is about; `vip`: of a member who comes sooner.
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
    topic: str | None = None
    vip: bool = False
    episode: int = 0
    preview: str | None = None
    waiting: int | None = None
    members: str = ""
    reachable: bool = True
    left: int | None = None
    left_until: int | None = None
    offered_until: int | None = None
    lost: str | None = None
    taken_from: str | None = None
    soon: int | None = None
    due: int | None = None
    overdue: bool = False
    sound: bool = True
    snoozed_until: int = 0
    answered_at: int = Field(0, exclude=True)
    overdue_at: int = Field(0, exclude=True)
    woken_at: int = Field(0, exclude=True)
    joined: str | None = Field(None, exclude=True)


class Rows:
    """The desk's rows as the store has them; `rules`: those that count now."""

    def __init__(self, store: Store, rules: Callable[[], DeskRules]) -> None:
        self._store = store
        self._rules = rules

    def read(self, id: str, fields: Mapping[str, str | None]) -> Row:
        known = {name: value for name, value in fields.items() if name in Row.model_fields and value not in (None, "")}
        return self._with_times(Row.model_validate({**known, "id": id}))

    async def find(self, ids: Sequence[str]) -> list[Row]:
        """The rows of conversations that are known, in their order; others get their turn in between."""
        return [row for at in range(0, len(ids), BATCH) for row in await self._read(ids[at : at + BATCH])]

    async def _read(self, ids: Sequence[str]) -> list[Row]:
        async with self._store.redis.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hgetall(self._store.keys.conversation(id))
            found = await pipe.execute()
        return [self.read(id, fields) for id, fields in zip(ids, found, strict=True) if fields]

    def of(self, conversation: Conversation) -> Row:
        return self._with_times(Row.model_validate(conversation.model_dump(include=set(Row.model_fields))))

    def _with_times(self, row: Row) -> Row:
        """Nothing is due while the team is closed: who has asked then waits from the opening on."""
        rules, counted = self._rules(), row
        if row.state.waits and row.waiting is not None:
            counted = row.model_copy(update={"waiting": rules.counted_from(row.topic or row.reason, row.waiting)})
        times = reply_times(counted, rules.service)
        if times is None:
            return row
        soon, due = times
        overdue, sound = row.overdue_at >= due, rules.service.sound
        return row.model_copy(update={"soon": soon, "due": due, "overdue": overdue, "sound": sound})

    async def snapshot(self) -> tuple[str, list[Row]]:
        """The feed id first, then the rows: a change in between is told again, and a row told twice is the same row."""
        at = await self.newest()
        ids: list[str] = await self._store.redis.zrange(self._store.keys.open, 0, -1)
        return at, await self.find(ids)

    def _from_json(self, text: str) -> Row:
        fields = json.loads(text)
        return self.read(fields.pop("id"), fields)

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
        return [(str(id), self._from_json(fields["row"])) for id, fields in found]


def _id(text: str) -> tuple[int, int]:
    at, _, count = text.partition("-")
    return int(at), int(count or 0)
