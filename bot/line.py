"""Keeps the place in line fresh on channels that can change what they have sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from uuid import uuid4

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.store.store import Store
from bot.wire import LINE, Wire
from channels.port import DeliveryError, Refreshing
from handoff.intake import Intake

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two rounds: whoever waits need not see every step."""
MOST = 100
"""Shoppers at the head of the line who are told; further back the number is only a hint."""
ROUND = 60
"""Seconds that one process has the round to itself."""


class Line:
    """`channels`: those that can refresh, by name."""

    def __init__(self, store: Store, wire: Wire, intake: Intake, channels: Mapping[str, Refreshing]) -> None:
        self._store = store
        self._wire = wire
        self._intake = intake
        self._channels = channels

    async def refresh_for_ever(self) -> None:
        """A round each time the line has moved, and not more often than it takes."""
        with self._wire.follow(LINE) as listener:
            while True:
                await listener.get()
                while not listener.empty():
                    listener.get_nowait()
                try:
                    await self._take_round()
                except (RedisError, SQLAlchemyError, OSError) as error:
                    log.warning("places in line are not refreshed: %s", type(error).__name__)
                await asyncio.sleep(PAUSE)

    async def _take_round(self) -> None:
        """Of all processes, one."""
        redis, key, mine = self._store.redis, self._store.keys.line, uuid4().hex
        if not await redis.set(key, mine, nx=True, ex=ROUND):
            return
        try:
            await self.refresh()
        finally:
            if await redis.get(key) == mine:
                await redis.delete(key)

    async def refresh(self) -> None:
        """Tell everyone at the head of the line where they are now."""
        waiting = await self._store.redis.zrange(self._store.keys.queue, 0, MOST - 1)
        for id in waiting:
            conversation = await self._store.conversation(id)
            channel = self._channels.get(conversation.channel)
            if channel is None:
                continue
            content = await self._intake.waiting(conversation)
            try:
                await channel.refresh(conversation.identity, content)
            except DeliveryError as error:
                log.info("a place in line is not refreshed: %s", error)
