"""A conversation of 5,000 messages, most of them archived: how soon it opens at its end, and whether it is whole."""

from __future__ import annotations

import time
from typing import Any

import httpx

from bot.messages import Author, Content
from bot.record.archive import Archive
from bot.record.database import Database
from bot.store.embedded import EmbeddedStore
from bot.store.keys import conversation_id
from bot.store.store import Store, connect, new_entry
from handoff.ownership import Command, rows
from tests.bench.agents import hire
from tests.bench.product import Product

ARCHIVED, LIVE = 4_000, 1_000
SLICE = 500
OPENINGS = 100
DAY = 86_400_000
VISITOR = "a-visitor-with-much-to-say"


async def measure_history(product: Product, *, archived: int = ARCHIVED, live: int = LIVE) -> list[float]:
    """Seconds of each opening over HTTP, page, brief and row. Raises where paging misses or doubles a message."""
    id = conversation_id("shop", "web", VISITOR)
    texts = [f"第 {number} 句：降噪耳机什么时候到货？" for number in range(archived + live)]
    await _write(product, id, texts, archived)
    (badge,) = await hire(product, 1)
    async with httpx.AsyncClient(base_url=f"http://{product.base}", headers=badge.headers(product.base)) as client:
        taken = [await _open(client, id, texts[-1]) for _ in range(OPENINGS)]
        await _read_all(client, id, texts)
    return taken


async def _write(product: Product, id: str, texts: list[str], archived: int) -> None:
    """By turns shopper and agent, who has the chat; then the record gets the beginning, and the store forgets it."""
    redis = connect(EmbeddedStore(product.data / "store").url)
    store, database = Store(redis, "shop"), Database(f"sqlite:///{product.data / 'record.db'}")
    archive, now = Archive(database), await store.now()
    for number, text in enumerate(texts[:archived]):
        await _say(store, id, number, text, now)
    conversation = await store.conversation(id)
    for after in range(0, conversation.seq, SLICE):
        await archive.save(conversation, await store.entries(id, after, SLICE))
    await store.run("act", id, "closed", agent="a1", agent_name="Lin", now=now, rows=rows(Command.CLOSE))
    assert "archived" in await store.run("trim", id, "trimmed", upto=conversation.seq, now=now)
    for number, text in enumerate(texts[archived:], archived):
        await _say(store, id, number + 1, text, now)
    await database.close()
    await redis.aclose()


async def _say(store: Store, id: str, number: int, text: str, now: int) -> None:
    """The first word after a stretch is the agent's, who takes the chat by it: then no bot answers."""
    author = Author.SHOPPER if number % 2 and number else Author.AGENT
    entry = new_entry(author, Content(text=text), external_id=f"said{number}")
    where: dict[str, Any] = {"channel": "web", "identity": VISITOR, "archive_at": now + DAY}
    if number == 0:
        await store.run("receive", id, "first", now=now, turn_at=now + DAY, greeting=True, **where)
    if author is Author.SHOPPER:
        await store.run("receive", id, f"say{number}", now=now, turn_at=now, entries=[entry], **where)
        return
    said: dict[str, Any] = {"rows": rows(Command.REPLY), "entries": [entry], "capacity": 8}
    await store.run("act", id, f"say{number}", agent="a1", agent_name="Lin", now=now, **said)


async def _open(client: httpx.AsyncClient, id: str, last: str) -> float:
    begun = time.perf_counter()
    page = (await client.get(f"/workspace/api/conversations/{id}")).json()
    taken = time.perf_counter() - begun
    assert page["entries"][-1]["content"]["text"] == last
    return taken


async def _read_all(client: httpx.AsyncClient, id: str, texts: list[str]) -> None:
    """Page by page from the end to the beginning."""
    entries: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        page = (await client.get(f"/workspace/api/conversations/{id}", params=query)).json()
        entries = page["entries"] + entries
        if page["before"] is None:
            break
        query = {"before": page["before"]}
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1)), "something is missing or doubled"
    said = [entry["content"]["text"] for entry in entries if entry["author"] in ("shopper", "agent")]
    assert said == texts, f"{len(said)} of {len(texts)} messages"
