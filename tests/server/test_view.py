"""What an agent sees beside a chat over HTTP: the order, what the bot understood, and suggested replies."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from pytest import MonkeyPatch

from actions.demo import demo_showcase
from actions.shop import ShopFailed
from bot.messages import Content, Inbound
from handoff.ledger import Filter
from tests.conftest import Site
from tests.server.test_finding import API, act, agent, write

__all__ = ["agent"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = next(one for one in demo_showcase().orders if one.state == "in_transit")


async def order_of(agent: httpx.AsyncClient, id: str) -> dict[str, Any]:
    answer = await agent.get(f"{API}/conversations/{id}/order")
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def answered(agent: httpx.AsyncClient, id: str) -> list[dict[str, Any]]:
    """The entries once the bot has said something."""
    async with asyncio.timeout(20):
        while True:
            entries = (await agent.get(f"{API}/conversations/{id}")).json()["entries"]
            if any(entry["author"] == "bot" for entry in entries):
                return list(entries)


async def test_the_order_is_shown_masked_and_revealed_on_record(site: Site, agent: httpx.AsyncClient) -> None:
    id = await write(site, f"我的订单 {ORDER.number} 到哪了")
    shown = (await order_of(agent, id))["order"]
    assert (shown["number"], shown["state"]) == (ORDER.number, "in_transit")
    assert shown["items"] and shown["total"]["currency"] == "CNY" and shown["shipment"]["events"]
    order = await site.desk.shop.order(ORDER.number)
    assert order is not None
    assert order.phone[-4:] not in shown["phone"] and order.address not in shown["address"]

    revealed = (await agent.post(f"{API}/conversations/{id}/order/reveal")).json()
    assert revealed == {"number": ORDER.number, "phone": order.phone, "address": order.address}
    lines = await site.desk.ledger.read(Filter(kinds=("revealed",), conversation=id), 10)
    assert [(line.agent_name, line.data["order"]) for line in lines] == [("demo", ORDER.number)]


async def test_the_order_told_to_the_human_counts(site: Site, agent: httpx.AsyncClient) -> None:
    other = next(one for one in demo_showcase().orders if one.state == "refunding")
    id = await write(site, "你好")
    await act(agent, id, "reply", f"您是说 {ORDER.number} 吗")
    assert (await order_of(agent, id))["order"] is None
    identity = (await site.desk.store.conversation(id)).identity
    said = Inbound(channel="web", identity=identity, external_id="second", content=Content(text=f"是 {other.number}"))
    await site.desk.inbox.receive(said)
    assert (await order_of(agent, id))["order"]["number"] == other.number


async def test_a_chat_about_no_order_has_none_to_reveal(site: Site, agent: httpx.AsyncClient) -> None:
    id = await write(site, "你们几点下班")
    assert await order_of(agent, id) == {"order": None, "product": None}
    assert (await agent.post(f"{API}/conversations/{id}/order/reveal")).status_code == 404


async def test_a_failing_shop_is_told_and_may_be_asked_again(
    site: Site, agent: httpx.AsyncClient, monkeypatch: MonkeyPatch
) -> None:
    async def fail(number: str) -> None:
        raise ShopFailed("down")

    id = await write(site, f"订单 {ORDER.number}")
    with monkeypatch.context() as broken:
        broken.setattr(site.desk.shop, "order", fail)
        answer = await agent.get(f"{API}/conversations/{id}/order")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert (await order_of(agent, id))["order"]["number"] == ORDER.number


async def test_what_was_understood_is_corrected_and_taken_back(site: Site, agent: httpx.AsyncClient) -> None:
    id = await write(site, "运费怎么算")
    entries = await answered(agent, id)
    understood = next(found for entry in entries if (found := entry["data"].get("understood")))
    assert understood == {"of": 1, "intents": ["ask_shipping_fee"], "slots": {}}

    body = {"conversation": id, "seq": 1, "meaning": {"intents": ["return_shipping_fee"], "slots": {}}}
    made = (await agent.post(f"{API}/corrections", json=body)).json()["correction"]
    known = (await agent.get(f"{API}/corrections", params={"conversation": id})).json()
    assert known["corrections"] == [made]
    assert made["understood"] == {"intents": ["ask_shipping_fee"], "slots": {}}
    assert {"name": "ask_price", "zh": "商品价格", "en": "a price"} in known["intents"]
    assert {"name": "greet"} in known["intents"]
    assert (await agent.post(f"{API}/corrections/{made['id']}/remove")).is_success
    assert (await agent.post(f"{API}/corrections/{made['id']}/remove")).status_code == 404


@pytest.mark.parametrize("seq", [2, 99])
async def test_only_a_shoppers_words_are_corrected(site: Site, agent: httpx.AsyncClient, seq: int) -> None:
    id = await write(site, "运费怎么算")
    await answered(agent, id)
    body = {"conversation": id, "seq": seq, "meaning": {"intents": ["greet"]}}
    assert (await agent.post(f"{API}/corrections", json=body)).status_code == 404
    body = {"conversation": id, "seq": 1, "meaning": {"intents": ["no_such"]}}
    assert (await agent.post(f"{API}/corrections", json=body)).status_code == 400


async def test_replies_are_suggested_until_an_agent_has_answered(site: Site, agent: httpx.AsyncClient) -> None:
    await site.desk.canned.seed_demo()
    await site.desk.suggestions.warm()
    id = await write(site, "帮我查一下订单物流到哪里了")
    path = f"{API}/conversations/{id}/suggestions"
    found = (await agent.get(path)).json()["suggestions"]
    assert found and found[0]["source"] == "canned" and found[0]["title"] == "查单"
    await act(agent, id, "reply", "已经到杭州了")
    assert (await agent.get(path)).json() == {"suggestions": []}
