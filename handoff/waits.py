"""Remembers the latest waits of each skill, for the estimate of the next one."""

from __future__ import annotations

import json

from bot.clock import Clock
from bot.store.store import Store
from handoff.broker import Waited
from handoff.estimate import RECENT, Wait
from handoff.rulebook import Rulebook

FRESH = 5_000
"""ms that what was read is good for: everybody who waits asks at once when the line moves."""
KEPT = 50
"""Waits of a skill that are remembered: the latest say most."""


class Waits:
    def __init__(self, store: Store, clock: Clock, book: Rulebook) -> None:
        self._store = store
        self._clock = clock
        self._book = book
        self._read: dict[str, tuple[int, list[Wait]]] = {}

    async def note(self, waited: Waited) -> None:
        """Remember how long a conversation waited that has just found its agent.

        One that came back to the queue, or began while closed, says nothing about the line.
        """
        skill, since, place = waited.skill, waited.since, waited.place
        if place is None or since is None or self._book.rules.counted_from(skill, since) != since:
            return
        key, now = self._store.keys.waits(skill), self._clock.now()
        async with self._store.redis.pipeline(transaction=True) as pipe:
            pipe.lpush(key, json.dumps([now, max(0, now - since), place]))
            pipe.ltrim(key, 0, KEPT - 1)
            pipe.pexpire(key, RECENT)
            await pipe.execute()
        self._read.pop(skill, None)

    async def latest(self, skill: str | None) -> list[Wait]:
        """At most KEPT, newest first; some FRESH old."""
        name, now = skill or "", self._clock.now()
        at, known = self._read.get(name, (0, []))
        if not at <= now < at + FRESH:
            found = await self._store.redis.lrange(self._store.keys.waits(name), 0, KEPT - 1)
            known = [Wait(*json.loads(wait)) for wait in found]
            self._read[name] = now, known
        return known
