"""Who stands before whom: places in line, counted among those who wait for the same agents."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from bot.store.store import Store
from handoff.routing import Profile

log = logging.getLogger(__name__)

Crew = Callable[[], Awaitable[Sequence[Profile]]]


@dataclass(frozen=True)
class Lineup:
    """A line as it was once. `places`: of each conversation, from 1; `waiting`: how many there are of each topic."""

    places: Mapping[str, int]
    waiting: Counter[str]
    crew: Sequence[Profile] = ()

    def newcomer(self, topic: str) -> int:
        """The place of somebody who joins now."""
        return 1 + count(self.waiting, rivals(topic, self.crew))


def rivals(topic: str, crew: Iterable[Profile]) -> frozenset[str] | None:
    """The topics that compete for an agent with this one; None: all of them, as somebody can do everything."""
    found = {topic}
    for agent in crew:
        if not agent.topics:
            return None
        if topic in agent.topics:
            found |= agent.topics
    return frozenset(found)


def line_up(line: Iterable[tuple[str, str]], crew: Sequence[Profile]) -> Lineup:
    """The places of a queue of conversations with their topics, in its order."""
    before: Counter[str] = Counter()
    known: dict[str, frozenset[str] | None] = {}
    places: dict[str, int] = {}
    for id, topic in line:
        if topic not in known:
            known[topic] = rivals(topic, crew)
        places[id] = 1 + count(before, known[topic])
        before[topic] += 1
    return Lineup(places, before, crew)


def count(waiting: Counter[str], topics: frozenset[str] | None) -> int:
    return waiting.total() if topics is None else sum(waiting[topic] for topic in topics)


@dataclass
class Lineups:
    """The line as it is now: read anew when something has changed on the floor, once for all who ask meanwhile.

    `crew`: the agents that the line waits for.
    """

    store: Store
    crew: Crew
    _newest: Lineup = field(default_factory=lambda: Lineup({}, Counter()))
    _seen: str = ""
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def newest(self) -> Lineup:
        async with self._reading:
            changed = await self._last_change()
            if changed != self._seen:
                self._newest, self._seen = await self._read(), changed
            return self._newest

    async def _last_change(self) -> str:
        """Whatever moves in the line is told to the workspaces: the id of the last they were told."""
        last = await self.store.redis.xrevrange(self.store.keys.feed, count=1)
        return str(last[0][0]) if last else ""

    async def _read(self) -> Lineup:
        ids: list[str] = await self.store.redis.zrange(self.store.keys.queue, 0, -1)
        async with self.store.redis.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hmget(self.store.keys.conversation(id), "topic", "reason")
            found = await pipe.execute()
        topics = (topic or reason or "" for topic, reason in found)
        return line_up(zip(ids, topics, strict=True), await self._present())

    async def _present(self) -> Sequence[Profile]:
        """While the record does not answer, the line waits for those it waited for: whoever asks can still join it."""
        try:
            return await self.crew()
        except SQLAlchemyError as error:
            log.warning("the agents are not known: %s", type(error).__name__)
            return self._newest.crew
