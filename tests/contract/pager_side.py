"""The far side of the guide's channel: a messenger that calls the desk, takes its words, and fails."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

from channels.port import WebhookChannel
from tests.conftest import Cut, listening
from tests.contract.side import Faults

SECRET = "a secret that both sides know"
SOFT, DOUBTFUL, FATAL = {"429": 0.05, "500": 0.05}, {"cut": 0.02, "cut after": 0.02}, {"410": 0.01, "400": 0.01}


class PagerSide:
    name = "pager"
    edits = False
    keeps_order = False
    settings: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, chance: random.Random) -> None:
        self.channels: tuple[WebhookChannel, ...] = ()
        self._faults = Faults(chance, {**SOFT, **DOUBTFUL, **FATAL})
        self._client = httpx.AsyncClient(headers={"X-Secret": SECRET})
        self._url = ""
        self._has: list[tuple[str, str]] = []
        self._met: list[tuple[str, str | None]] = []

    def hasten(self, monkeypatch: pytest.MonkeyPatch, now: Callable[[], float]) -> None:
        pass

    async def connect(self, url: str) -> None:
        self._url = url

    async def write(self, who: int, tag: str, edits: str | None = None) -> None:
        said = {"id": f"{who}-{tag}", "sender": self.identity(who), "text": tag, "mood": "new in this version"}
        answer = await self._client.post(f"{self._url}/pager", json=said)
        assert answer.status_code == 200

    async def answer(self, request: Request) -> Response:
        """What the service says to a message of the desk's."""
        assert request.headers["X-Secret"] == SECRET
        message: dict[str, Any] = await request.json()
        fault = self._faults.popleft()
        self._met.append((message["to"], fault))
        if fault in (None, "cut after"):
            self._has.append((message["to"], message["text"]))
        if fault in DOUBTFUL:
            return Cut()
        return Response(status_code=int(fault or 200), headers={"Retry-After": "3"})

    async def arrived(self) -> None:
        pass

    def identity(self, who: int) -> str:
        return f"pager {who}"

    def leap(self, ms: float) -> None:
        pass

    def reached(self, who: int) -> list[str]:
        return [text for to, text in self._has if to == self.identity(who)]

    def doubts(self, who: int) -> int:
        return sum(fault in DOUBTFUL for to, fault in self._met if to == self.identity(who))

    def refusals(self, who: int) -> int:
        return sum(fault in FATAL for to, fault in self._met if to == self.identity(who))

    def offences(self) -> list[str]:
        return []

    async def close(self) -> None:
        await self._client.aclose()


@asynccontextmanager
async def pager_side(chance: random.Random, make: Callable[[str, str], WebhookChannel]) -> AsyncIterator[PagerSide]:
    """`make`: the guide's channel, of the service's address and the secret."""
    side, app = PagerSide(chance), FastAPI()

    @app.post("/messages")
    async def messages(request: Request) -> Response:
        return await side.answer(request)

    async with listening(app) as port:
        side.channels = (make(f"http://127.0.0.1:{port}", SECRET),)
        yield side
        await side.close()
