"""Which agents are here: a workspace that beats is an agent online."""

from __future__ import annotations

from bot.clock import Clock
from bot.store.store import Store

GONE_AFTER = 30_000
"""ms without a heartbeat (one every 10 s) after which an agent counts as gone."""


class Presence:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def beat(self, agent: str) -> bool:
        """Note that the agent is here. True if that is news."""
        key, now = self._store.keys.presence, self._clock.now()
        before = await self._store.redis.zscore(key, agent)
        await self._store.redis.zadd(key, {agent: now})
        return before is None or before < now - GONE_AFTER

    async def leave(self, agent: str) -> None:
        await self._store.redis.zrem(self._store.keys.presence, agent)

    async def online(self) -> list[str]:
        """Agents who are here now."""
        since = self._clock.now() - GONE_AFTER
        found: list[str] = await self._store.redis.zrangebyscore(self._store.keys.presence, since, "+inf")
        return found
