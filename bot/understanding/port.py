"""The port between the bot and whatever understands messages for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.understanding.entities import Entity

__all__ = ["Entity", "Understander", "Understanding", "UnderstandingFailed"]


@dataclass(frozen=True)
class Understanding:
    """What one message means; `answered` is false where the bot should ask or hand over instead of acting."""

    text: str
    intent: str
    confidence: float
    answered: bool
    entities: tuple[Entity, ...]
    alternatives: tuple[tuple[str, float], ...]  # runner-up intents with their confidences, best first


class UnderstandingFailed(Exception):
    """No understanding in time, or none at all; the shopper gets a human."""


class Understander(Protocol):
    """Understands one message at a time, in a bounded time."""

    async def understand(self, text: str) -> Understanding:
        """Never blocks the event loop; raises UnderstandingFailed after its deadline or on an error."""
        ...
