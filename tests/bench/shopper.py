"""A shopper at the widget's socket who waits for the answer to each message before the next."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect

VISIT = 15
"""Messages of one visitor; then the next one comes, as in a shop."""


class Shopper:
    def __init__(self, base: str, client: httpx.AsyncClient) -> None:
        self._base = base
        self._client = client
        self._socket: ClientConnection | None = None
        self._left = 0

    async def say(self, text: str, choice: str | None = None) -> float:
        """Seconds from the message out to the bot's answer in."""
        if self._left == 0:
            await self.arrive()
        self._left -= 1
        assert self._socket is not None
        id = uuid4().hex
        content = {"text": text, "choice": choice} if choice else {"text": text}
        begun = time.perf_counter()
        await self._socket.send(json.dumps({"type": "say", "id": id, "content": content}))
        return await self._answer(id) - begun

    async def arrive(self) -> str:
        """Come as a new visitor; returns the token."""
        await self.leave()
        token: str = (await self._client.post(f"http://{self._base}/api/visitor", json={})).json()["token"]
        self._socket = await connect(f"ws://{self._base}/api/chat", compression=None)
        await self._socket.send(json.dumps({"type": "hello", "token": token, "after": 0, "language": "zh-Hans"}))
        await self._socket.recv()
        self._left = VISIT
        return token

    async def leave(self) -> None:
        if self._socket:
            await self._socket.close()

    async def _answer(self, id: str) -> float:
        assert self._socket is not None
        own = None
        while True:
            frame: dict[str, Any] = json.loads(await self._socket.recv())
            if frame["type"] == "error":
                raise RuntimeError(frame["error"]["message"])
            if frame["type"] == "state" and frame["state"] != "bot":
                self._left = 0  # with humans now: the next message is another visitor's
            if frame["type"] == "ack" and frame["id"] == id:
                own = frame["seq"]
            if frame["type"] == "entry":
                entry = frame["entry"]
                own = entry["seq"] if entry["external_id"] == id else own
                if entry["author"] == "bot" and own is not None and entry["seq"] > own:
                    return time.perf_counter()
