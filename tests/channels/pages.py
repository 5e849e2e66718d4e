"""A page with the widget, as far as the server can tell: what it says, and every frame it gets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect

from bot.store.keys import conversation_id
from tests.conftest import Site

Frame = dict[str, Any]
DEADLINE = 15.0
"""Seconds within which anything a test waits for has come."""


class Page:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def next(self) -> Frame:
        async with asyncio.timeout(DEADLINE):
            frame: Frame = json.loads(await self.socket.recv())
        self.frames.append(frame)
        return frame

    async def until(self, *types: str) -> Frame:
        """The next frame of one of these types."""
        while (frame := await self.next())["type"] not in types:
            pass
        return frame

    async def heard(self, author: str) -> Frame:
        """The next entry of `author`."""
        while (entry := (await self.until("entry"))["entry"])["author"] != author:
            pass
        return dict(entry)

    async def say(self, text: str, *, id: str | None = None, choice: str | None = None) -> Frame:
        """The acknowledgement, or the error."""
        await self.send(type="say", id=id or uuid4().hex, content={"text": text, "choice": choice})
        return await self.until("ack", "error")

    async def settled(self) -> None:
        """Everything sent before has been dealt with."""
        await self.send(type="ping")
        await self.until("pong")

    @property
    def entries(self) -> list[Frame]:
        """Every entry the page got, in the order it came."""
        found: list[Frame] = []
        for frame in self.frames:
            found += frame.get("entries", []) + ([frame["entry"]] if "entry" in frame else [])
        return found


@asynccontextmanager
async def open_page(site: Site, token: str, after: int = 0, language: str = "zh-Hans") -> AsyncIterator[Page]:
    """A page that said hello and read its `ready`."""
    async with connect(f"ws://{site.address}/api/chat", proxy=None) as socket:
        page = Page(socket)
        await page.send(type="hello", token=token, after=after, language=language)
        await page.until("ready")
        yield page


class Visitor:
    """A new shopper over HTTP; `conversation` is the id of the thread."""

    def __init__(self, client: httpx.AsyncClient, token: str, desk: str) -> None:
        self.client = client
        self.token = token
        self.conversation = conversation_id(desk, "web", token.partition(".")[0])

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.client.post(f"/api/{path}", json={"token": self.token, **body})

    async def say(self, text: str, **content: Any) -> httpx.Response:
        return await self.post("say", id=uuid4().hex, language="zh-Hans", content={"text": text, **content})


@asynccontextmanager
async def new_visitor(site: Site) -> AsyncIterator[Visitor]:
    async with httpx.AsyncClient(base_url=site.url, trust_env=False, timeout=DEADLINE) as client:
        token = (await client.post("/api/visitor", json={})).json()["token"]
        yield Visitor(client, token, site.desk.settings.desk)


def is_chain(entries: list[Frame], after: int = 0) -> bool:
    """Whether nothing is missing, doubled or out of order after `after`."""
    return [entry["prev"] for entry in entries] == [after, *(entry["seq"] for entry in entries[:-1])]
