"""Mentions: notes that name a colleague stay on that colleague's list until the conversation is opened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.clock import Clock
from bot.messages import Model
from bot.store.store import Store
from bot.wire import Wire
from handoff.broker import Agent

MOST = 100
"""Mentions kept for an agent; the oldest make room."""
LENGTH = 120


class Mention(Model):
    """Who named the agent where, the beginning of the note, and when (ms)."""

    conversation: str
    by: str
    text: str
    at: int


def named_in(text: str, colleagues: Sequence[Agent]) -> list[Agent]:
    """The colleagues whose names stand behind an @; of names that begin alike the longest counts."""
    if not colleagues:
        return []
    longest_first = sorted(colleagues, key=lambda agent: len(agent.name), reverse=True)
    pattern = "|".join(re.escape(agent.name.casefold()) for agent in longest_first)
    found = set(re.findall(f"@({pattern})", text.casefold()))
    return [agent for agent in colleagues if agent.name.casefold() in found]


class Mentions:
    """One list an agent, in the store."""

    def __init__(self, store: Store, clock: Clock, wire: Wire) -> None:
        self._store = store
        self._clock = clock
        self._wire = wire

    async def add(self, conversation: str, by: Agent, text: str, agents: Iterable[Agent]) -> None:
        """Put a note on the lists of those it names."""
        mention = Mention(conversation=conversation, by=by.name, text=text[:LENGTH], at=self._clock.now())
        for agent in agents:
            key = self._store.keys.mentions(agent.id)
            await self._store.redis.hset(key, conversation, mention.model_dump_json())
            await self._make_room(agent.id)
            await self._wire.mentioned(agent.id)

    async def of(self, agent: str) -> list[Mention]:
        """Mentions that the agent has not looked at, the newest first."""
        kept: list[str] = await self._store.redis.hvals(self._store.keys.mentions(agent))
        return sorted(map(Mention.model_validate_json, kept), key=lambda mention: mention.at, reverse=True)

    async def see(self, agent: str, conversation: str) -> None:
        """The agent has looked at a conversation."""
        if await self._store.redis.hdel(self._store.keys.mentions(agent), conversation):
            await self._wire.mentioned(agent)

    async def _make_room(self, agent: str) -> None:
        old = (await self.of(agent))[MOST:]
        if old:
            await self._store.redis.hdel(self._store.keys.mentions(agent), *(mention.conversation for mention in old))
