"""The broker alone: its moves a second beside the bare scripts they end in, and races of many agents for one chat."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bot.clock import Clock
from bot.dialogue.texts import Texts
from bot.messages import Author, Content
from bot.store.embedded import EmbeddedStore
from bot.store.store import Store, _without_none, connect, new_entry
from handoff.broker import Agent, Broker, Moved, request_entry
from handoff.ownership import Command, rows

Measure = tuple[str, float, str]
Call = tuple[str, list[str], str]
"""A script, its keys and its argument."""

CONVERSATIONS = 1_000
IN_FLIGHT = 16
ROUNDS = 3
RACES, CLAIMERS = 1_000, 50
DAY = 86_400_000


class Taped(Store):
    """Remembers by conversation which scripts were called, and how."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.tape: defaultdict[str, list[Call]] = defaultdict(list)

    async def _call(self, script: str, keys: Iterable[str], body: Mapping[str, Any]) -> dict[str, Any]:
        keys = list(keys)
        self.tape[body["conversation"]].append((script, keys, json.dumps(_without_none(body))))
        return await super()._call(script, keys, body)


async def measure_moves(conversations: int = CONVERSATIONS) -> list[Measure]:
    """Each conversation is claimed, answered and handed back, `IN_FLIGHT` of them at once, on a store as shipped.

    The bare figure is the same calls of the same scripts with the same arguments on the same waiting conversations, by
    the same client in the same process, with nothing around them but the call. What the broker adds is the reading of
    the conversation before, the checks and the texts. The share is the median of rounds in turn.
    """
    ids = [f"c{number}" for number in range(conversations)]
    async with _open_store() as store:
        taped = Taped(store.redis, "shop")
        await _ask_all(store, ids)
        await _in_flight(ids, _moving(taped))
        whole, bare = [], []
        for _ in range(ROUNDS):
            await _ask_all(store, ids)
            whole.append(3 * conversations / await _in_flight(ids, _moving(store)))
            await _ask_all(store, ids)
            bare.append(3 * conversations / await _in_flight(ids, _replaying(store, taped.tape)))
    share = median(100 * one / other for one, other in zip(whole, bare, strict=True))
    return [
        ("broker_moves", median(whole), "moves/s"),
        ("bare_scripts", median(bare), "moves/s"),
        ("broker_share", share, "%"),
    ]


async def measure_races(races: int = RACES) -> list[Measure]:
    """`CLAIMERS` agents claim one conversation at once. Raises RuntimeError unless every time exactly one has it."""
    async with _open_store() as store:
        broker = _broker(store)
        for race in range(races):
            id = f"r{race}"
            await _ask(store, id)
            claims = (broker.claim(id, Agent(f"a{n}-{race}", "Lin"), f"claim{n:04}") for n in range(CLAIMERS))
            winners = sum(isinstance(outcome, Moved) for outcome in await asyncio.gather(*claims))
            if winners != 1:
                raise RuntimeError(f"race {race} had {winners} winners")
    return [("races_of_50_with_one_winner", races, "races")]


@asynccontextmanager
async def _open_store() -> AsyncIterator[Store]:
    with TemporaryDirectory(prefix="jieli-bench") as folder:
        async with EmbeddedStore(Path(folder)) as server:
            redis = connect(server.url)
            yield Store(redis, "shop")
            await redis.aclose()


def _broker(store: Store) -> Broker:
    return Broker(store, Clock(), Texts.load(), frozenset(), DAY, capacity=lambda _: 10**6)


async def _ask_all(store: Store, ids: Sequence[str]) -> None:
    await store.redis.flushall()
    await _in_flight(ids, lambda id: _ask(store, id))


async def _ask(store: Store, id: str) -> None:
    """A shopper who wants a human."""
    said = new_entry(Author.SHOPPER, Content(text="转人工"), external_id=id)
    where: dict[str, Any] = {"channel": "web", "identity": id, "turn_at": 1, "archive_at": DAY}
    await store.run("receive", id, f"m{id}", now=1, entries=[said], **where)
    move: dict[str, Any] = {"rows": rows(Command.REQUEST), "entries": [request_entry("asked", "?", {})]}
    await store.run("act", id, f"q{id}", now=1, place=1, reason="asked", **move)


async def _in_flight(ids: Sequence[str], work: Callable[[str], Awaitable[None]]) -> float:
    """Seconds that it takes for all."""
    left = iter(ids)

    async def work_off() -> None:
        for id in left:
            await work(id)

    begun = time.perf_counter()
    await asyncio.gather(*(work_off() for _ in range(IN_FLIGHT)))
    return time.perf_counter() - begun


def _moving(store: Store) -> Callable[[str], Awaitable[None]]:
    broker, agent = _broker(store), Agent("a1", "Lin")

    async def work(id: str) -> None:
        assert isinstance(await broker.claim(id, agent, f"claim-{id}"), Moved)
        assert isinstance(await broker.reply(id, agent, f"reply-{id}", "您好，我来帮您看一下"), Moved)
        assert isinstance(await broker.hand_back(id, agent, f"back-{id}"), Moved)

    return work


def _replaying(store: Store, tape: Mapping[str, Sequence[Call]]) -> Callable[[str], Awaitable[None]]:
    shas = {name: script.sha for name, script in store._scripts.items()}

    async def work(id: str) -> None:
        for script, keys, body in tape[id]:
            answer = await store.redis.evalsha(shas[script], len(keys), *keys, body)
            assert b"refused" not in answer.encode()

    return work
