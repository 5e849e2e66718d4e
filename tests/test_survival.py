"""Kill -9 in the middle of a load: every accepted message is there once, in order; each conversation has one owner."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest

from bot.log import ConversationLog
from bot.messages import Audience, Author, State
from bot.record.archive import Archive
from bot.record.database import Database
from bot.store.embedded import EmbeddedStore
from bot.store.keys import conversation_id
from bot.store.store import Store, connect

CONVERSATIONS = 50
MESSAGES = 40
KILL_AFTER = 600
"""Accepted messages."""
TEXTS = [
    "降噪耳机多少钱",
    "现在有什么活动吗",
    "运费怎么算的呀",
    "退货政策是什么样的",
    "how much is shipping",
    "what is your return policy",
]
ARCHIVE_AFTER_HOURS = "0.0003"  # about a second: archiving and trimming run in the middle of it all


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """A real `jieli run` in a process of its own, with `more` in its environment."""

    data: Path
    port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        settings = {
            "JIELI_DATA": str(self.data),
            "JIELI_PORT": str(self.port),
            "JIELI_ARCHIVE_AFTER": ARCHIVE_AFTER_HOURS,
            **self.more,
        }
        command = [sys.executable, "-c", "from bot.cli import main; main()", "run", "--demo"]
        log = (self.data.parent / "server.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **settings}, stdout=log, stderr=log
        )
        log.close()

    def kill(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGKILL)

    def kill_store(self) -> None:
        os.kill(json.loads((self.data / "store/store.json").read_text())["pid"], signal.SIGKILL)

    async def stop(self) -> None:
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        await self.process.wait()

    async def restart(self) -> None:
        assert self.process
        await self.process.wait()
        await self.start()


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Server]:
    server = Server(folder / "data")
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class Load:
    """Shoppers who each say their messages one after the other and repeat what was not acknowledged."""

    def __init__(self, server: Server) -> None:
        transport = httpx.AsyncHTTPTransport(retries=10, limits=httpx.Limits(max_connections=CONVERSATIONS))
        self.client = httpx.AsyncClient(
            transport=transport, base_url=f"http://127.0.0.1:{server.port}", timeout=httpx.Timeout(30)
        )
        self.accepted = 0
        self.reached = asyncio.Event()
        self.said: dict[str, list[str]] = {}

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        while True:
            try:
                response = await self.client.post(path, json=body)
            except httpx.TransportError:
                continue
            if response.status_code == 200:
                answer: dict[str, Any] = response.json()
                return answer

    async def shopper(self, number: int) -> str:
        token = str((await self.post("/api/visitor", {}))["token"])
        self.said[token] = []
        for turn in range(MESSAGES):
            id, text = uuid4().hex, TEXTS[(number + turn) % len(TEXTS)]
            await self.post("/api/say", {"token": token, "id": id, "content": {"text": text}, "language": "zh-Hans"})
            self.said[token].append(id)
            self.accepted += 1
            if self.accepted == KILL_AFTER:
                self.reached.set()
        return token

    async def settled(self, token: str) -> None:
        """Wait until the bot's last word has come: nothing is open in this conversation then."""
        after = 0
        while True:
            page = await self.post("/api/poll", {"token": token, "after": after, "wait": 1})
            if not page["entries"] and after:
                return
            after = page["entries"][-1]["seq"] if page["entries"] else after


async def strike(server: Server, what: str) -> None:
    if what in ("store", "both"):
        server.kill_store()
    if what in ("server", "both"):
        server.kill()
        await server.restart()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", ["server", "store", "both"])
async def test_nothing_is_lost_or_doubled_by_kill_9(what: str, tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        load = Load(server)
        async with load.client:
            shoppers = asyncio.gather(*(load.shopper(number) for number in range(CONVERSATIONS)))
            await load.reached.wait()
            await strike(server, what)
            tokens = await shoppers
            await asyncio.gather(*(load.settled(token) for token in tokens))
    await check(server.data, load.said)


async def test_a_stopped_server_takes_its_store_along(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        load = Load(server)
        async with load.client:
            await load.post("/api/visitor", {})
        store = json.loads((server.data / "store/store.json").read_text())["pid"]
        assert server.process
        server.process.send_signal(signal.SIGTERM)
        assert await server.process.wait() == 0
        assert not psutil.pid_exists(store)


async def check(data: Path, said: dict[str, list[str]]) -> None:
    """Read what is on disk, as the next start would."""
    database = Database(f"sqlite:///{data}/record.db")
    async with EmbeddedStore(data / "store") as embedded:
        redis = connect(embedded.url)
        store = Store(redis, "shop")
        log = ConversationLog(store, Archive(database))
        owners = [await check_conversation(store, log, token, ids) for token, ids in said.items()]
        await redis.aclose()
    await database.close()
    assert len(owners) == CONVERSATIONS
    assert any(archived for _, archived in owners), "nothing was archived meanwhile"


async def check_conversation(store: Store, log: ConversationLog, token: str, ids: list[str]) -> tuple[State, int]:
    id = conversation_id("shop", "web", token.partition(".")[0])
    conversation = await store.conversation(id)
    entries = await log.after(id, 0, 1_000, Audience.AGENTS)
    assert [entry.seq for entry in entries] == list(range(1, conversation.seq + 1))
    assert [entry.external_id for entry in entries if entry.author is Author.SHOPPER] == ids
    assert conversation.cursor >= conversation.shopper_seq, "a message was never looked at"
    with_bot = conversation.state is State.BOT  # a slow machine may have handed some to the queue: never to silence
    assert not with_bot or entries[-1].author is not Author.SHOPPER, "the last word was not answered"
    queued = await store.place(id) is not None
    assert queued == (conversation.state is State.QUEUED)
    return conversation.state, conversation.archived
