"""The inbox: makes a shopper's message durable and known once, before the channel is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.messages import Author, Content, Inbound
from bot.store.keys import MESSAGE_TTL, conversation_id
from bot.store.store import Store, new_entry

BURST = 1_500
"""ms a fragment waits at most for what follows it."""
PAUSE = 500
"""ms it waits where we would hear the shopper type on, and do not."""


@dataclass(frozen=True)
class Received:
    """The message is in the log at `seq`; the same for the same `external_id`, however often it comes."""

    conversation: str
    seq: int


class ShopFull(Exception):
    """The store is short of memory or disk: open conversations go on, new ones are refused."""


class Inbox:
    """`is_fragment` tells whether a message waits for more; `has_room` whether new conversations are welcome."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        is_fragment: Callable[[Content], bool],
        has_room: Callable[[], bool],
        archive_after: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._is_fragment = is_fragment
        self._has_room = has_room
        self._archive_after = archive_after

    async def receive(self, message: Inbound) -> Received:
        """Raises `ShopFull` for a new conversation when there is no room."""
        id = conversation_id(self._store.keys.desk, message.channel, message.identity)
        now = self._clock.now()
        entry = new_entry(Author.SHOPPER, message.content, external_id=message.external_id)
        result = await self._store.run(
            "receive",
            id,
            f"{id}:{message.external_id}",
            ttl=MESSAGE_TTL,
            now=now,
            turn_at=now + self._wait(message),
            archive_at=now + self._archive_after,
            channel=message.channel,
            identity=message.identity,
            name=message.name,
            language=message.language,
            entries=[entry],
            full=None if self._has_room() else True,
        )
        if "refused" in result:
            raise ShopFull
        return Received(id, int(result["seq"]))

    async def hold(self, conversation: str) -> None:
        """The shopper types on: a fragment that waits for more waits as long as it may."""
        await self._store.run("hold", conversation, "", now=self._clock.now(), burst=BURST)

    def _wait(self, message: Inbound) -> int:
        if not self._is_fragment(message.content):
            return 0
        return PAUSE if message.shows_typing else BURST
