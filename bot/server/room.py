"""Whether there is room for new conversations: a store without disk or memory stops, so new ones are refused before."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from redis.exceptions import RedisError

from bot.store.store import Store

log = logging.getLogger(__name__)

FREE_DISK = 500 * 1024 * 1024
"""Bytes; below it new conversations are refused."""
FULL_MEMORY = 0.7
"""Share of the store's memory limit (the machine's memory, where it has none) above which they are refused too."""
LOOK_EVERY = 5.0


class Room:
    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._there = True

    def is_there(self) -> bool:
        return self._there

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look every few seconds until the block ends."""
        await self.look()
        task = asyncio.create_task(self._look_for_ever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def look(self) -> None:
        """Measure, and raise an alarm in the log when the answer changes."""
        there = shutil.disk_usage(self._folder).free >= FREE_DISK and await self._memory_used() <= FULL_MEMORY
        if there != self._there:
            log.log(logging.INFO if there else logging.CRITICAL, "room for new conversations: %s", there)
        self._there = there

    async def _memory_used(self) -> float:
        known = await self._store.redis.info("memory")
        limit = int(known.get("maxmemory") or 0) or psutil.virtual_memory().total
        return int(known["used_memory"]) / limit

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except (RedisError, OSError) as error:
                log.warning("cannot measure the room left: %s", type(error).__name__)
