"""The web in the contract suite: pages whose sockets break, and pages that only have HTTP."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from channels.port import WebhookChannel
from channels.web import limits, session

BREAKS = 0.05
"""How often a connection breaks while a message is under way."""


class Page:
    """A visitor's page. `texts`: what it got from the bot, as it came."""

    def __init__(self, url: str, token: str, breaks: Callable[[], bool]) -> None:
        self.texts: list[str] = []
        self.last = 0
        self.token = token
        self._url = url
        self._breaks = breaks
        self._opening = asyncio.Lock()
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._acks: dict[str, asyncio.Future[None]] = {}

    async def say(self, tag: str) -> None:
        """Repeats by itself what was not acknowledged."""
        while True:
            heard = self._acks.setdefault(tag, asyncio.get_running_loop().create_future())
            try:
                socket = await self.open()
                await socket.send(json.dumps({"type": "say", "id": tag, "content": {"text": tag}}))
                if self._breaks():
                    socket.transport.abort()
                return await heard
            except (WebSocketException, OSError):
                await self.close()

    async def open(self) -> ClientConnection:
        async with self._opening:
            if self._socket is None:
                socket = await connect(self._url.replace("http", "ws") + "/api/chat", compression=None)
                await socket.send(json.dumps({"type": "hello", "token": self.token, "after": self.last}))
                self.take(json.loads(await socket.recv()))
                self._socket = socket
                self._reading = asyncio.create_task(self._read(socket))
            return self._socket

    async def close(self) -> None:
        if self._socket:
            await self._socket.close()
        if self._reading:
            await self._reading

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self.take(json.loads(text))
        except ConnectionClosed:
            pass
        self._socket = None
        for heard in self._acks.values():
            heard.set_exception(ConnectionError())
        self._acks = {}

    def take(self, frame: dict[str, Any]) -> None:
        assert frame["type"] != "error", frame
        for entry in frame.get("entries", [frame["entry"]] if "entry" in frame else []):
            self.last = max(self.last, entry["seq"])
            if entry["author"] == "bot":
                self.texts.append(entry["content"]["text"])
        if frame["type"] == "ack" and (heard := self._acks.pop(frame["id"], None)):
            heard.set_result(None)


class WebSide:
    name = "web"
    edits = False
    keeps_order = False
    settings: dict[str, str] = {}  # noqa: RUF012
    channels: tuple[WebhookChannel, ...] = ()

    def __init__(self, chance: random.Random, *, calm: bool = False) -> None:
        self._chance = chance
        self._breaking = 0.0 if calm else BREAKS
        self.url = ""
        self._client = httpx.AsyncClient()
        self._pages: dict[int, Page] = {}

    def hasten(self, monkeypatch: pytest.MonkeyPatch, now: Callable[[], float]) -> None:
        monkeypatch.setattr(session, "BURST", 1_000)
        monkeypatch.setitem(limits.LIMITS, "say", (1_000_000, 10))

    async def connect(self, url: str) -> None:
        self.url = url

    async def write(self, who: int, tag: str, edits: str | None = None) -> None:
        """Every fifth page knows no sockets."""
        page = self._pages.get(who) or await self._open(who)
        await (self._post(page, tag) if who % 5 == 0 else page.say(tag))

    async def _open(self, who: int) -> Page:
        token = (await self._ask("visitor", {}))["token"]
        return self._pages.setdefault(who, Page(self.url, token, self._breaks))

    def _breaks(self) -> bool:
        return self._chance.random() < self._breaking

    async def _post(self, page: Page, tag: str) -> None:
        answer = await self._ask("say", {"token": page.token, "id": tag, "content": {"text": tag}})
        assert answer.get("type") == "ack", answer

    async def _poll(self, page: Page) -> None:
        page.take(await self._ask("poll", {"token": page.token, "after": page.last, "wait": 0}))

    async def _ask(self, what: str, body: dict[str, Any]) -> Any:
        """Repeats what got no answer."""
        while True:
            patience = 0.005 if self._breaks() else 15
            try:
                return (await self._client.post(f"{self.url}/api/{what}", json=body, timeout=patience)).json()
            except httpx.TransportError:
                continue

    async def arrived(self) -> None:
        """Pages are loaded anew and get what they do not have."""
        for who, page in self._pages.items():
            await page.close()
            await (self._poll(page) if who % 5 == 0 else page.open())

    async def close(self) -> None:
        await asyncio.gather(*(page.close() for page in self._pages.values()))
        await self._client.aclose()

    def identity(self, who: int) -> str:
        return self._pages[who].token.partition(".")[0]

    def leap(self, ms: float) -> None:
        pass

    def reached(self, who: int) -> list[str]:
        return self._pages[who].texts

    def doubts(self, who: int) -> int:
        return 0

    def refusals(self, who: int) -> int:
        return 0

    def offences(self) -> list[str]:
        return []


@asynccontextmanager
async def web_side(chance: random.Random) -> AsyncIterator[WebSide]:
    side = WebSide(chance)
    try:
        yield side
    finally:
        await side.close()
