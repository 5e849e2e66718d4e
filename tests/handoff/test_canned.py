"""Canned replies: the desk's are everybody's and the leads' to write, one's own are nobody else's business."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from bot.clock import Clock
from bot.messages import Language
from bot.record.database import Database
from handoff.accounts import Account, Accounts
from handoff.canned import DEMO, CannedRefused, CannedReplies
from handoff.roles import Role
from handoff.workspace.canned import make_canned_routes
from handoff.workspace.sessions import Problem, answer_problem
from tests.handoff.noted import Noted

PATH = "/workspace/api/canned"


async def shop_names() -> dict[Language, str]:
    return {"en": "The shop"}


class Desk:
    def __init__(self, canned: CannedReplies, lin: Account, mei: Account, lead: Account) -> None:
        self.canned = canned
        self.lin = lin
        self.mei = mei
        self.lead = lead

    def browser(self, account: Account) -> AsyncClient:
        async def signed_in() -> Account:
            return account

        app = FastAPI()
        app.include_router(make_canned_routes(self.canned, shop_names, signed_in, Noted()))
        app.add_exception_handler(Problem, answer_problem)
        return AsyncClient(transport=ASGITransport(app=app), base_url="http://shop.example")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    await database.migrate()
    accounts = Accounts(database, Clock())
    people = [
        (await accounts.add(name, role))[0]
        for name, role in (("Lin", Role.AGENT), ("Mei", Role.AGENT), ("Ada", Role.LEAD))
    ]
    yield Desk(CannedReplies(database, Clock()), *people)
    await database.close()


async def shortcuts(desk: Desk, account: Account) -> list[str]:
    return [reply.shortcut for reply in await desk.canned.of(account.id)]


async def test_the_desks_are_for_all_and_ones_own_for_oneself(desk: Desk) -> None:
    await desk.canned.add(desk.lead, "desk", "zh", "你好", "您好")
    await desk.canned.add(desk.lin, "mine", "", "hi", "Hi {customer}")
    assert await shortcuts(desk, desk.lin) == ["hi", "你好"]
    assert await shortcuts(desk, desk.mei) == ["你好"]


async def test_an_agent_writes_nothing_for_the_desk(desk: Desk) -> None:
    of_desk = await desk.canned.add(desk.lead, "desk", "zh", "你好", "您好")
    async with desk.browser(desk.lin) as browser:
        added = await browser.post(PATH, json={"scope": "desk", "shortcut": "x", "text": "y"})
        changed = await browser.post(f"{PATH}/{of_desk.id}", json={"shortcut": "x", "text": "y"})
        removed = await browser.post(f"{PATH}/{of_desk.id}/remove")
    assert [answer.status_code for answer in (added, changed, removed)] == [403, 403, 403]
    assert await shortcuts(desk, desk.lin) == ["你好"]


async def test_nobody_changes_a_colleagues_own(desk: Desk) -> None:
    own = await desk.canned.add(desk.lin, "mine", "", "hi", "Hi")
    async with desk.browser(desk.lead) as browser:
        answer = await browser.post(f"{PATH}/{own.id}", json={"shortcut": "hi", "text": "Bye"})
        assert (answer.status_code, answer.json()["error"]["reason"]) == (404, "unknown")
        assert (await browser.post(f"{PATH}/{own.id}/remove")).status_code == 404


async def test_a_reply_is_added_changed_and_removed(desk: Desk) -> None:
    async with desk.browser(desk.lin) as browser:
        added = await browser.post(PATH, json={"shortcut": " 退货 ", "text": " 好的 ", "language": "zh"})
        reply = added.json()["reply"]
        assert (reply["scope"], reply["shortcut"], reply["text"]) == ("mine", "退货", "好的")
        changed = await browser.post(f"{PATH}/{reply['id']}", json={"shortcut": "退货", "text": "可以退"})
        assert changed.json()["reply"] == {**reply, "text": "可以退", "language": ""}
        assert (await browser.get(PATH)).json()["replies"] == [changed.json()["reply"]]
        assert (await browser.post(f"{PATH}/{reply['id']}/remove")).is_success
        assert (await browser.get(PATH)).json() == {"replies": [], "shop": {"en": "The shop"}}


async def test_a_shortcut_is_one_replys_in_its_language_and_scope(desk: Desk) -> None:
    await desk.canned.add(desk.lin, "mine", "zh", "hi", "您好")
    await desk.canned.add(desk.lin, "mine", "en", "hi", "Hello")
    await desk.canned.add(desk.mei, "mine", "zh", "hi", "您好")
    other = await desk.canned.add(desk.lin, "mine", "zh", "ok", "好的")
    for work in (
        desk.canned.add(desk.lin, "mine", "zh", "hi", "again"),
        desk.canned.change(desk.lin, other.id, "zh", "hi", "好的"),
    ):
        with pytest.raises(CannedRefused) as caught:
            await work
        assert caught.value.reason == "taken"
    assert (await desk.canned.change(desk.lin, other.id, "zh", "ok", "行")).text == "行"


@pytest.mark.parametrize(
    "body", [{"shortcut": "a b"}, {"shortcut": ""}, {"shortcut": "/x"}, {"shortcut": "长" * 41}, {"text": " "}]
)
async def test_a_shortcut_is_one_word_and_a_text_is_not_empty(desk: Desk, body: dict[str, str]) -> None:
    async with desk.browser(desk.lin) as browser:
        answer = await browser.post(PATH, json={"shortcut": "x", "text": "y", **body})
    assert answer.status_code == 422


async def test_the_demo_desk_has_some_in_both_languages_once(desk: Desk) -> None:
    for _ in range(2):
        await desk.canned.seed_demo()
    replies = await desk.canned.of(desk.lin.id)
    assert len(replies) == len(DEMO)
    assert {reply.language for reply in replies} == {"zh", "en"}
