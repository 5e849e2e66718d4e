"""Notices when Telegram was out of reach for longer than it keeps updates."""

from __future__ import annotations

import logging

from bot.clock import Clock
from bot.store.store import Store
from channels.telegram.reader import CHANNEL

log = logging.getLogger(__name__)

HOUR = 3_600_000
"""ms"""
KEPT = 24 * HOUR
"""ms that Telegram keeps an update for us: https://core.telegram.org/bots/api#getting-updates"""


class Contact:
    """The last time that updates could reach us, kept over restarts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def note(self) -> None:
        """Updates reach us now."""
        now = self._clock.now()
        before = await self._store.redis.set(self._store.keys.contact(CHANNEL), now, get=True)
        away = now - int(before or now)
        if away > KEPT:
            log.error(
                "Telegram's updates did not reach us for %.1f hours, and it keeps them for 24: "
                "what shoppers wrote before that is lost; ask them to write again",
                away / HOUR,
            )
