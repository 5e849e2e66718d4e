"""Who wants to hear of what: conversations by the order they have proven, or by the product they wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from bot.messages import Conversation
from bot.store.store import Store

KEPT = 30 * 86_400
"""Seconds an order is followed after it was last spoken of."""


class Followers:
    """What is followed is a word: `order:<number>` or `product:<id>`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, conversation: Conversation, slots: Mapping[str, JsonValue] | None) -> None:
        """Keep what a turn has begun to follow, before the turn is said to be done: twice is as good as once."""
        if slots is None:
            return
        begun = _words(slots) - _words(conversation.slots)
        if slots.get("muted") and not conversation.slots.get("muted"):
            await self.mute(conversation.id)
        elif begun:
            await self.follow(conversation.id, sorted(begun))

    async def follow(self, conversation: str, words: Iterable[str]) -> None:
        keys = self._store.keys
        async with self._store.redis.pipeline(transaction=True) as pipe:
            pipe.srem(keys.muted, conversation)
            for word in words:
                pipe.sadd(keys.followers(word), conversation)
                pipe.expire(keys.followers(word), KEPT)
            await pipe.execute()

    async def mute(self, conversation: str) -> None:
        """Tell it nothing until it follows something anew."""
        await self._store.redis.sadd(self._store.keys.muted, conversation)

    async def is_muted(self, conversation: str) -> bool:
        return bool(await self._store.redis.sismember(self._store.keys.muted, conversation))

    async def of(self, word: str) -> Sequence[str]:
        """The conversations that follow something, in a fixed order."""
        return sorted(await self._store.redis.smembers(self._store.keys.followers(word)))


def _words(slots: Mapping[str, JsonValue]) -> set[str]:
    found = slots.get("followed")
    return {str(word) for word in found} if isinstance(found, list) else set()
