"""Which agents are here, and which of them take a chat: a workspace that beats is an agent online, unless away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.clock import Clock
from bot.store.store import Store

GONE_AFTER = 30_000
"""ms without a heartbeat (one every 4 s) after which an agent counts as gone."""
DEAD_AFTER = 90_000
"""ms without a heartbeat after which an agent's chats go back to the queue: time enough to start a computer again."""


class Status(StrEnum):
    AVAILABLE = "available"
    AWAY = "away"
    """keeps what they have, and is given nothing"""
    GONE = "gone"


class Away(StrEnum):
    """Why somebody is away."""

    SELF = "self"
    MISSED = "missed"
    """let chats pass without a word"""


@dataclass(frozen=True)
class Availability:
    """How an agent stands with the dispatcher: `given`: ms of the last chat they were given or asked to take.

    `wraps`: ms until which they sum up a chat they have ended.
    """

    away: Away | None = None
    offer: str | None = None
    given: int = 0
    wraps: int = 0

    def takes(self, now: int) -> bool:
        """Whether new chats may be given."""
        return not self.away and self.wraps <= now


class Presence:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def beat(self, agent: str) -> bool:
        """Note that the agent is here. True if that is news."""
        keys, now = self._store.keys, self._clock.now()
        async with self._store.redis.pipeline(transaction=True) as pipe:
            pipe.zscore(keys.presence, agent)
            pipe.zadd(keys.presence, {agent: now})
            pipe.zadd(keys.due, {f"agent:{agent}": now + DEAD_AFTER})
            before, *_ = await pipe.execute()
        return before is None or before < now - GONE_AFTER

    async def leave(self, agent: str) -> None:
        await self._store.redis.zrem(self._store.keys.presence, agent)

    async def wait_for_all(self) -> None:
        """Nobody could beat while the desk was down: give every workspace its time anew."""
        due, later = self._store.keys.due, self._clock.now() + DEAD_AFTER
        async for member, _ in self._store.redis.zscan_iter(due, match="agent:*"):
            await self._store.redis.zadd(due, {member: later}, xx=True, gt=True)

    async def online(self) -> list[str]:
        """Agents who are here now, away or not."""
        since = self._clock.now() - GONE_AFTER
        found: list[str] = await self._store.redis.zrangebyscore(self._store.keys.presence, since, "+inf")
        return found

    async def rest(self, agent: str) -> None:
        """From now on the agent is away, by own wish."""
        await self._store.redis.hset(self._store.keys.agents, f"away:{agent}", Away.SELF)

    async def resume(self, agent: str) -> None:
        """The agent takes chats again; what was missed before is forgotten."""
        await self._store.redis.hdel(self._store.keys.agents, f"away:{agent}", f"missed:{agent}")

    async def availabilities(self) -> Mapping[str, Availability]:
        """Of every agent of whom something is known."""
        fields = await self._store.redis.hgetall(self._store.keys.agents)
        known: dict[str, dict[str, str]] = {}
        for field, value in fields.items():
            what, agent = field.split(":", 1)
            known.setdefault(agent, {})[what] = value
        return {agent: _availability(values) for agent, values in known.items()}


def _availability(values: Mapping[str, str]) -> Availability:
    away = values.get("away")
    return Availability(
        Away(away) if away else None, values.get("offer"), int(values.get("given", 0)), int(values.get("wraps", 0))
    )


def status_of(agent: str, online: frozenset[str], availability: Availability) -> Status:
    if agent not in online:
        return Status.GONE
    return Status.AWAY if availability.away else Status.AVAILABLE
