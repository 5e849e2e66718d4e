"""The desk's rules over HTTP: for leads and admins, checked, and never saved over somebody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from bot.clock import Clock
from bot.record.database import Database
from handoff.broker import Agent
from handoff.rulebook import Rulebook, Rulekeeper
from handoff.workspace.rules import make_rules_routes
from handoff.workspace.sessions import Problem, answer_problem
from tests.handoff.noted import Noted

ROOT = Agent("root", "Root")
PATH = "/workspace/api/rules"
REFUND = {"name": "check_refund", "zh": "退款", "en": "refunds"}


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[AsyncClient]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    await database.migrate()

    async def lead() -> Agent:
        return ROOT

    app = FastAPI()
    keeper = Rulekeeper(database, Clock(lambda: 1.0), Rulebook())
    app.include_router(make_rules_routes(keeper, lead, Noted(), [REFUND]))
    app.add_exception_handler(Problem, answer_problem)
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://shop.example") as browser:
        yield browser
    await database.close()


async def test_the_rules_are_read_changed_and_saved(browser: AsyncClient) -> None:
    read = (await browser.get(PATH)).json()
    assert (read["version"], read["author"]) == (0, "")
    assert read["schema"]["properties"]["hours"]
    assert read["intents"] == [REFUND]
    rules = {**read["rules"], "closed": {"wait": False, "message": True}}
    saved = (await browser.post(PATH, json={"version": 0, "rules": rules})).json()
    assert saved == {"version": 1, "author": "Root", "at": 1000, "rules": rules}
    assert (await browser.get(PATH)).json()["rules"] == rules


async def test_what_is_wrong_is_said_with_its_place(browser: AsyncClient) -> None:
    hours = {"week": [[{"opens": "09:00", "closes": "25:00"}], *[[]] * 6]}
    answer = await browser.post(PATH, json={"version": 0, "rules": {"hours": hours}})
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "code": "bad_request",
        "message": "hours.week.0.0.closes: a time is written HH:MM, from 00:00 to 24:00",
        "where": "hours.week.0.0.closes",
    }


async def test_nobody_saves_over_what_they_have_not_seen(browser: AsyncClient) -> None:
    await browser.post(PATH, json={"version": 0, "rules": {}})
    answer = await browser.post(PATH, json={"version": 0, "rules": {"closed": {"wait": False}}})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "changed")
    assert (await browser.get(PATH)).json()["rules"]["closed"]["wait"] is True
