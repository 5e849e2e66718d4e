"""What leads set over HTTP: checked, by version, undone to any of them, and never saved over somebody else's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.policies import Policies
from actions.seed.load import policies as example
from actions.shop import OrderState
from bot.clock import Clock
from bot.dialogue.edits import EditedTexts
from bot.dialogue.policies import HandedPolicies, find_nonsense
from bot.dialogue.texts import Texts
from bot.record.database import Database
from bot.record.documents import Documents
from handoff.broker import Agent
from handoff.workspace.sessions import Problem, answer_problem
from handoff.workspace.settings import SettingParts, make_setting_routes
from tests.handoff.noted import Noted

PATH = "/workspace/api/settings"
PRICE = "texts/price.now"
LINE = "{product}：{price}"
TOMORROW, YESTERDAY = "2026-11-23T00:00:00Z", "2026-11-21T00:00:00Z"
NOW = 1_795_320_000.0  # 2026-11-22T04:00:00Z


class Page:
    """A browser at the settings of a shop that has been told nothing."""

    def __init__(self, database: Database) -> None:
        clock = Clock(lambda: NOW)
        documents = Documents(database, clock)
        self.texts = Texts.load(edited=EditedTexts(documents, clock.moment))
        self.policies = HandedPolicies(documents, Policies(), clock.moment)
        self.noted = Noted()

        async def lead() -> Agent:
            return Agent("root", "Root")

        app = FastAPI()
        app.include_router(make_setting_routes(SettingParts(documents, self.texts, self.policies, self.noted), lead))
        app.add_exception_handler(Problem, answer_problem)
        self.http = AsyncClient(transport=ASGITransport(app=app), base_url="http://shop.example")

    async def save(self, name: str, version: int, body: object) -> dict[str, Any]:
        answer = await self.http.post(PATH, json={"name": name, "version": version, "body": body})
        return dict(answer.json())

    async def undo(self, name: str, version: int, to: int) -> dict[str, Any]:
        answer = await self.http.post(f"{PATH}/undo", json={"name": name, "version": version, "to": to})
        return dict(answer.json())

    async def history(self, name: str) -> list[dict[str, Any]]:
        return list((await self.http.get(PATH, params={"name": name})).json()["versions"])


@pytest.fixture
async def page(database: Database) -> AsyncIterator[Page]:
    page = Page(database)
    yield page
    await page.http.aclose()


async def test_a_rewritten_text_is_said_and_undone(page: Page) -> None:
    shipped = page.texts.say("zh-Hans", "price.now", product="灯", price="1")
    saved = await page.save(PRICE, 0, {"value": {"zh-Hans": LINE}})
    assert (saved["version"], saved["author"]) == (1, "Root")
    assert page.texts.say("zh-Hans", "price.now", product="灯", price="1") == "灯：1"
    assert page.texts.say("en", "price.now", product="lamp", price="1") == "The price of the lamp is 1."
    assert (await page.undo(PRICE, 1, 0))["version"] == 2
    assert page.texts.say("zh-Hans", "price.now", product="灯", price="1") == shipped
    await page.undo(PRICE, 2, 1)
    assert page.texts.say("zh-Hans", "price.now", product="灯", price="1") == "灯：1"
    assert [one["version"] for one in await page.history(PRICE)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{product}", "{price} is missing"),
        ("{product} {price} {day}", "there is no {day} here"),
        ("  ", "nothing is written there"),
        ("{product} {price}" + "很" * 600, "it is longer than 600 characters"),
    ],
)
async def test_a_text_that_would_break_an_answer_is_refused(page: Page, line: str, why: str) -> None:
    error = (await page.save(PRICE, 0, {"value": {"en": line}}))["error"]
    assert (error["message"], error["where"]) == (f"value.en: {why}", "value.en")
    assert await page.history(PRICE) == []


async def test_a_change_may_be_planned(page: Page) -> None:
    plan = {"start": TOMORROW, "value": {"en": LINE}}
    await page.save(PRICE, 0, {"value": None, "plans": [plan]})
    assert page.texts.say("en", "price.now", product="lamp", price="1") == "The price of the lamp is 1."
    await page.save(PRICE, 1, {"value": None, "plans": [{**plan, "start": YESTERDAY, "end": TOMORROW}]})
    assert page.texts.say("en", "price.now", product="lamp", price="1") == "lamp：1"


async def test_nobody_saves_over_what_they_have_not_seen(page: Page) -> None:
    await page.save(PRICE, 0, {"value": {"en": LINE}})
    error = (await page.save(PRICE, 0, None))["error"]
    assert error["reason"] == "changed" and error["message"].startswith("Root has saved another version")


@pytest.mark.parametrize("name", list(Policies.model_fields))
async def test_every_table_is_filled_from_the_example(page: Page, name: str) -> None:
    assert getattr(page.policies(), name) is None
    told = (await page.http.get("/workspace/api/policies")).json()
    await page.save(f"policies/{name}", 0, {"value": told["example"][name]})
    assert getattr(page.policies(), name) == getattr(example(), name)


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("shipping", {"fee": {"amount": -1}}, "value.fee.amount: it is below zero"),
        ("shipping", {"days": [4, 2]}, "value.days: the most is less than the least"),
        ("shipping", {"remote": {"en": "far"}}, "value.remote: nothing is written for zh-Hans, zh-Hant"),
        ("shipping", {"dispatch_hours": "soon"}, "value.dispatch_hours: "),
        ("remedies", {"percent": 200}, "value.percent: "),
        ("cancelling", {"refunded": ""}, "value.refunded: "),
    ],
)
async def test_a_table_that_no_shop_can_mean_is_refused(
    page: Page, name: str, change: dict[str, object], why: str
) -> None:
    table = example().model_dump(mode="json")[name]
    error = (await page.save(f"policies/{name}", 0, {"value": {**table, **change}}))["error"]
    assert error["message"].startswith(why)
    assert getattr(page.policies(), name) is None


async def test_a_table_by_state_has_every_state(page: Page) -> None:
    error = (await page.save("policies/cancelling", 0, {"value": {"paid": "cancel"}}))["error"]
    assert OrderState.UNPAID in error["message"] and "nothing is written for" in error["message"]


async def test_the_shipped_policies_make_sense() -> None:
    assert find_nonsense(example().model_dump(mode="json", exclude_none=True)) is None


async def test_what_there_is_not_cannot_be_set(page: Page) -> None:
    for name in ("texts/no.such", "policies/no_such", "knowledge/a", ""):
        assert (await page.save(name, 0, {}))["error"]["code"] == "not_found"


async def test_switches_name_what_there_is(page: Page) -> None:
    error = (await page.save("switches", 0, {"answers": {"no.such.text": {}}}))["error"]
    assert error["where"] == "answers.no.such.text"
    saved = await page.save("switches", 0, {"bot": {"why": "repair"}, "answers": {"price.now": {}, "entry:a": {}}})
    assert saved["version"] == 1
    told = (await page.http.get("/workspace/api/switches")).json()
    assert told["switches"]["body"]["bot"]["why"] == "repair" and "price.now" in told["answers"]


bodies = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from(["en", "zh-Hans", "fr"]), st.sampled_from([LINE, "{product}", "", "{price} {product}!"])
    ).map(lambda lines: {"value": lines}),
    st.builds(
        lambda end: {"value": None, "plans": [{"start": TOMORROW, "end": end}]}, st.sampled_from([YESTERDAY, None])
    ),
)


@settings(max_examples=25)
@given(st.lists(st.tuples(bodies, st.booleans()), min_size=1, max_size=8), st.data())
def test_what_is_valid_can_be_undone_to_and_what_is_not_replaces_nothing(
    changes: list[tuple[Any, bool]], data: st.DataObject
) -> None:
    async def play(folder: str) -> None:
        database = Database(f"sqlite:///{Path(folder) / 'record.db'}")
        await database.migrate()
        page, version = Page(database), 0
        for body, undoes in changes:
            before = await page.history(PRICE)
            to = data.draw(st.integers(0, version))
            answer = await (page.undo(PRICE, version, to) if undoes else page.save(PRICE, version, body))
            after = await page.history(PRICE)
            if "error" in answer:
                assert not undoes and after == before
                continue
            version += 1
            assert (answer["version"], len(after)) == (version, version)
            if undoes:
                expected = next((one["body"] for one in before if one["version"] == to), None)
                assert json.dumps(answer["body"]) == json.dumps(expected)
        await page.http.aclose()
        await database.close()

    with TemporaryDirectory() as folder:
        asyncio.run(play(folder))
