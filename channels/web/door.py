"""What the web channel needs from the rest, and what socket and long poll both do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from bot.inbox import Inbox, NotTaken, Received, ShopFull
from bot.joins import Joins
from bot.log import ConversationLog
from bot.messages import Attachment, Audience, Card, Conversation, Entry, Inbound, Language
from bot.store.keys import conversation_id
from bot.store.store import Store
from bot.uploads import UploadRefused, Uploads
from bot.wire import Wire
from channels.web.frames import PAGE, Problem, Say, SayRequest, Standing, check_words, state_frame
from channels.web.media import MediaPaths
from channels.web.visitors import Visitors

CHANNEL = "web"


@dataclass(frozen=True)
class Thread:
    """A conversation as one of its shopper's pages may show it: what follows `since`."""

    id: str
    since: int = 0

    def after(self, after: int, conversation: str | None) -> int:
        """The last `seq` that a page has of this thread: it may have seen another one before."""
        return max(after, self.since) if conversation in (None, self.id) else self.since


@dataclass(frozen=True)
class Door:
    """`product_card` makes a card of a page's product id in a language; None if the shop has no such product.

    `standing_of`: where a conversation stands that waits for a human; None of any other.
    """

    store: Store
    inbox: Inbox
    log: ConversationLog
    wire: Wire
    visitors: Visitors
    product_card: Callable[[str, Language], Awaitable[Card | None]]
    paths: MediaPaths
    joins: Joins
    uploads: Uploads
    standing_of: Callable[[Conversation], Awaitable[Standing | None]]

    def conversation(self, token: str) -> tuple[str, str]:
        """Visitor and own conversation of a token. Raises `Problem` (`bad_token`)."""
        visitor = self.visitors.check(token)
        if visitor is None:
            raise Problem("bad_token", "The visitor token is not ours; ask for a new one.")
        return visitor, conversation_id(self.store.keys.desk, CHANNEL, visitor)

    async def say(
        self, visitor: str, language: Language | None, say: Say | SayRequest, *, shows_typing: bool
    ) -> Received:
        """Take a shopper's message in. Raises `Problem`."""
        content = check_words(say, await self._attached(visitor, say))
        if say.product:
            card = await self.product_card(say.product, language or "zh-Hans")
            content = content.model_copy(update={"card": card})
        message = Inbound(
            channel=CHANNEL,
            identity=visitor,
            external_id=say.id,
            content=content,
            language=language,
            shows_typing=shows_typing,
        )
        try:
            return await self.inbox.receive(message)
        except ShopFull:
            raise Problem(
                "full", "The shop cannot take new conversations right now; please try later.", say.id
            ) from None
        except NotTaken as refusal:
            raise Problem("refused", str(refusal), say.id) from None
        except RedisError:
            raise Problem("unavailable", "The message could not be kept; please send it again.", say.id) from None

    async def _attached(self, visitor: str, say: Say | SayRequest) -> tuple[Attachment, ...]:
        try:
            return await self.uploads.find(visitor, say.content.attachments)
        except UploadRefused as refusal:
            raise Problem(refusal.code, str(refusal), say.id) from None

    async def thread(self, home: str) -> Thread:
        """Where an own conversation goes on, and what of that its page may show."""
        own = await self.store.conversation(home)
        return Thread(own.joined, own.joined_after) if own.joined else Thread(home)

    async def newest(self, thread: Thread, after: int) -> tuple[list[Entry], bool]:
        """The newest entries after `after`, and whether older ones were left out."""
        found = await self.log.before(thread.id, None, PAGE + 1, Audience.ALL)
        fresh = [entry for entry in found if entry.seq > max(after, thread.since)]
        return fresh[-PAGE:], len(fresh) > PAGE

    async def older(self, thread: Thread, before: int) -> dict[str, Any]:
        found = await self.log.before(thread.id, before, PAGE + 1, Audience.ALL)
        known = [entry for entry in found if entry.seq > thread.since]
        shown = [self.paths.shown(entry) for entry in known[-PAGE:]]
        return {"type": "history", "entries": shown, "more": len(known) > PAGE}

    async def state(self, thread: Thread) -> dict[str, Any]:
        known = await self.store.conversation(thread.id)
        standing = await self.standing_of(known)
        return state_frame(known, standing, await self.joins.linked(known))
