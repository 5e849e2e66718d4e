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
FORGET_EVERY = 10_000
"""Turns after which chats whose turn is long past are forgotten."""


LATE = 900.0
"""Seconds after which a booked turn is no longer expected to be taken; the courier comes back within ten minutes."""


class Pace:
    """Hands out turns in the order they are asked for. `now` in seconds.

    What comes back later has its turn booked meanwhile: in a rush each message comes back once, and none is overtaken.
    """

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
        self._turns = 0
        self._chats: dict[int, float] = {}
        self._booked: dict[int, float] = {}

    async def turn(self, chat: int) -> None:
        """Wait until a message may leave. Raises `RetryLater` when that is not soon."""
        now = self._now()
        overall = self._booked.get(chat) or self._book(now)
        wait = max(now, overall, self._chats.get(chat, 0.0)) - now
        if wait > PATIENCE:
            self._booked[chat] = overall
            raise RetryLater(wait, "too many messages at once")
        self._booked.pop(chat, None)
        self._chats[chat] = now + wait + self._gap
        self._forget(now)
        if wait > 0:
            await self._sleep(wait)

    def wait(self, chat: int) -> float:
        """Seconds until a message to the chat could leave."""
        return max(0.0, max(self._free, self._chats.get(chat, 0.0)) - self._now())

    def hold(self, chat: int, seconds: float) -> None:
        """Telegram asked us to leave this chat alone for a while."""
        self._chats[chat] = max(self._chats.get(chat, 0.0), self._now() + seconds)

    def _book(self, now: float) -> float:
        at = max(now, self._free)
        self._free = at + self._step
        return at

    def _forget(self, now: float) -> None:
        """Chats whose turn is long past, now and then; a turn that was booked and never taken is one of them."""
        self._turns += 1
        if self._turns % FORGET_EVERY == 0:
            self._chats = {chat: free for chat, free in self._chats.items() if free > now}
            self._booked = {chat: at for chat, at in self._booked.items() if at > now - LATE}
