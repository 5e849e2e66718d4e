"""Tells shoppers what has become of their orders since they asked: once each, within what their channel allows.

A round takes the shop's changes since a cursor and writes down who is to hear of each, and when, in one transaction
with the new cursor; what is due is then said by a script under a command of its own. So a process may die anywhere, and
several may run: nothing is lost, and nothing is said twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta, tzinfo
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from redis.exceptions import RedisError

from actions.shop import Change, Order, Shop, ShopFailed
from bot.clock import Clock
from bot.dialogue.texts import Texts
from bot.followers import Followers
from bot.messages import LANGUAGES, Audience, Author, Content, Conversation, Language, Model, State
from bot.store.keys import MESSAGE_TTL, conversation_id
from bot.store.store import Store, new_entry

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0
"""Seconds between two rounds."""
ROUND = 60
"""Seconds that one process has a round to itself, at most."""
DEADLINE = 30.0
"""Seconds a round may take: less than it is ours."""
AT_ONCE = 100
"""Notices of one round; the rest is the next one's."""
DAY_BEGINS, DAY_ENDS = time(8), time(22)
"""Outside these hours, where the shop is, nobody is woken."""
TALKING = timedelta(minutes=15)
"""Whoever has just written is awake."""
STALE = timedelta(days=2)
"""What could not be told for so long is no news any more."""


class Notice(Model):
    """That a conversation is to hear of a change."""

    conversation: str
    change: Change

    @property
    def command(self) -> str:
        """The same for the same news, in any process."""
        told = self.change.model_dump_json(exclude_none=True)
        return f"notice:{self.conversation}:{blake2b(told.encode(), digest_size=12).hexdigest()}"


class Notices:
    """`zone`: where the shop is; `couriered`: channels the courier sends through; `archive_after`: ms of quiet."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        shop: Shop,
        texts: Texts,
        followers: Followers,
        zone: Callable[[], tzinfo],
        couriered: frozenset[str],
        archive_after: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._shop = shop
        self._texts = texts
        self._followers = followers
        self._zone = zone
        self._couriered = couriered
        self._archive_after = archive_after

    async def tell_for_ever(self) -> None:
        while True:
            try:
                await self._take_round()
            except (RedisError, OSError, ShopFailed, TimeoutError) as error:
                log.warning("shoppers do not hear of changes yet: %s", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)

    async def _take_round(self) -> None:
        """Of all processes, one. If it takes too long, a second one begins: that is slower, and no worse."""
        redis, key, mine = self._store.redis, self._store.keys.noticing, uuid4().hex
        if not await redis.set(key, mine, nx=True, ex=ROUND):
            return
        try:
            async with asyncio.timeout(DEADLINE):
                await self.round()
        finally:
            with suppress(RedisError, OSError):
                if await redis.get(key) == mine:
                    await redis.delete(key)

    async def round(self) -> None:
        """Note what has changed, and tell what is due."""
        await self.note_changes()
        await self.tell_due()

    async def note_changes(self) -> None:
        """Write down who is to hear of what has changed since the last time, and that it is written down."""
        redis, keys = self._store.redis, self._store.keys
        cursor = await redis.get(keys.news_cursor) or ""
        news = await self._shop.changes(cursor)
        if news.cursor == cursor:
            return
        due = [(notice, await self._when(notice)) for change in news.changes for notice in await self._notices(change)]
        async with redis.pipeline(transaction=True) as pipe:
            for notice, at in due:
                pipe.zadd(keys.news, {notice.model_dump_json(exclude_none=True): at}, nx=True)
            pipe.set(keys.news_cursor, news.cursor)
            await pipe.execute()

    async def _notices(self, change: Change) -> list[Notice]:
        """Those who follow the order or product, and the page of the customer whose order it is; each thread once."""
        found = list(await self._followers.of(f"order:{change.order}" if change.order else f"product:{change.product}"))
        order = await self._shop.order(change.order) if change.order else None
        if order and order.customer:
            found.append(conversation_id(self._store.keys.desk, "web", f"user:{order.customer}"))
        threads = [await self._thread(id) for id in found]
        ids = dict.fromkeys(one.id for one in threads if one.channel)
        return [Notice(conversation=id, change=change) for id in ids if not await self._followers.is_muted(id)]

    async def _thread(self, id: str) -> Conversation:
        """A conversation, or the one it is joined to."""
        one = await self._store.conversation(id)
        return await self._store.conversation(one.joined) if one.joined else one

    async def _when(self, notice: Notice) -> int:
        """Now, by day or to somebody who is there; in the morning otherwise. In ms."""
        now = self._clock.moment().astimezone(self._zone())
        one = await self._store.conversation(notice.conversation)
        talking = one.at and self._clock.now() - one.at < TALKING / timedelta(milliseconds=1)
        if talking or DAY_BEGINS <= now.time() < DAY_ENDS:
            return self._clock.now()
        morning = datetime.combine(now.date(), DAY_BEGINS, now.tzinfo)
        morning += timedelta(days=1) if now.time() >= DAY_ENDS else timedelta()
        return int(morning.timestamp() * 1000)

    async def tell_due(self) -> None:
        """Say what is due; what has been said is taken off the list after that, for it can be said only once."""
        redis, keys = self._store.redis, self._store.keys
        for raw in await redis.zrangebyscore(keys.news, 0, self._clock.now(), start=0, num=AT_ONCE):
            notice = Notice.model_validate_json(raw)
            if self._clock.moment() - notice.change.at.astimezone(UTC) < STALE:
                await self.tell(notice)
            await redis.zrem(keys.news, raw)

    async def tell(self, notice: Notice) -> None:
        """Say one, where the bot has the conversation and the channel has words left; else only agents read it."""
        conversation = await self._thread(notice.conversation)
        if await self._followers.is_muted(conversation.id):
            return
        texts = await self._words(notice.change)
        if texts is None:
            return
        language = _language(conversation)
        content = Content(text=texts[language])
        if self._may_send(conversation):
            said = await self._act(notice, conversation, content, (State.BOT, State.CLOSED), Audience.ALL)
            if said.get("refused") not in ("state", "owner"):
                return
        await self._act(notice, conversation, content, tuple(State), Audience.AGENTS)

    def _may_send(self, conversation: Conversation) -> bool:
        """Where a channel counts what it takes, the last one is kept for an answer."""
        if not conversation.reachable:
            return False
        if conversation.left is None:
            return True
        return conversation.left > 1 and conversation.left_until > self._clock.now()

    async def _act(
        self, notice: Notice, conversation: Conversation, content: Content, states: tuple[State, ...], to: Audience
    ) -> dict[str, Any]:
        data = {"event": "notice", "what": notice.change.what}
        kind, author = ("message", Author.BOT) if to is Audience.ALL else ("event", Author.SYSTEM)
        now = self._clock.now()
        return await self._store.run(
            "act",
            conversation.id,
            f"{notice.command}:{to}",
            ttl=MESSAGE_TTL,
            now=now,
            archive_at=now + self._archive_after,
            rows={state: {"to": state, "kind": "notice"} for state in states},
            entries=[new_entry(author, content, kind=kind, audience=to, data=data)],
            couriered=sorted(self._couriered) if to is Audience.ALL else [],
        )

    async def _words(self, change: Change) -> dict[Language, str] | None:
        """What is said of a change; None where the shop no longer knows what it was about."""
        if change.product:
            product = await self._shop.product(change.product)
            return (
                {one: self._texts.say(one, "news.restocked", product=product.names[one]) for one in LANGUAGES}
                if (product)
                else None
            )
        order = await self._shop.order(change.order or "")
        return {one: self._of_order(one, change, order) for one in LANGUAGES} if order else None

    def _of_order(self, language: Language, change: Change, order: Order) -> str:
        """No more than whoever knows number and phone may hear: no address, no amount."""
        filed = next((one for one in order.filed if one.key == change.key), None)
        if change.what in ("approved", "rejected"):
            kind = self._texts.say(language, f"kind.{filed.kind}") if filed else ""
            key = f"news.{change.what}" if filed else f"news.{change.what}_plain"
            return self._texts.say(language, key, order=order.number, kind=kind)
        return self._texts.say(language, f"news.{change.what}", order=order.number)


def _language(conversation: Conversation) -> Language:
    """The language the bot spoke last, else the conversation's."""
    spoken = conversation.slots.get("language")
    return next((language for language in LANGUAGES if language == spoken), conversation.language)
