"""One shopper at three doors of a whole desk: by the ways Telegram and WeChat bring codes, as the agents see it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from bot.settings import Settings
from bot.store.keys import conversation_id
from handoff.broker import Agent
from tests.channels.pages import Visitor, new_visitor
from tests.channels.telegram_server import TOKEN, TelegramServer, telegram_server
from tests.channels.wechat_callback import APP_ID, CALLBACK_TOKEN
from tests.channels.wechat_server import SECRET, XU, WeChatServer, wechat_server
from tests.conftest import DEMO_PASSWORD, Site, open_site

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

SHOPPER = ("shopper", "message")
OURS = {"bot", "channels", "handoff", "actions", "uvicorn", "telegram"}
"""Loggers of a desk; those of the tests' own clients say what they ask for."""
MEI = Agent("mei", "Mei")
QUESTION = "运费多少"
PUBLIC = "http://127.0.0.1:1"
"""Loopback is not public; only the address that is registered differs from a real desk's."""


@dataclass(frozen=True)
class Doors:
    site: Site
    telegram: TelegramServer
    wechat: WeChatServer

    async def moves(self, visitor: Visitor) -> tuple[str, dict[str, str]]:
        """A code as the web page shows it, and the addresses that its QR codes hold, by channel."""
        made = (await visitor.post("code")).json()
        return made["code"], {door["channel"]: door["url"] for door in made["doors"]}

    async def open_telegram(self, url: str, chat: int = 7) -> None:
        """The shopper opens a deep link and presses Start."""
        await self.telegram.write(f"/start {url.partition('?start=')[2]}", chat=chat)
        await self.telegram.until_taken()

    async def joined(self, channel: str, identity: str | int) -> str | None:
        """The thread that an identity is joined to."""
        home = conversation_id("shop", channel, str(identity))
        return (await self.site.desk.store.conversation(home)).joined


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(telegram_server())
        wechat = await stack.enter_async_context(wechat_server())
        settings = Settings(
            data=tmp_path,
            public_url=PUBLIC,
            telegram_token=SecretStr(TOKEN),
            telegram_api=telegram.url,
            wechat_app_id=APP_ID,
            wechat_app_secret=SecretStr(SECRET),
            wechat_token=SecretStr(CALLBACK_TOKEN),
            wechat_api=wechat.url,
        )
        site = await stack.enter_async_context(open_site(settings))
        wechat.connect(f"{site.url}/wechat")
        await telegram.until_called("setWebhook")
        telegram.move_webhook(PUBLIC, site.url)
        yield Doors(site, telegram, wechat)


@pytest.fixture
async def visitor(doors: Doors) -> AsyncIterator[Visitor]:
    """Somebody who has asked on the web, and was answered."""
    async with new_visitor(doors.site) as visitor:
        await visitor.say(QUESTION)
        while not [one for one in (await read(visitor)) if one["author"] == "bot"]:
            await visitor.post("poll", after=2**40, wait=1)
        yield visitor


async def read(visitor: Visitor) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await visitor.post("poll", after=0, wait=0)).json()["entries"]
    return entries


@dataclass(frozen=True)
class Workspace:
    """The pages of a signed-in agent."""

    client: httpx.AsyncClient

    async def read(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get(f"/{id}")).json()
        return found

    async def unjoin(self, id: str, command: str | None = None) -> httpx.Response:
        return await self.client.post(f"/{id}/unjoin", json={"command": command or uuid4().hex})


@pytest.fixture
async def workspace(doors: Doors) -> AsyncIterator[Workspace]:
    url, api = doors.site.url, f"{doors.site.url}/workspace/api"
    async with httpx.AsyncClient(headers={"origin": url}, trust_env=False) as client:
        signed_in = await client.post(f"{api}/login", json={"name": "demo", "password": DEMO_PASSWORD})
        client.headers["x-csrf-token"] = signed_in.json()["csrf"]
        client.base_url = httpx.URL(f"{api}/conversations")
        yield Workspace(client)


async def test_the_deep_link_of_a_page_goes_on_in_telegram(doors: Doors, visitor: Visitor) -> None:
    _, links = await doors.moves(visitor)
    await doors.open_telegram(links["telegram"])
    assert await doors.joined("telegram", 7) == visitor.conversation
    (told,) = await doors.telegram.until_sent(1)
    assert "网站" in told.text
    await doors.open_telegram(links["telegram"], chat=8)
    assert await doors.joined("telegram", 8) is None


@pytest.mark.parametrize("follows", [True, False])
async def test_the_qr_code_of_a_page_goes_on_in_wechat(doors: Doors, visitor: Visitor, follows: bool) -> None:
    if follows:
        await doors.wechat.follow()
    _, links = await doors.moves(visitor)
    before = len(doors.wechat.sent)
    await doors.wechat.scan(links["wechat"])
    assert await doors.joined("wechat", XU) == visitor.conversation
    assert "网站" in (await doors.wechat.until_sent(before + 1))[-1].what
    assert len(doors.wechat.sent) == before + 1


async def test_an_account_that_may_make_no_qr_codes_takes_a_typed_code(doors: Doors, visitor: Visitor) -> None:
    doors.wechat.rights.discard("qrcode")
    code, links = await doors.moves(visitor)
    assert links["wechat"] is None
    assert "网站" in str((await doors.wechat.write(code)).text)
    assert await doors.joined("wechat", XU) == visitor.conversation


async def test_agents_read_one_history_over_three_doors_and_part_them(
    doors: Doors, visitor: Visitor, workspace: Workspace
) -> None:
    await doors.wechat.write("有货吗")
    for channel in ("telegram", "wechat"):
        code, links = await doors.moves(visitor)
        await (doors.open_telegram(links[channel]) if channel == "telegram" else doors.wechat.write(code))
    await doors.wechat.write("怎么退货")
    page = await workspace.read(conversation_id("shop", "wechat", XU))
    assert page["conversation"]["id"] == visitor.conversation
    entries = page["entries"]
    said = [(one["channel"], one["content"]["text"]) for one in entries if (one["author"], one["kind"]) == SHOPPER]
    assert said == [("web", QUESTION), ("wechat", "有货吗"), ("wechat", "怎么退货")]
    assert [one["at"] for one in entries] == sorted(one["at"] for one in entries)
    assert {one["channel"] for one in entries} == {"web", "wechat", "telegram"}

    first = await workspace.unjoin(visitor.conversation, "command-1")
    assert first.status_code == 200
    assert (await workspace.unjoin(visitor.conversation, "command-1")).json() == first.json()
    assert [await doors.joined("wechat", XU), await doors.joined("telegram", 7)] == [None, None]
    last = (await workspace.read(visitor.conversation))["entries"][-1]
    assert (last["data"]["event"], last["data"]["agent"]) == ("unlinked", "demo")


async def test_only_who_holds_a_thread_parts_it_and_only_what_is_joined(
    doors: Doors, visitor: Visitor, workspace: Workspace
) -> None:
    alone = await workspace.unjoin(visitor.conversation)
    assert (alone.status_code, alone.json()["error"]["reason"]) == (409, "alone")
    await doors.wechat.write((await doors.moves(visitor))[0])
    await doors.site.desk.broker.reply(visitor.conversation, MEI, "reply-1", "您好")
    held = await workspace.unjoin(visitor.conversation)
    assert (held.status_code, held.json()["error"]["reason"]) == (409, "owner")
    assert await doors.joined("wechat", XU) == visitor.conversation


async def test_parting_needs_a_signed_in_agent_and_his_page(
    doors: Doors, visitor: Visitor, workspace: Workspace
) -> None:
    del workspace.client.headers["x-csrf-token"]
    assert (await workspace.unjoin(visitor.conversation)).status_code == 403
    workspace.client.cookies.clear()
    assert (await workspace.unjoin(visitor.conversation)).status_code == 401


async def test_no_code_and_no_token_is_in_the_logs(
    doors: Doors, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        code, links = await doors.moves(visitor)
        await doors.open_telegram(links["telegram"])
        await doors.wechat.write(code)
        _, links = await doors.moves(visitor)
        await doors.wechat.scan(links["wechat"])
        await doors.open_telegram(f"?start={code}", chat=9)
    webhook = doors.telegram.webhook
    assert webhook.secret
    secrets = (code, *links.values(), visitor.token, TOKEN, SECRET, CALLBACK_TOKEN, webhook.secret, webhook.url)
    shown = [record.getMessage() for record in caplog.records if record.name.split(".")[0] in OURS]
    assert not [secret for secret in secrets if any(secret in line for line in shown)]
