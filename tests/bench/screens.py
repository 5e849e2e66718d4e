"""How soon a handoff is on an agent's screen: a hundred agents connected, a thousand chats waiting for others.

`python -m tests.bench.screens` is the agents, in a process of its own: a line of JSON on its input says who they are,
it answers `ready`, and then a line for each chat that comes onto a screen, until its input ends. Whoever gets a chat
takes and ends it, so that nobody is full.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import uuid4

import uvloop
from websockets.asyncio.client import ClientConnection

from bot.clock import Clock
from bot.record.database import Database
from bot.secrets import load_secret
from bot.server.sockets import raise_file_limit
from bot.store.embedded import EmbeddedStore
from bot.store.store import Store, connect
from channels.web.visitors import Visitors
from handoff.routing import AgentRules, Routing
from handoff.rulebook import Rulebook, Rulekeeper
from handoff.rules import DeskRules
from tests.bench.agents import Badge, hire, open_workspace
from tests.bench.lines import Lines, lines_to
from tests.bench.product import Product

AGENTS = 100
WAITING = 1_000
HANDOFFS = 200
WARM_UP = 20
RATE = 5
"""Handoffs a second; with a hundred agents and ten minutes a chat a busy shop has one."""
DEADLINE = 120.0
LINES = 16
PING_EVERY = 4.0
Mode = Literal["offer", "push"]


async def measure_screens(
    product: Product, *, agents: int = AGENTS, waiting: int = WAITING, handoffs: int = HANDOFFS
) -> dict[str, list[float]]:
    """Seconds from a handoff in the store to the agent's screen, in each mode.

    The handoff's own time (`waiting` in its row) is the beginning: it is taken before the script that moves the chat,
    so what is told is a little more than the desk needs. Those who wait speak English, the agents Chinese.
    """
    raise_file_limit()
    badges = await hire(product, agents)
    async with lines_to(product.base, LINES) as lines:
        await _set_rules(product, badges, "offer")
        await _fill_queue(product, lines, waiting)
        found = {}
        for mode in ("offer", "push"):
            await _set_rules(product, badges, mode)
            async with _at_their_screens(product, badges) as screens:
                found[mode] = await _hand_off(product, lines, screens, handoffs)
    return found


async def _set_rules(product: Product, badges: Sequence[Badge], mode: Mode) -> None:
    """The product looks for new rules every two seconds."""
    database = Database(f"sqlite:///{product.data / 'record.db'}")
    keeper = Rulekeeper(database, Clock(), Rulebook())
    await keeper.load()
    able = AgentRules(languages=("zh-Hans",))
    rules = DeskRules(routing=Routing(mode=mode, widen=0), agents={badge.id: able for badge in badges})
    await keeper.save(rules, "bench", keeper.book.newest.number)
    await database.close()
    await asyncio.sleep(3)


async def _fill_queue(product: Product, lines: Lines, waiting: int) -> None:
    await asyncio.gather(*(_ask(product, lines, "a human please", "en") for _ in range(waiting)))
    redis = connect(EmbeddedStore(product.data / "store").url)
    keys = Store(redis, "shop").keys
    async with asyncio.timeout(DEADLINE):
        while await redis.zcard(keys.queue) < waiting:  # noqa: ASYNC110  (another process fills it)
            await asyncio.sleep(0.2)
    await redis.aclose()


async def _ask(product: Product, lines: Lines, text: str, language: str) -> None:
    """A new visitor wants a human."""
    token = Visitors(load_secret(product.data, "visitors")).new()
    content = {"text": text, "choice": "human"}
    said = json.dumps({"token": token, "id": uuid4().hex, "content": content, "language": language}).encode()
    assert await lines.post("/api/say", {}, said) == 200


async def _hand_off(product: Product, lines: Lines, screens: asyncio.subprocess.Process, handoffs: int) -> list[float]:
    async def ask() -> None:
        for _ in range(WARM_UP + handoffs):
            await _ask(product, lines, "转人工", "zh-Hans")
            await asyncio.sleep(1 / RATE)

    assert screens.stdout
    asking = asyncio.create_task(ask())
    async with asyncio.timeout(DEADLINE + handoffs / RATE):
        seen = [float(await screens.stdout.readline()) for _ in range(WARM_UP + handoffs)]
    await asking
    return seen[WARM_UP:]


@asynccontextmanager
async def _at_their_screens(product: Product, badges: Sequence[Badge]) -> AsyncIterator[asyncio.subprocess.Process]:
    who = {"base": product.base, "badges": [badge.to_json() for badge in badges]}
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.screens", stdin=pipe, stdout=pipe)
    assert child.stdin and child.stdout
    child.stdin.write(json.dumps(who).encode() + b"\n")
    try:
        async with asyncio.timeout(DEADLINE):
            assert await child.stdout.readline() == b"ready\n", "the agents do not all connect"
        yield child
    finally:
        child.stdin.close()
        await child.wait()


async def _sit(who: dict[str, Any]) -> None:
    base, badges = who["base"], [Badge(**badge) for badge in who["badges"]]
    async with lines_to(base, LINES) as lines, asyncio.TaskGroup() as group:
        tasks = []
        for badge in badges:
            socket = await open_workspace(base, badge)
            tasks += [group.create_task(_work(socket, badge, lines)), group.create_task(_ping(socket))]
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()


async def _ping(socket: ClientConnection) -> None:
    while True:
        await asyncio.sleep(PING_EVERY)
        await socket.send('{"type":"ping"}')


async def _work(socket: ClientConnection, badge: Badge, lines: Lines) -> None:
    """A frame is only read where it names this agent: a hundred readers of everything would slow what is measured."""
    mine = f'"agent":"{badge.id}"'
    known: set[tuple[str, int]] = set()
    async with asyncio.TaskGroup() as group:
        async for text in socket:
            seen = time.time()
            if mine not in str(text) or '"type":"row"' not in str(text):
                continue
            row = json.loads(text)["row"]
            is_new = (row["id"], row["episode"]) not in known
            if row["state"] in ("offered", "assigned") and row["agent"] == badge.id and is_new:
                known.add((row["id"], row["episode"]))
                print(seen - row["waiting"] / 1_000, flush=True)
                group.create_task(_finish(lines, badge, row["id"], row["state"]))


async def _finish(lines: Lines, badge: Badge, id: str, state: str) -> None:
    steps = ("claim", "close") if state == "offered" else ("close",)
    headers = {**badge.headers(lines.host), "X-CSRF-Token": badge.csrf}
    for step in steps:
        body = json.dumps({"command": uuid4().hex}).encode()
        assert await lines.post(f"/workspace/api/conversations/{id}/{step}", headers, body) == 200


def main() -> None:
    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_sit(json.loads(sys.stdin.readline())))


if __name__ == "__main__":
    main()
