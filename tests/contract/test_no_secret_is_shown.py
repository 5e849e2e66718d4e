"""A whole desk on all three doors, at work and in trouble: no secret is in its logs, or in an address it gives away."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from bot.joins import Identity
from tests.channels.telegram_server import TOKEN, telegram_server
from tests.channels.wechat_callback import AES_KEY, CALLBACK_TOKEN
from tests.channels.wechat_server import SECRET, wechat_server
from tests.contract.stage import open_stage
from tests.contract.talk import Talk
from tests.contract.telegram_side import TelegramSide
from tests.contract.web_side import WebSide
from tests.contract.wechat_side import WeChatSide

LOGIN_SECRET = "what the shop's own server signs its customers with"
MESSAGES = 100


class AllDoors(WebSide):
    """The web, beside the other two: a shopper's number says where he writes."""

    def __init__(self, chance: random.Random, telegram: TelegramSide, wechat: WeChatSide) -> None:
        super().__init__(chance)
        self.doors = (telegram, wechat)
        self.settings = {
            **telegram.settings,
            **wechat.settings,
            "WECHAT_AES_KEY": AES_KEY,
            "JIELI_LOGIN_SECRET": LOGIN_SECRET,
        }

    def hasten(self, monkeypatch: pytest.MonkeyPatch, now: Callable[[], float]) -> None:
        for door in (super(), *self.doors):
            door.hasten(monkeypatch, now)

    def leap(self, ms: float) -> None:
        for door in self.doors:
            door.leap(ms)

    async def connect(self, url: str) -> None:
        await super().connect(url)
        for door in self.doors:
            await door.connect(url)
        callback = self.doors[1].server.callback
        assert callback
        callback.mode = "aes"

    async def write(self, who: int, tag: str, edits: str | None = None) -> None:
        await (super(), *self.doors)[who % 3].write(who, tag, edits)


def secrets_of(folder: Path, wechat_tokens: set[str]) -> set[str]:
    """Everything that nobody may read, however it came to be."""
    made = {path.read_text().strip() for path in (folder / "secrets").iterdir()}
    given = {TOKEN, TOKEN.partition(":")[2], SECRET, CALLBACK_TOKEN, AES_KEY, LOGIN_SECRET}
    return made | given | wechat_tokens


async def knock(url: str) -> set[str]:
    """Wrong calls at every door; what they are answered."""
    async with httpx.AsyncClient(base_url=url) as client:
        calls = [
            client.post("/telegram/wrong", json={}),
            client.post("/wechat?signature=wrong&timestamp=1&nonce=1", content=b"<xml/>"),
            client.post("/api/login", json={"token": "wrong", "user_token": "wrong"}),
            client.post("/api/say", json={"token": "wrong"}),
            client.get("/media/wrong"),
        ]
        return {answer.text + str(answer.headers) for answer in await asyncio.gather(*calls)}


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_no_secret_is_in_a_log_or_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chance = random.Random(3)
    async with telegram_server() as telegram, wechat_server() as wechat:
        side = AllDoors(chance, TelegramSide(telegram, chance), WeChatSide(wechat, chance))
        async with open_stage(side, tmp_path, monkeypatch) as stage:
            talk = Talk(side, chance)
            await talk.run(stage, MESSAGES)
            wechat.revoke()
            addresses = await knock(side.url)
            for name, identity in (("telegram", "1"), ("wechat", side.doors[1].identity(2))):
                code = await stage.desk.joins.make_code(Identity(channel=name, identity=identity))
                addresses |= {str(await link(code)) for link in stage.desk.links.values()}
            addresses |= {telegram.webhook.url, *(sent.text for sent in telegram.sent), *wechat.texts(identity)}
        await side.close()
        await side.doors[1].close()
    tokens = {token for call in wechat.calls if (token := call.query.get("access_token"))}
    secrets = secrets_of(tmp_path, tokens)
    assert tokens
    assert not [secret for secret in secrets if secret in "\n".join(addresses)]
    assert "channels." in " ".join(record.name for record in caplog.records)
    webhook = {telegram.webhook.secret or "", telegram.webhook.url.rpartition("/")[2]}
    assert not [secret for secret in secrets | webhook if secret in caplog.text]
