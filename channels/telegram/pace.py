"""The pace of what leaves: Telegram takes 30 messages a second from a bot, and one a second in each chat.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from channels.port import RetryLater

OVERALL = 30
"""Messages a second."""
GAP = 1.0
"""Seconds between two messages to one chat."""
PATIENCE = 1.2
"""Seconds a message waits here for its turn; what has to wait longer comes back later, and blocks nobody meanwhile."""
REMEMBERED = 10_000
"""Chats whose last message is remembered, before those whose turn is long past are forgotten."""


class Pace:
    """Hands out turns in the order they are asked for. `now` in seconds."""

    def __init__(
        self,
        *,
        overall: float = OVERALL,
        gap: float = GAP,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._step = 1 / overall
        self._gap = gap
        self._now = now
        self._sleep = sleep
        self._free = 0.0
        self._chats: dict[int, float] = {}

    async def turn(self, chat: int) -> None:
        """Wait until a message may leave. Raises `RetryLater` when that is not soon."""
        wait = self.wait(chat)
        if wait > PATIENCE:
            raise RetryLater(wait, "too many messages at once")
        at = self._now() + wait
        self._free = at + self._step
        self._chats[chat] = at + self._gap
        if len(self._chats) > REMEMBERED:
            self._chats = {one: free for one, free in self._chats.items() if free > self._now()}
        if wait > 0:
            await self._sleep(wait)

    def wait(self, chat: int) -> float:
        """Seconds until a message to the chat could leave."""
        return max(0.0, max(self._free, self._chats.get(chat, 0.0)) - self._now())

    def hold(self, chat: int, seconds: float) -> None:
        """Telegram asked us to leave this chat alone for a while."""
        self._chats[chat] = max(self._chats.get(chat, 0.0), self._now() + seconds)
