"""What a channel is: its traits as data, how it sends, and the few ways sending can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from fastapi import APIRouter

from bot.inbox import Inbox
from bot.messages import Attachment, Content


@dataclass(frozen=True)
class Traits:
    """What a channel can show. `max_text` in UTF-16 units; `buttons`: how many it shows, 0 for none.

    `max_bytes`: of a text in UTF-8, where that is what the channel counts; `attachments`: it takes pictures, sounds,
    films and files; `link` makes the address of a medium, where it takes none; `counted`: it takes only so many
    messages until the shopper writes again; `passive_only`: nothing can be sent through it, only carried by the
    requests it makes.
    """

    name: str
    buttons: int
    cards: bool
    max_text: int
    max_bytes: int | None = None
    attachments: bool = False
    counted: bool = False
    passive_only: bool = False
    link: Callable[[str], str] | None = None

    @property
    def limit(self) -> int:
        """How large a text may be, in what `size` counts."""
        return self.max_bytes or self.max_text

    def size(self, text: str) -> int:
        if self.max_bytes:
            return len(text.encode("utf-8", "replace"))
        return len(text.encode("utf-16-le", "replace")) // 2


@dataclass(frozen=True)
class Fetched:
    """A medium as a channel gave it; `type` is its MIME type, where the channel says one."""

    content: bytes
    type: str | None = None
    name: str | None = None


class Channel(Protocol):
    """A channel the courier sends through."""

    @property
    def traits(self) -> Traits: ...

    async def send(self, identity: str, content: Content) -> None:
        """Send one message, already degraded to the traits. Raises a `DeliveryError`.

        It has text (with buttons and card, as the traits allow) or exactly one attachment, whose bytes are in the
        `Media` the channel was made with.
        """
        ...


class WebhookChannel(Channel, Protocol):
    """A channel that is called over HTTP when a shopper writes: all a desk needs of one (docs/channels.md)."""

    def routes(self, inbox: Inbox) -> APIRouter:
        """What the channel's service calls. A call is answered once `inbox` has what it brought."""
        ...


@runtime_checkable
class Notifier(Protocol):
    """A channel that can tell a shopper of words that it takes no more."""

    async def notify(self, identity: str, text: str, at: int) -> bool:
        """Say that `text`, said at `at` (ms), waits; False where the shop has set up no such notice.

        Raises a `DeliveryError`.
        """
        ...


@runtime_checkable
class Refreshing(Protocol):
    """A channel that can put its newest question in new words."""

    async def refresh(self, identity: str, content: Content) -> None:
        """Nothing happens where that question is another one. Raises a `DeliveryError`."""
        ...


@runtime_checkable
class ShowsTyping(Protocol):
    """A channel that can show that somebody types."""

    async def show_typing(self, identity: str) -> None:
        """For some 5 s, or until the next message. What stands against it is let be: nothing is raised."""
        ...


@runtime_checkable
class Source(Protocol):
    """A channel that media come from."""

    async def fetch(self, attachment: Attachment) -> Fetched:
        """The bytes of what a shopper sent, by `attachment.source`. Raises a `DeliveryError`: `Rejected` for ever."""
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


class WindowClosed(DeliveryError):
    """The channel takes nothing more until the shopper writes again: it was too long ago."""


class QuotaSpent(DeliveryError):
    """The channel takes nothing more until the shopper writes again: we have said as much as we may."""


class NoRight(DeliveryError):
    """The channel's account may not do this at all."""
