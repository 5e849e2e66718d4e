"""The desk's store: runs its scripts and reads its state; commands lost on the way are repeated with the same id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import JsonValue, TypeAdapter
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError

from bot.messages import SIGNS, Audience, Author, Content, Conversation, Entry
from bot.store.keys import COMMAND_TTL, FEED_LENGTH, WATCH_AFTER, Keys

SCRIPTS = Path(__file__).parent / "scripts"
ON_CONVERSATIONS = ("receive", "hold", "act", "commit", "passive", "trim", "join", "unjoin")
PREVIEW_LENGTH = 80
NESTED = (dict, list, tuple)

_data = TypeAdapter(dict[str, JsonValue])


def connect(url: str) -> Redis:
    """A client for `redis://`, `rediss://` or `unix://`; rides out a restart of the store of about ten seconds."""
    pool = BlockingConnectionPool.from_url(
        url,
        decode_responses=True,
        max_connections=64,
        timeout=15,
        socket_timeout=10,
        socket_connect_timeout=5,
        retry=Retry(ExponentialBackoff(cap=1.0, base=0.02), retries=16),
        retry_on_error=[ConnectionError, TimeoutError, BusyLoadingError],
    )
    return Redis.from_pool(pool)


def new_entry(
    author: Author,
    content: Content,
    *,
    who: str | None = None,
    audience: Audience = Audience.ALL,
    kind: str = "message",
    data: Mapping[str, JsonValue] | None = None,
    external_id: str | None = None,
) -> dict[str, JsonValue]:
    """An entry as the scripts take it; the store gives it `seq`, `prev`, `at` and `epoch`."""
    return {
        "author": author,
        "audience": audience,
        "kind": kind,
        "who": who,
        "content": content.model_dump_json(exclude_defaults=True),
        "data": json.dumps(data, ensure_ascii=False) if data else "{}",
        "external_id": external_id,
        "preview": preview_of(content) if kind == "message" and author is not Author.SYSTEM else None,
    }


def preview_of(content: Content) -> str:
    """What a list shows of a message, in no language of its own: signs for what is no text, then the text."""
    signs = [SIGNS[one.kind] for one in content.attachments]
    if content.location:
        signs.append(SIGNS["location"])
    return " ".join(("".join(signs), content.text)).strip()[:PREVIEW_LENGTH]


def read_entry(seq: int | str, fields: Mapping[str, str]) -> Entry:
    """An entry from its stream fields, all of them strings."""
    return Entry(
        seq=int(seq),
        prev=int(fields["prev"]),
        at=int(fields["at"]),
        epoch=int(fields["epoch"]),
        channel=fields.get("channel", ""),
        author=Author(fields["author"]),
        audience=Audience(fields["audience"]),
        kind=fields["kind"],
        who=fields["who"] or None,
        content=Content.model_validate_json(fields["content"]),
        data=_data.validate_json(fields["data"]),
        external_id=fields["external_id"] or None,
    )


def read_conversation(id: str, fields: Mapping[str, str]) -> Conversation:
    """A conversation from its hash; a hash that is not there gives one that nobody has written in yet."""
    known = {name: value for name, value in fields.items() if name in Conversation.model_fields and name != "slots"}
    return Conversation.model_validate(
        {"channel": "", "identity": "", **known, "id": id, "slots": json.loads(fields.get("slots") or "{}")}
    )


class Store:
    """One desk's live state."""

    def __init__(self, redis: Redis, desk: str) -> None:
        self.redis: Any = (
            redis  # its answers are typed as every shape they could have; with decode_responses they are str
        )
        self.keys = Keys(desk)

    @cached_property
    def _scripts(self) -> dict[str, AsyncScript]:
        prelude = (SCRIPTS / "prelude.lua").read_text("utf-8")
        sources = {name: prelude + (SCRIPTS / f"{name}.lua").read_text("utf-8") for name in ON_CONVERSATIONS}
        sources["claim"] = (SCRIPTS / "claim.lua").read_text("utf-8")
        return {name: self.redis.register_script(source) for name, source in sources.items()}

    async def run(
        self,
        script: str,
        conversation: str,
        command: str,
        *,
        agent: str = "",
        ttl: int = COMMAND_TTL,
        more_keys: Iterable[str] = (),
        **args: Any,
    ) -> dict[str, Any]:
        """Run a conversation's script; repeating a `command` id returns what it returned the first time.

        A refusal is a result (`refused`: the reason), never an exception. `more_keys` are the script's own.
        """
        k = self.keys
        keys = [
            *(k.conversation(conversation), k.log(conversation), k.due, k.leases, k.feed),
            *(k.queue, k.open, k.load(agent), k.command(command), k.wire),
            *(k.agents, k.ledger),
            *more_keys,
        ]
        body = {**args, "conversation": conversation, "agent": agent, "ttl": ttl}
        body |= {"feed_length": FEED_LENGTH, "watch_after": WATCH_AFTER}
        return await self._call(script, keys, body)

    async def result(self, command: str) -> dict[str, Any] | None:
        """What a command came to, if it was carried out lately."""
        known = await self.redis.get(self.keys.command(command))
        return json.loads(known) if known else None

    async def claim(self, now: int, *, limit: int, lease: int) -> dict[str, Any]:
        """Borrow due work: `items` are pairs of member and token, `next` the deadline in ms of the next item."""
        keys = [self.keys.due, self.keys.leases, self.keys.command(uuid4().hex)]
        return await self._call("claim", keys, {"now": now, "limit": limit, "lease": lease, "ttl": 30_000})

    async def _call(self, script: str, keys: Iterable[str], body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._scripts[script](keys=list(keys), args=[json.dumps(_without_none(body))])
        result: dict[str, Any] = json.loads(answer)
        return result

    async def conversation(self, id: str) -> Conversation:
        return read_conversation(id, await self.redis.hgetall(self.keys.conversation(id)))

    async def entries(self, id: str, after: int, limit: int | None = None) -> list[Entry]:
        """Entries of the log with `seq > after`, oldest first."""
        found = await self.redis.xrange(self.keys.log(id), min=f"{after + 1}-0", count=limit)
        return [read_entry(entry.split("-")[0], fields) for entry, fields in found]

    async def entries_before(self, id: str, before: int, limit: int) -> list[Entry]:
        """At most `limit` newest entries with `seq < before`, oldest first."""
        if before <= 1:
            return []
        found = await self.redis.xrevrange(self.keys.log(id), max=f"{before - 1}-0", count=limit)
        return [read_entry(entry.split("-")[0], fields) for entry, fields in reversed(found)]

    async def is_due(self, kind: str, id: str) -> bool:
        """Whether there is work of a kind on a conversation, now or later; what a worker holds counts."""
        return await self.redis.zscore(self.keys.due, f"{kind}:{id}") is not None

    async def place(self, id: str) -> int | None:
        """Place in line, counted from 1; None when not in the queue."""
        rank = await self.redis.zrank(self.keys.queue, id)
        return None if rank is None else int(rank) + 1

    async def count(self, what: str, seconds: int, by: int = 1) -> int:
        """Add to a counter that lives `seconds` from its first use, for a rate limit; returns what it says now."""
        key = self.keys.rate(what)
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(key, 0, ex=seconds, nx=True)
            pipe.incrby(key, by)
            _, count = await pipe.execute()
        return int(count)

    def listen(self) -> PubSub:
        """A subscription to the desk's wire; enter it, then iterate `listen()`."""
        subscription: PubSub = self.redis.pubsub(ignore_subscribe_messages=True)
        return subscription

    async def now(self) -> int:
        """The store's own time in ms since the epoch."""
        seconds, microseconds = await self.redis.time()
        return int(seconds) * 1000 + int(microseconds) // 1000


def _without_none(value: Any) -> Any:
    """Drop what is None: in a script it would be a value (`cjson.null`), not its absence."""
    if isinstance(value, dict):
        known = ((name, one) for name, one in value.items() if one is not None)
        return {name: _without_none(one) if isinstance(one, NESTED) else one for name, one in known}
    return [_without_none(one) if isinstance(one, NESTED) else one for one in value]
