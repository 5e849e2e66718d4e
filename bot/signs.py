"""Signs that an agent is typing, on channels that can show one; a page of ours hears them from the wire itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from redis.exceptions import RedisError

from bot.store.store import Store
from bot.wire import EVERYTHING, Typing, Wire
from channels.port import ShowsTyping

log = logging.getLogger(__name__)

LASTS = 5
"""Seconds a sign is seen, on all channels: no more than one is sent within, by all processes together."""


class Signs:
    """`channels`: those that can show one, by name."""

    def __init__(self, store: Store, wire: Wire, channels: Mapping[str, ShowsTyping]) -> None:
        self._store = store
        self._wire = wire
        self._channels = channels

    async def show_for_ever(self) -> None:
        with self._wire.follow(EVERYTHING) as listener:
            while True:
                match await listener.get():
                    case Typing(conversation, "agent"):
                        await self._try(conversation)

    async def _try(self, id: str) -> None:
        """Late, a sign is of no use, and the next one is not far."""
        try:
            async with asyncio.timeout(LASTS):
                await self._show(id)
        except (RedisError, OSError) as error:  # a TimeoutError is an OSError
            log.info("a typing sign is left out: %s", type(error).__name__)

    async def _show(self, id: str) -> None:
        conversation = await self._store.conversation(id)
        channel = self._channels.get(conversation.channel)
        if channel and await self._store.count(f"typing:{id}", LASTS) == 1:
            await channel.show_typing(conversation.identity)
