"""Bounds at the web door: how often, and from which sites."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.store.store import Store
from channels.web.frames import Problem

LIMITS = {"visitor": (600, 300), "say": (60, 10), "media": (30, 300)}
"""What -> (how often, within how many seconds)."""


class Limits:
    """Counts in the store, so that they hold over all processes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def check(self, what: str, who: str) -> None:
        """Raises `Problem` (`too_many`)."""
        most, seconds = LIMITS[what]
        if await self._store.count(f"{what}:{who}", seconds) > most:
            raise Problem("too_many", "Too many requests; please wait a moment.")


def allowed_origin(headers: Mapping[str, str], origins: frozenset[str]) -> bool:
    """Whether a page may talk to us: our own and the configured sites' may; other programs send no Origin."""
    origin = headers.get("origin")
    if origin is None or origin in origins:
        return True
    return urlsplit(origin).netloc == headers.get("host")
