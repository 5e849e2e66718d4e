"""Telegram in the contract suite: chats that write by webhook, and a Bot API that fails."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from channels.port import WebhookChannel
from channels.telegram import api
from channels.telegram.pace import Pace
from tests.channels.telegram_server import NOW, TOKEN, Fault, TelegramServer, telegram_server
from tests.contract.side import Faults

SITE = "http://127.0.0.1:1"
SOFT = {
    Fault(429, "Too Many Requests: retry after 2", retry_after=2): 0.03,
    Fault(500, "Internal Server Error"): 0.03,
}
DOUBTFUL = {Fault(0, cut=True): 0.02, Fault(502, cut=True): 0.02, Fault(502, html=True): 0.02, Fault(0): 0.001}
"""A gateway's page says nothing of the call, as an answer that breaks off or never comes."""
FATAL = {
    Fault(403, "Forbidden: bot was blocked by the user"): 0.01,
    Fault(400, "Bad Request: chat not found"): 0.005,
    Fault(401, "Unauthorized"): 0.005,
}


class TelegramSide:
    name = "telegram"
    edits = True
    keeps_order = True
    channels: tuple[WebhookChannel, ...] = ()

    def __init__(self, server: TelegramServer, chance: random.Random, site: str = SITE, *, calm: bool = False) -> None:
        self.server = server
        self._site = site
        self.settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": server.url, "JIELI_PUBLIC_URL": site}
        self._faults = Faults(chance, {} if calm else {**SOFT, **DOUBTFUL, **FATAL})
        server.faults["sendMessage"] = self._faults  # type: ignore[assignment]
        self._updates: dict[tuple[int, str], Any] = {}
        self._ids: dict[tuple[int, str], int] = {}

    def hasten(self, monkeypatch: pytest.MonkeyPatch, now: Callable[[], float]) -> None:
        monkeypatch.setattr("bot.server.telegram.Pace", lambda: Pace(overall=1e6, gap=0.0, now=now))
        monkeypatch.setattr(api, "PATIENCE", 2.0)

    async def connect(self, url: str) -> None:
        await self.server.until(lambda: self.server.webhook.url.startswith(self._site))
        self.server.move_webhook(self._site, url)

    async def write(self, who: int, tag: str, edits: str | None = None) -> None:
        update = self._updates.get((who, tag)) or self._make(who, tag, edits)
        await self.server.bring(update)

    def _make(self, who: int, tag: str, edits: str | None) -> Any:
        number = len(self._updates) + 1
        person = {"id": 1 + who, "first_name": "Xu"}
        message: dict[str, Any] = {
            "message_id": number,
            "date": NOW,
            "chat": {**person, "type": "private"},
            "from": person,
        }
        if edits:
            message |= {"message_id": self._ids[who, edits], "edit_date": NOW}
        kind = "edited_message" if edits else "message"
        self._ids[who, tag] = message["message_id"]
        self._updates[who, tag] = {"update_id": number, kind: {**message, "text": tag}}
        return self._updates[who, tag]

    async def arrived(self) -> None:
        pass

    def identity(self, who: int) -> str:
        return str(1 + who)

    def leap(self, ms: float) -> None:
        pass

    def reached(self, who: int) -> list[str]:
        return [sent.text for sent in self.server.sent if sent.chat == 1 + who]

    def doubts(self, who: int) -> int:
        return sum(fault in DOUBTFUL for fault in self._drawn(who))

    def refusals(self, who: int) -> int:
        return sum(fault in FATAL for fault in self._drawn(who))

    def offences(self) -> list[str]:
        return []

    def _drawn(self, who: int) -> list[Fault]:
        """What came over the calls that were for a chat."""
        calls = [call for method, call in self.server.calls if method == "sendMessage"]
        drawn = zip(calls, self._faults.drawn, strict=True)
        return [fault for call, fault in drawn if fault and call["chat_id"] == self.identity(who)]


@asynccontextmanager
async def telegram_side(chance: random.Random) -> AsyncIterator[TelegramSide]:
    async with telegram_server() as server:
        yield TelegramSide(server, chance)
