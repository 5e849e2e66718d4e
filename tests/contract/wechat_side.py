"""WeChat in the contract suite: openids that write by callback and hang up, and an API that fails and counts."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from channels.port import WebhookChannel
from channels.wechat import api, webhook
from tests.channels.wechat_callback import ACCOUNT, APP_ID, CALLBACK_TOKEN, Callback, Delivered
from tests.channels.wechat_server import SECRET, Fault, Sent, WeChatServer, wechat_server
from tests.contract.side import Faults

SEND = "message/custom/send"
SOFT = {Fault(code=-1): 0.04, Fault(status=500): 0.03, Fault(code=45011): 0.02, Fault(code=40001): 0.01}
DOUBTFUL = {
    Fault(status=502): 0.02,
    Fault(status=502, carried_out=True): 0.02,
    Fault(cut=True): 0.02,
    Fault(cut=True, carried_out=True): 0.02,
    Fault(hangs=True, carried_out=True): 0.002,
}
FATAL = {Fault(code=45015): 0.01, Fault(code=45047): 0.01, Fault(code=43004): 0.005, Fault(code=48001): 0.005}
HANGS_UP = 0.1
"""How often WeChat does not wait for the answer."""
TOKENS = (40001, 40014, 42001, 45011)
"""Refusals that a desk may meet when its token is ended by others."""


class WeChatSide:
    name = "wechat"
    edits = False
    keeps_order = False
    channels: tuple[WebhookChannel, ...] = ()

    def __init__(self, server: WeChatServer, chance: random.Random, *, calm: bool = False) -> None:
        self.server = server
        self.settings = {
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_APP_SECRET": SECRET,
            "WECHAT_TOKEN": CALLBACK_TOKEN,
            "WECHAT_API": server.url,
        }
        self._chance = chance
        self._hangs_up = 0.0 if calm else HANGS_UP
        self._faults = Faults(chance, {} if calm else {**SOFT, **DOUBTFUL, **FATAL})
        server.faults[SEND] = self._faults  # type: ignore[assignment]
        self._ids: dict[tuple[int, str], int] = {}
        self._bodies: defaultdict[int, set[bytes]] = defaultdict(set)
        self._lost: Counter[int] = Counter()
        self._client = httpx.AsyncClient(trust_env=False)

    def hasten(self, monkeypatch: pytest.MonkeyPatch, now: Callable[[], float]) -> None:
        monkeypatch.setattr(api, "TIMEOUT", (3.05, 2.0))
        monkeypatch.setattr(webhook, "WAIT", 2_000)

    async def connect(self, url: str) -> None:
        self.server.connect(f"{url}/wechat", mode="plain")

    async def write(self, who: int, tag: str, edits: str | None = None) -> None:
        """WeChat tries until it is answered; the shopper sees one answer to a message."""
        if (who, tag) not in self._ids:
            self._ids[who, tag] = 23_000_000_000_000_000 + len(self._ids)
            self.server.allow(self.identity(who))
        fields: dict[str, object] = {
            "ToUserName": ACCOUNT,
            "FromUserName": self.identity(who),
            "CreateTime": int(self.server.now()),
            "MsgType": "text",
            "Content": tag,
            "MsgId": self._ids[who, tag],
        }
        assert self.server.callback
        if self._chance.random() < self._hangs_up and await self._hang_up(who, self.server.callback, fields):
            return
        while (delivered := await self.server.callback.deliver(fields)).status != 200:
            pass
        self._show(who, fields, delivered)

    async def _hang_up(self, who: int, callback: Callback, fields: dict[str, object]) -> bool:
        """One try that may be too late: whether it was answered all the same."""
        query, body = callback.message(fields)
        patience = self._chance.uniform(0.002, 0.05)
        try:
            answer = await self._client.post(callback.url, params=query, content=body, timeout=patience)
        except httpx.TransportError:
            self._lost[who] += 1
            return False
        self._show(who, fields, callback.read(1, answer.content, [answer.content], fields))
        return True

    def _show(self, who: int, fields: dict[str, object], delivered: Delivered) -> None:
        assert not delivered.broken, delivered.broken
        known = self._bodies[int(str(fields["MsgId"]))]
        if delivered.text and not known:
            self.server.sent.append(Sent(self.identity(who), "text", delivered.text, passive=True))
        if delivered.text:
            known.add(delivered.bodies[-1])

    async def arrived(self) -> None:
        pass

    def identity(self, who: int) -> str:
        return f"o6_bmjrPTlm6_2sgVt7hMZOPf{who:03}"

    def leap(self, ms: float) -> None:
        self.server.advance(ms / 1000)

    def reached(self, who: int) -> list[str]:
        return self.server.texts(self.identity(who))

    def doubts(self, who: int) -> int:
        return self._lost[who] + sum(fault in DOUBTFUL for fault in self._drawn(who))

    def refusals(self, who: int) -> int:
        return sum(fault in FATAL for fault in self._drawn(who))

    def offences(self) -> list[str]:
        """WeChat had to refuse; or the same message got two answers."""
        refused = [f"refused: {code}" for code in self.server.refused if code not in TOKENS]
        return refused + [f"two answers to {id}" for id, bodies in self._bodies.items() if len(bodies) > 1]

    def passive_share(self) -> float:
        return sum(sent.passive for sent in self.server.sent) / len(self.server.sent)

    async def close(self) -> None:
        await self._client.aclose()

    def _drawn(self, who: int) -> list[Fault]:
        drawn = zip(self.server.asked(SEND), self._faults.drawn, strict=True)
        return [fault for call, fault in drawn if fault and call.body["touser"] == self.identity(who)]


@asynccontextmanager
async def wechat_side(chance: random.Random) -> AsyncIterator[WeChatSide]:
    async with wechat_server() as server:
        side = WeChatSide(server, chance)
        yield side
        await side.close()
