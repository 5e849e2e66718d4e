"""The desk's time: this machine's clock, corrected by the store's, so that all processes agree on deadlines."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from bot.store.store import Store


class Clock:
    """`now()` is ms since the epoch in the store's time."""

    def __init__(self, read: Callable[[], float] = time.time) -> None:
        self._read = read
        self._ahead = 0

    def now(self) -> int:
        return int(self._read() * 1000) + self._ahead

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now() / 1000, UTC)

    async def synchronise(self, store: Store) -> None:
        """Measure how far the store's clock is ahead, in ms, with half the round trip taken off."""
        before = self._read()
        theirs = await store.now()
        after = self._read()
        self._ahead = theirs - int((before + after) / 2 * 1000)
