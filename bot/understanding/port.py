"""The port between the bot and whatever understands messages for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.understanding.entities import Entity

__all__ = ["Entity", "IntentSpan", "Understander", "Understanding", "UnderstandingFailed"]


@dataclass(frozen=True)
class IntentSpan:
    """One thing a message means, and where it says so: [start, end) of the message as typed."""

    name: str
    confidence: float
    start: int
    end: int


@dataclass(frozen=True)
class Understanding:
    """What one message means; `answered` is false where the bot should ask or hand over instead of acting.

    `intents` are the things it means in their order, at most three; where it means one thing, that spans the whole
    message. Of several, each is sure enough to act on, and `intent` is one of them: a task where there is one.
    """

    text: str
    intent: str
    confidence: float
    answered: bool
    entities: tuple[Entity, ...]
    alternatives: tuple[tuple[str, float], ...]  # runner-up intents with their confidences, best first
    intents: tuple[IntentSpan, ...] = ()

    def __post_init__(self) -> None:
        if not self.intents:
            only = IntentSpan(self.intent, self.confidence, 0, len(self.text))
            object.__setattr__(self, "intents", (only,))


class UnderstandingFailed(Exception):
    """No understanding in time, or none at all; the shopper gets a human."""


class Understander(Protocol):
    """Understands one message at a time, in a bounded time."""

    async def understand(self, text: str) -> Understanding:
        """Never blocks the event loop; raises UnderstandingFailed after its deadline or on an error."""
        ...
