"""How a chat ends or is put aside over HTTP, and who may read a day's figures."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from handoff.afterwards import WrapUpRules
from handoff.roles import Role
from handoff.rulebook import Version
from tests.conftest import DEMO_PASSWORD, Site
from tests.server.test_finding import API, act, agent, browser, write

pytestmark = pytest.mark.asyncio(loop_scope="module")
__all__ = ["agent"]

DAY = 86_400_000


async def held(site: Site, client: httpx.AsyncClient) -> str:
    """A chat that the demo's agent holds."""
    id = await write(site, "物流怎么一直不动")
    await act(client, id, "reply", "您好")
    return id


async def post(client: httpx.AsyncClient, id: str, what: str, **body: Any) -> httpx.Response:
    return await client.post(f"{API}/conversations/{id}/{what}", json={"command": uuid4().hex, **body})


def require_summary(site: Site) -> None:
    book = site.desk.rulekeeper.book
    rules = book.rules.model_copy(update={"wrapup": WrapUpRules(required=True)})
    book.newest = Version(book.newest.number, rules)


async def test_a_summary_is_asked_for_where_the_desk_requires_one(site: Site, agent: httpx.AsyncClient) -> None:
    require_summary(site)
    id = await held(site, agent)
    choices = (await agent.get(f"{API}/conversations/{id}/wrapup")).json()
    assert choices["required"]
    assert {"key": "order", "zh": "订单与物流", "en": "Order or delivery"} in choices["dispositions"]
    for summary, reason in ((None, "summary"), ({"disposition": "gone"}, "disposition")):
        refused = await post(agent, id, "close", summary=summary)
        assert (refused.status_code, refused.json()["error"]["reason"]) == (409, reason)
    assert (await agent.get(f"{API}/conversations/{id}")).json()["conversation"]["state"] == "assigned"
    ended = await post(agent, id, "close", summary={"disposition": "order", "tags": [" 补发 ", "补发"]})
    assert ended.json()["state"] == "closed"
    read = (await agent.get(f"{API}/conversations/{id}")).json()["entries"]
    (summed,) = [entry["data"] for entry in read if entry["data"].get("event") == "wrapped"]
    assert (summed["disposition"], summed["tags"]) == ("order", ["补发"])


async def test_a_chat_is_put_aside_for_a_week_at_most(site: Site, agent: httpx.AsyncClient) -> None:
    id, now = await held(site, agent), int(time.time() * 1000)
    for until in (now - 1_000, now + 8 * DAY):
        refused = await post(agent, id, "snooze", until=until)
        assert (refused.status_code, refused.json()["error"]["reason"]) == (409, "time")
    until = now + 6 * DAY
    assert (await post(agent, id, "snooze", until=until, text="等仓库")).json()["state"] == "assigned"
    row = (await agent.get(f"{API}/conversations/{id}")).json()["conversation"]
    assert (row["snoozed_until"], row["due"]) == (until, None)
    assert (await post(agent, id, "wake")).is_success
    assert (await agent.get(f"{API}/conversations/{id}")).json()["conversation"]["snoozed_until"] == 0


async def test_a_day_is_read_by_those_who_oversee(site: Site, agent: httpx.AsyncClient) -> None:
    read = await agent.get(f"{API}/day")
    assert read.json()["report"]["came"] >= 1
    assert (await agent.get(f"{API}/day", params={"first": "2026-01-01", "last": "2026-02-01"})).status_code == 400
    table = await agent.get(f"{API}/day.csv", params={"language": "en"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert "Conversations," in table.text
    await invite(site, "Wei")
    async with browser(site, "Wei") as other:
        for path in ("day", "day.csv"):
            assert (await other.get(f"{API}/{path}")).status_code == 403


async def invite(site: Site, name: str) -> None:
    """Somebody who is an agent and nothing more."""
    _, token = await site.desk.accounts.add(name, Role.AGENT)
    await site.desk.accounts.accept(token, None, DEMO_PASSWORD)
