"""What a channel is: its traits as data, how it sends, and the few ways sending can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.messages import Content


@dataclass(frozen=True)
class Traits:
    """What a channel can show. `max_text` in characters; `buttons`: how many it shows, 0 for none."""

    name: str
    buttons: int
    cards: bool
    max_text: int


class Channel(Protocol):
    """A channel the courier sends through."""

    @property
    def traits(self) -> Traits: ...

    async def send(self, identity: str, content: Content) -> None:
        """Send one message, already degraded to the traits. Raises a `DeliveryError`."""
        ...


class DeliveryError(Exception):
    """Sending did not succeed; the subclass says what to do next."""


class RetryLater(DeliveryError):
    """Proven not sent; worth another try after `after` seconds."""

    def __init__(self, after: float, why: str) -> None:
        super().__init__(why)
        self.after = after


class Ambiguous(DeliveryError):
    """The answer was lost: it may have been sent."""


class Unreachable(DeliveryError):
    """The shopper has blocked us or is gone: a state of the identity."""


class Rejected(DeliveryError):
    """The channel will never take this message."""
