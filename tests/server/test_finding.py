"""What agents find beside their lists: chats with the bot and over, words, transcripts, and their mentions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect

from bot.messages import Content, Inbound
from bot.store.keys import conversation_id
from handoff.broker import Agent
from handoff.mentions import named_in
from handoff.roles import Role
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

API = "/workspace/api"
LIN, MEI, MEI_LI = Agent("a1", "Lin"), Agent("a2", "Mei"), Agent("a3", "Mei Li")


@pytest_asyncio.fixture(loop_scope="module")
async def agent(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(site, "demo") as client:
        yield client


@asynccontextmanager
async def browser(site: Site, name: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=site.url, headers={"origin": site.url}) as client:
        answer = await client.post(f"{API}/login", json={"name": name, "password": DEMO_PASSWORD})
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client


async def write(site: Site, text: str, name: str | None = None) -> str:
    """A new shopper who says something; returns the conversation."""
    identity = uuid4().hex
    said = Inbound(channel="web", identity=identity, external_id=uuid4().hex, content=Content(text=text), name=name)
    await site.desk.inbox.receive(said)
    return conversation_id("shop", "web", identity)


async def act(client: httpx.AsyncClient, id: str, command: str, text: str = "") -> None:
    body = {"command": uuid4().hex, "text": text}
    answer = await client.post(f"{API}/conversations/{id}/{command}", json=body)
    assert answer.is_success, answer.text


async def ids(client: httpx.AsyncClient, **asked: str) -> list[str]:
    answer = await client.get(f"{API}/conversations", params=asked)
    return [hit["row"]["id"] for hit in answer.json()["conversations"]]


async def test_chats_with_the_bot_and_over_are_listed_the_newest_first(site: Site, agent: httpx.AsyncClient) -> None:
    first, second, over = await write(site, "你好"), await write(site, "在吗"), await write(site, "谢谢")
    await act(agent, over, "reply", "不客气")
    await act(agent, over, "close")
    with_bot = await ids(agent, state="bot")
    assert with_bot.index(second) < with_bot.index(first)
    assert over not in with_bot
    assert over in await ids(agent, state="closed")


async def test_words_find_live_chats_by_name_and_last_words(site: Site, agent: httpx.AsyncClient) -> None:
    wanted = await write(site, "耳机左边没有声音", name="王小美")
    other = await write(site, "运费怎么算", name="Ada")
    await act(agent, wanted, "reply", "马上为您换新")
    await act(agent, wanted, "close")
    assert wanted in await ids(agent, words="小美")
    assert wanted in await ids(agent, words="换新")
    assert other not in await ids(agent, words="小美")


async def test_a_stranger_finds_nothing(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        for path in (f"{API}/conversations", f"{API}/conversations/{'a' * 16}/transcript"):
            assert (await client.get(path)).status_code == 401


async def test_a_transcript_has_what_the_shopper_saw_and_runs_nothing(site: Site, agent: httpx.AsyncClient) -> None:
    id = await write(site, "<script>alert(1)</script>", name="A & B")
    await act(agent, id, "reply", "您好")
    await act(agent, id, "note", "顾客很着急")
    page = await agent.get(f"{API}/conversations/{id}/transcript")
    assert page.headers["content-disposition"] == f'attachment; filename="{id}.html"'
    assert "sandbox" in page.headers["content-security-policy"]
    assert "&lt;script&gt;" in page.text and "<script" not in page.text
    assert "A &amp; B" in page.text and "您好" in page.text and "着急" not in page.text
    data = (await agent.get(f"{API}/conversations/{id}/transcript", params={"form": "json"})).json()
    assert data["conversation"]["id"] == id
    assert {entry["audience"] for entry in data["entries"]} == {"all"}
    assert [entry["seq"] for entry in data["entries"]] == sorted(entry["seq"] for entry in data["entries"])


async def test_a_transcript_of_nothing_is_not_found(agent: httpx.AsyncClient) -> None:
    answer = await agent.get(f"{API}/conversations/{'a' * 16}/transcript")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_of_names_that_begin_alike_the_longest_counts() -> None:
    everybody = [LIN, MEI, MEI_LI]
    assert named_in("@mei li 看一下，@Lin 也看看", everybody) == [LIN, MEI_LI]
    assert named_in("@Mei, please", everybody) == [MEI]
    assert named_in("mei@lin.example", [MEI]) == []
    assert named_in("@nobody", everybody) == named_in("@Lin", []) == []


async def mentions(socket: ClientConnection) -> list[dict[str, Any]]:
    while (frame := json.loads(await socket.recv()))["type"] != "mentions":
        pass
    return list(frame["mentions"])


async def test_who_is_named_in_a_note_is_told_at_once_or_later_until_the_chat_is_looked_at(
    site: Site, agent: httpx.AsyncClient
) -> None:
    _, token = await site.desk.accounts.add("Lin", Role.AGENT)
    await site.desk.accounts.accept(token, None, DEMO_PASSWORD)
    id = await write(site, "转人工")
    await act(agent, id, "note", "@Lin 请看看这个订单")
    async with browser(site, "Lin") as lin:
        cookies = "; ".join(f"{name}={value}" for name, value in lin.cookies.items())
        headers = {"Origin": site.url, "Cookie": cookies}
        url = f"ws://{site.address}{API}/feed"
        async with connect(url, additional_headers=headers, proxy=None) as socket:
            hello = {"type": "hello", "csrf": lin.headers["X-CSRF-Token"], "after": None}
            await socket.send(json.dumps(hello))
            (mention,) = await mentions(socket)
            assert (mention["conversation"], mention["by"], mention["row"]["id"]) == (id, "demo", id)
            await act(agent, id, "note", "@Lin 还有一件事")
            assert [one["text"] for one in await mentions(socket)] == ["@Lin 还有一件事"]
            await socket.send(json.dumps({"type": "see", "conversation": id}))
            assert await mentions(socket) == []
