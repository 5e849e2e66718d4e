"""Who has a page open and does nothing: idle widgets and workspaces, in processes of their own; what they cost.

`python -m tests.bench.crowd` is such a process: a line of JSON on its input says who, it answers `ready` once all are
connected, and stays until its input ends. Each page pings as the real one does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psutil
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from bot.secrets import load_secret
from bot.server.sockets import raise_file_limit
from channels.web.visitors import Visitors
from tests.bench.agents import Badge, hire, open_workspace
from tests.bench.product import Product

Measure = tuple[str, float, str]

AGENTS = 200
WIDGETS = 5_000
PROCESSES = 2
AT_ONCE = 50
"""Pages that connect at the same time."""
READY = 300.0
SETTLE = 25.0
"""Seconds of idling before anything is read: longer than the pause between two pings."""
AGENT_PING, WIDGET_PING = 4.0, 20.0
PING = json.dumps({"type": "ping"})


async def measure_idle(product: Product, *, agents: int = AGENTS, widgets: int = WIDGETS) -> list[Measure]:
    """Memory with everybody connected: of server and store as when idle (proportional), and resident of the server."""
    raise_file_limit()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_sitting(product, await hire(product, agents), 0))
        with_agents = resident(product)
        for _ in range(PROCESSES):
            await stack.enter_async_context(_sitting(product, [], widgets // PROCESSES))
        await asyncio.sleep(SETTLE)
        after, whole = resident(product), product.memory()
    return [
        ("memory_200_agents_5000_widgets", whole, "MB"),
        ("resident_200_agents", with_agents, "MB"),
        ("resident_200_agents_5000_widgets", after, "MB"),
        ("resident_a_widget", (after - with_agents) * 1_000 / widgets, "kB"),
    ]


def resident(product: Product) -> float:
    """MB of the server process, its store not counted."""
    return float(psutil.Process(product.pid).memory_info().rss) / 1e6


@asynccontextmanager
async def _sitting(product: Product, badges: Sequence[Badge], widgets: int) -> AsyncIterator[None]:
    """These pages, open until the block ends."""
    visitors = Visitors(load_secret(product.data, "visitors"))
    tokens = [visitors.new() for _ in range(widgets)]
    who = {"base": product.base, "badges": [badge.to_json() for badge in badges], "tokens": tokens}
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.crowd", stdin=pipe, stdout=pipe)
    assert child.stdin and child.stdout
    child.stdin.write(json.dumps(who).encode() + b"\n")
    try:
        async with asyncio.timeout(READY):
            assert await child.stdout.readline() == b"ready\n", "the pages do not all connect"
        yield
    finally:
        child.stdin.close()
        await child.wait()


async def _sit(who: dict[str, Any]) -> None:
    base, turn = who["base"], asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        agents = [_come(turn, open_workspace(base, Badge(**badge))) for badge in who["badges"]]
        widgets = [_come(turn, open_widget(base, token)) for token in who["tokens"]]
        tasks = [
            *(group.create_task(_idle(socket, AGENT_PING)) for socket in await asyncio.gather(*agents)),
            *(group.create_task(_idle(socket, WIDGET_PING)) for socket in await asyncio.gather(*widgets)),
        ]
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()


async def _come(turn: asyncio.Semaphore, opening: Awaitable[ClientConnection]) -> ClientConnection:
    async with turn:
        return await opening


async def open_widget(base: str, token: str) -> ClientConnection:
    socket = await connect(f"ws://{base}/api/chat")
    await socket.send(json.dumps({"type": "hello", "token": token, "after": 0, "language": "zh-Hans"}))
    await socket.recv()
    return socket


async def _idle(socket: ClientConnection, pause: float) -> None:
    """Read away what comes, and ping; a page that loses its socket ends everything with an error."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_every(pause, lambda: socket.send(PING)))
        async for _ in socket:
            pass
        raise RuntimeError("the server has closed a page's socket")


async def _every(pause: float, act: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(pause)
        await act()


def main() -> None:
    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_sit(json.loads(sys.stdin.readline())))


if __name__ == "__main__":
    main()
