"""What overseers read over HTTP: the wall's figures, and the ledger in pages and as a file that runs nowhere."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from io import StringIO

import pytest
import pytest_asyncio
from httpx import AsyncClient

from bot.messages import Content, Inbound
from bot.store.keys import conversation_id
from handoff.accounts import Session
from handoff.broker import Agent
from handoff.roles import Role
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

API = "/workspace/api"


async def enter(site: Site, name: str, role: Role) -> tuple[Session, AsyncClient]:
    session = await site.desk.accounts.accept(await site.desk.accounts.invite(role), name, DEMO_PASSWORD)
    browser = AsyncClient(base_url=site.url, headers={"Origin": site.url})
    browser.headers["X-CSRF-Token"] = (
        await browser.post(f"{API}/login", json={"name": name, "password": DEMO_PASSWORD})
    ).json()["csrf"]
    return session, browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def auditor(site: Site) -> AsyncIterator[AsyncClient]:
    _, browser = await enter(site, "=SUM(A1) auditor", Role.AUDITOR)
    yield browser
    await browser.aclose()


async def take_over(site: Site, agent: Agent, name: str) -> str:
    said = Inbound(channel="web", identity=name, external_id=name, content=Content(text="在吗"), name=name)
    await site.desk.inbox.receive(said)
    id = conversation_id("shop", "web", name)
    await site.desk.broker.reply(id, agent, f"{name}:reply", "您好")
    return id


async def test_the_wall_counts_today_and_knows_how_many_chats_each_takes(site: Site, auditor: AsyncClient) -> None:
    lin, browser = await enter(site, "Lin", Role.AGENT)
    await browser.aclose()
    await take_over(site, lin.account, "s1")
    today = (await auditor.get(f"{API}/wall")).json()
    assert today["came"] >= 1
    assert today["capacity"][lin.account.id] == 8
    assert {"asked", "answered", "within", "level", "waits", "at"} <= today.keys()


async def test_the_ledger_is_read_by_agent_kind_conversation_and_day(site: Site, auditor: AsyncClient) -> None:
    mei, browser = await enter(site, "Mei", Role.AGENT)
    await browser.aclose()
    id = await take_over(site, mei.account, "s2")

    async def kinds(**wanted: str) -> list[str]:
        lines = (await auditor.get(f"{API}/ledger", params=wanted)).json()["lines"]
        return [line["kind"] for line in lines if line["kind"] != "came"]

    assert await kinds(conversation=id) == ["reply"]
    assert await kinds(agent=mei.account.id) == ["reply", "signed_in"]
    assert set(await kinds(kind="signed_in")) == {"signed_in"}
    assert await kinds(day="2001-01-01") == []
    known = (await auditor.get(f"{API}/ledger")).json()
    assert "reply" in known["kinds"]
    assert known["agents"][mei.account.id] == "Mei"


@pytest.mark.parametrize("path", ["ledger", "ledger.csv", "day", "day.csv"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_day_of_no_time_of_ours_is_refused(auditor: AsyncClient, path: str, day: str) -> None:
    answer = await auditor.get(f"{API}/{path}", params={"first": day} if path.startswith("day") else {"day": day})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "days")


async def test_older_lines_are_asked_for_by_a_cursor(site: Site, auditor: AsyncClient) -> None:
    for number in range(150):
        await site.desk.ledger.note("counted", number=number)
    first = (await auditor.get(f"{API}/ledger", params={"kind": "counted"})).json()
    second = (await auditor.get(f"{API}/ledger", params={"kind": "counted", "before": first["before"]})).json()
    numbers = {line["data"]["number"] for line in first["lines"] + second["lines"]}
    assert (len(first["lines"]), len(second["lines"]), second["before"]) == (100, 50, None)
    assert numbers == set(range(150))


async def test_no_cell_of_the_file_is_a_formula(auditor: AsyncClient) -> None:
    answer = await auditor.get(f"{API}/ledger.csv", params={"kind": "signed_in"})
    assert answer.headers["content-disposition"] == 'attachment; filename="jieli-ledger.csv"'
    rows = list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:3] == ["at", "kind", "agent_name"]
    assert "'=SUM(A1) auditor" in [row[2] for row in rows]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


async def test_who_took_the_file_is_in_the_ledger_itself(auditor: AsyncClient) -> None:
    await auditor.get(f"{API}/ledger.csv", params={"kind": "counted"})
    lines = (await auditor.get(f"{API}/ledger", params={"kind": "ledger_saved"})).json()["lines"]
    assert lines[0]["data"] == {"wanted": {"kinds": ["counted"]}}


async def test_agents_read_only_what_was_thought_of_their_own_chats(site: Site) -> None:
    _, browser = await enter(site, "Ann", Role.AGENT)
    answer = (await browser.get(f"{API}/checks")).json()
    assert answer["checks"] == []
    assert [one["key"] for one in answer["criteria"]] == ["correct", "polite", "quick", "solved"]
    refused = await browser.post(f"{API}/checks/abcdefghijklmnop/1", json={"scores": {"correct": 5}})
    assert refused.status_code == 403
    await browser.aclose()
