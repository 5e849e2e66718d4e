"""The inbox: makes what comes from a shopper durable and known once, before the channel is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from bot.albums import Album
from bot.clock import Clock
from bot.messages import Audience, Author, Content, Grant, Inbound, Language
from bot.store.keys import MESSAGE_TTL, conversation_id
from bot.store.store import Store, new_entry

BURST = 1_500
"""ms a fragment waits at most for what follows it."""
UNHEARD = 800
"""ms it waits where we never hear the shopper type on: a passive reply of WeChat's leaves within a second then."""
PAUSE = 400
"""ms it waits where we would hear the shopper type on, and do not."""
REACHABLE = {"blocked": "0", "unfollowed": "0", "unblocked": "1", "followed": "1"}
"""Events after which the identity can be written to (`1`), or not (`0`)."""


FULL = "店铺暂时无法接待新的会话，请稍后再来。\nThe shop cannot take new conversations right now; please try later."


VISIT = 86_400_000
"""ms of quiet after which a shopper who writes has come anew."""
WOKEN = new_entry(
    Author.SYSTEM, Content(), kind="event", audience=Audience.AGENTS, data={"event": "woken", "why": "shopper"}
)
"""What agents read where a chat that was put aside is at hand again, because its shopper writes."""


@dataclass(frozen=True)
class Received:
    """It is in the log of `conversation` at `seq`; the same for the same `external_id`, however often it comes."""

    conversation: str
    seq: int


class NotTaken(Exception):
    """A message is not kept; the error's text tells the shopper why."""


class ShopFull(NotTaken):
    """The store is short of memory or disk: open conversations go on, new ones are refused."""

    def __init__(self) -> None:
        super().__init__(FULL)


class Aside(Protocol):
    """What is about the conversation and not for the bot: it carries out such a message, or returns None."""

    async def hear(self, message: Inbound, waits: int | None = None) -> Received | None:
        """Raises `NotTaken`."""
        ...


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
        aside: Aside | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._is_fragment = is_fragment
        self._has_room = has_room
        self._archive_after = archive_after
        self._aside = aside

    async def receive(self, message: Inbound, *, waits: int | None = None) -> Received:
        """`waits`: ms a request of the channel stays open for the answer, known by the message's `external_id`.

        Raises `NotTaken`: `ShopFull` for a new conversation when there is no room, and what the aside raises.
        """
        if self._aside and (received := await self._aside.hear(message, waits)):
            return received
        id = conversation_id(self._store.keys.desk, message.channel, message.identity)
        while True:
            version = await self._version(id, message)
            content = version.pop("content")
            entry = new_entry(Author.SHOPPER, content, external_id=message.external_id)
            result = await self._run(
                id,
                message.external_id,
                channel=message.channel,
                identity=message.identity,
                name=message.name,
                language=message.language,
                entries=[entry],
                turn_at=self._clock.now() + self._wait(message),
                fetch=any(one.source for one in content.attachments) or None,
                reachable="1",
                grant=message.grant.model_dump() if message.grant else None,
                passive=message.external_id if waits else None,
                passive_until=self._clock.now() + waits if waits else None,
                woken=WOKEN,
                visit=VISIT,
                **version,
            )
            if "stale" not in result:
                return Received(result.get("thread", id), int(result["seq"]))

    async def note(
        self,
        channel: str,
        identity: str,
        event: str,
        external_id: str,
        *,
        name: str | None = None,
        language: Language | None = None,
        grant: Grant | None = None,
    ) -> Received:
        """Keep for the agents what happened to an identity and is nothing said: once per `external_id`.

        Raises `ShopFull` as `receive` does.
        """
        id = conversation_id(self._store.keys.desk, channel, identity)
        entry = new_entry(
            Author.SYSTEM,
            Content(),
            kind="event",
            audience=Audience.AGENTS,
            data={"event": event},
            external_id=external_id,
        )
        result = await self._run(
            id,
            external_id,
            channel=channel,
            identity=identity,
            name=name,
            language=language,
            entries=[entry],
            event=True,
            reachable=REACHABLE.get(event),
            grant=grant.model_dump() if grant else None,
        )
        return Received(result.get("thread", id), int(result["seq"]))

    async def greet(
        self, channel: str, identity: str, greeting: Content, external_id: str, *, waits: int | None = None
    ) -> Received:
        """Say the first words to somebody who has come and said nothing yet, once per `external_id`: the bot is not
        asked, so no human is either. Who talks to humans is not greeted.

        For channels whose messages the courier sends; `waits` as in `receive`. Raises `ShopFull` as `receive` does.
        """
        id = conversation_id(self._store.keys.desk, channel, identity)
        result = await self._run(
            id,
            external_id,
            channel=channel,
            identity=identity,
            entries=[new_entry(Author.BOT, greeting)],
            event=True,
            greeting=True,
            couriered=[channel],
            passive=external_id if waits else None,
            passive_until=self._clock.now() + waits if waits else None,
        )
        return Received(result.get("thread", id), int(result["seq"]))

    async def _run(
        self, id: str, external_id: str, *, edits: str | None = None, album_key: str | None = None, **args: Any
    ) -> dict[str, Any]:
        """Append to the thread that the identity `id` is joined to: the script knows when it is another one now."""
        keys, now, result = self._store.keys, self._clock.now(), {"moved": id}
        while "moved" in result:
            result = await self._store.run(
                "receive",
                result["moved"],
                f"{id}:{external_id}",
                ttl=MESSAGE_TTL,
                more_keys=[
                    keys.command(f"{id}:{edits or external_id}"),
                    album_key or keys.album(id, ""),
                    keys.conversation(id),
                ],
                home=id,
                now=now,
                archive_at=now + self._archive_after,
                full=None if self._has_room() else True,
                edits=True if edits else None,
                **args,
            )
        if "refused" in result:
            raise ShopFull
        return result

    async def _version(self, id: str, message: Inbound) -> dict[str, Any]:
        """The content to keep, and what the script must know of the messages it is a version of."""
        if not message.album:
            return {"content": message.content, "edits": message.edits}
        key = self._store.keys.album(id, message.album)
        before: str | None = await self._store.redis.hget(key, "parts")
        album = (Album.model_validate_json(before) if before else Album()).with_part(message)
        if album is None:  # more than one message can hold: the rest is messages of its own
            return {"content": message.content, "edits": message.edits}
        return {
            "content": album.content(),
            "edits": message.edits,
            "album_key": key,
            "album": album.model_dump_json(exclude_defaults=True),
            "album_before": before or "",
            "part": None if message.edits else True,
            "caption": message.content.text or None,
        }

    async def hold(self, conversation: str) -> None:
        """The shopper types on: a fragment that waits for more waits as long as it may."""
        await self._store.run("hold", conversation, "", now=self._clock.now(), burst=BURST)

    def _wait(self, message: Inbound) -> int:
        if not self._is_fragment(message.content):
            return 0
        return PAUSE if message.shows_typing else UNHEARD
