"""The frames that every workspace is sent alike: written once, however many are open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from bot.messages import Model
from bot.wire import QUEUE_LENGTH
from bot.wire import Row as RowChanged
from handoff.broker import Agent
from handoff.presence import Availability, Away, Presence, Status, status_of
from handoff.workspace.rows import Row, Rows

Found = TypeVar("Found")


class AgentHere(Model):
    """An agent as colleagues see them; `why`: of somebody away."""

    id: str
    name: str
    online: bool
    status: Status
    why: Away | None


class Together(Generic[Found]):
    """Whoever asks before a reading begins shares what it finds; there is one reading at a time."""

    def __init__(self, read: Callable[[], Awaitable[Found]]) -> None:
        self._read = read
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[Found] | None = None

    async def __call__(self) -> Found:
        if self._next is None:
            self._next = asyncio.create_task(self._read_next())
        return await asyncio.shield(self._next)

    async def _read_next(self) -> Found:
        async with self._turn:
            self._next = None
            return await self._read()


class Frames:
    """`colleagues` lists the agents that may sign in."""

    def __init__(self, rows: Rows, presence: Presence, colleagues: Callable[[], Awaitable[list[Agent]]]) -> None:
        self._rows = rows
        self._presence = presence
        self._colleagues = colleagues
        self._changes: dict[str, str] = {}
        self.agents = Together(self._read_agents)
        """Who is here."""
        self.snapshot = Together(self._read_snapshot)
        """All lists as they are; with the feed id up to which changes are in them."""

    def change(self, change: RowChanged) -> str:
        """A row as it is now. Feeds that lag behind ask for earlier ones, at most a queue's length of them."""
        if change.at not in self._changes:
            if len(self._changes) >= QUEUE_LENGTH:
                del self._changes[next(iter(self._changes))]
            fields = dict(change.row)
            self._changes[change.at] = row_frame(change.at, self._rows.read(fields.pop("id"), fields))
        return self._changes[change.at]

    async def _read_agents(self) -> str:
        return encode(type="agents", agents=await self._agents())

    async def _read_snapshot(self) -> tuple[str, str]:
        at, rows = await self._rows.snapshot()
        shown = [row.model_dump(mode="json") for row in rows]
        return at, encode(type="snapshot", at=at, rows=shown, agents=await self._agents())

    async def _agents(self) -> list[dict[str, Any]]:
        here = frozenset(await self._presence.online())
        availabilities = await self._presence.availabilities()
        return [
            _agent_here(agent, here, availabilities.get(agent.id, Availability())).model_dump()
            for agent in await self._colleagues()
        ]


def row_frame(at: str, row: Row) -> str:
    return encode(type="row", at=at, row=row.model_dump(mode="json"))


def encode(**frame: Any) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def _agent_here(agent: Agent, here: frozenset[str], availability: Availability) -> AgentHere:
    status = status_of(agent.id, here, availability)
    online = status is not Status.GONE
    return AgentHere(id=agent.id, name=agent.name, online=online, status=status, why=availability.away)
