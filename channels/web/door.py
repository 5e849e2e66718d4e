"""What the web channel needs from the rest, and what socket and long poll both do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from bot.inbox import Inbox, Received, ShopFull
from bot.log import ConversationLog
from bot.messages import Audience, Card, Entry, Inbound, Language, State
from bot.store.keys import conversation_id
from bot.store.store import Store
from bot.wire import Wire
from channels.web.frames import PAGE, Problem, Say, SayRequest, check_words, state_frame
from channels.web.media import MediaPaths
from channels.web.visitors import Visitors

CHANNEL = "web"


@dataclass(frozen=True)
class Door:
    """`product_card` makes a card of a page's product id in a language; None if the shop has no such product."""

    store: Store
    inbox: Inbox
    log: ConversationLog
    wire: Wire
    visitors: Visitors
    product_card: Callable[[str, Language], Awaitable[Card | None]]
    paths: MediaPaths

    def conversation(self, token: str) -> tuple[str, str]:
        """Visitor and conversation of a token. Raises `Problem` (`bad_token`)."""
        visitor = self.visitors.check(token)
        if visitor is None:
            raise Problem("bad_token", "The visitor token is not ours; ask for a new one.")
        return visitor, conversation_id(self.store.keys.desk, CHANNEL, visitor)

    async def say(
        self, visitor: str, language: Language | None, say: Say | SayRequest, *, shows_typing: bool
    ) -> Received:
        """Take a shopper's message in. Raises `Problem`."""
        content = check_words(say)
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
        except RedisError:
            raise Problem("unavailable", "The message could not be kept; please send it again.", say.id) from None

    async def newest(self, conversation: str, after: int) -> tuple[list[Entry], bool]:
        """The newest entries after `after`, and whether older ones were left out."""
        found = await self.log.before(conversation, None, PAGE + 1, Audience.ALL)
        fresh = [entry for entry in found if entry.seq > after]
        return fresh[-PAGE:], len(fresh) > PAGE

    async def older(self, conversation: str, before: int) -> dict[str, Any]:
        found = await self.log.before(conversation, before, PAGE + 1, Audience.ALL)
        shown = found[-PAGE:]
        return {"type": "history", "entries": [self.paths.shown(entry) for entry in shown], "more": len(found) > PAGE}

    async def state(self, conversation: str) -> dict[str, Any]:
        known = await self.store.conversation(conversation)
        place = await self.store.place(conversation) if known.state is State.QUEUED else None
        return state_frame(known, place)
