"""Who may do what, over every route of the workspace: a route that nobody has decided on fails here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from httpx import AsyncClient

from bot.server.app import make_app
from handoff.roles import TABLE, May, Role, may
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

API = "/workspace/api"
CONVERSATION = "abcdefghijklmnop"
OPEN = None
"""Nobody needs a role for it."""

DECISIONS: dict[str, May | None] = {
    "POST /login": OPEN,
    "POST /invitation": OPEN,
    "GET /me": OPEN,
    "POST /logout": OPEN,
    "GET /agents": May.MANAGE,
    "POST /agents": May.MANAGE,
    "POST /agents/{id}/disable": May.MANAGE,
    "POST /agents/{id}/enable": May.MANAGE,
    "POST /agents/{id}/reset": May.MANAGE,
    "GET /conversations": May.READ,
    "GET /conversations/{id}": May.READ,
    "GET /conversations/{id}/transcript": May.READ,
    "POST /conversations/{id}/{command}": May.WORK,
    "POST /conversations/{id}/take_over": May.INTERVENE,
    "POST /conversations/{id}/whisper": May.INTERVENE,
    "POST /conversations/{id}/transfer": May.WORK,
    "GET /transfers": May.WORK,
    "GET /conversations/{id}/wrapup": May.WORK,
    "POST /conversations/{id}/snooze": May.WORK,
    "POST /conversations/{id}/wake": May.WORK,
    "GET /conversations/{id}/suggestions": May.WORK,
    "GET /conversations/{id}/order": May.READ,
    "POST /conversations/{id}/order/reveal": May.WORK,
    "GET /corrections": May.READ,
    "POST /corrections": May.WORK,
    "POST /corrections/{id}/remove": May.WORK,
    "GET /tickets": May.READ,
    "POST /tickets": May.WORK,
    "GET /tickets/of/{conversation}": May.READ,
    "GET /tickets/{number}": May.READ,
    "POST /tickets/{number}": May.WORK,
    "GET /day": May.OVERSEE,
    "GET /day.csv": May.OVERSEE,
    "GET /wall": May.OVERSEE,
    "GET /ledger": May.AUDIT,
    "GET /ledger.csv": May.AUDIT,
    "GET /checks": May.READ,
    "POST /checks/{conversation}/{episode}": May.CHECK,
    "GET /media/{id}": May.READ,
    "POST /media": May.WORK,
    "GET /rules": May.SET,
    "POST /rules": May.SET,
    "GET /switches": May.SET,
    "GET /texts": May.SET,
    "GET /policies": May.SET,
    "GET /settings": May.SET,
    "POST /settings": May.SET,
    "POST /settings/undo": May.SET,
    "GET /knowledge": May.SET,
    "GET /knowledge/report": May.SET,
    "POST /knowledge/preview": May.SET,
    "GET /knowledge/{key}": May.SET,
    "POST /knowledge/{key}": May.SET,
    "POST /knowledge/{key}/remove": May.SET,
    "POST /knowledge/{key}/undo": May.SET,
    "GET /canned": May.WORK,
    "POST /canned": May.WORK,
    "POST /canned/{id}": May.WORK,
    "POST /canned/{id}/remove": May.WORK,
}


def routes_of(site: Site) -> Iterator[str]:
    """Every route of the workspace that is in the published description, in which all of them are."""
    for path, methods in make_app(site.desk, demo_password=None).openapi()["paths"].items():
        if path.startswith(API):
            yield from (f"{method.upper()} {path.removeprefix(API)}" for method in methods)


def filled(path: str) -> str:
    """A path with something in each of its places."""
    return path.format(id=CONVERSATION, conversation=CONVERSATION, command="claim", number=1, episode=1, key="a.zh")


async def sign_in(site: Site, role: Role) -> AsyncClient:
    token = await site.desk.accounts.invite(role)
    browser = AsyncClient(base_url=site.url, headers={"Origin": site.url})
    body = {"token": token, "name": f"{role} of the table", "password": DEMO_PASSWORD}
    answer = await browser.post(f"{API}/invitation", json=body)
    browser.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browsers(site: Site) -> AsyncIterator[dict[Role, AsyncClient]]:
    browsers = {role: await sign_in(site, role) for role in Role}
    yield browsers
    for browser in browsers.values():
        await browser.aclose()


async def test_every_route_has_a_decision(site: Site) -> None:
    assert sorted(routes_of(site)) == sorted(DECISIONS)


@pytest.mark.parametrize("route", [route for route, act in DECISIONS.items() if act])
async def test_a_route_is_closed_to_every_role_that_may_not(browsers: dict[Role, AsyncClient], route: str) -> None:
    method, path = route.split(" ")
    address = API + filled(path)
    answers = {role: await browser.request(method, address) for role, browser in browsers.items()}
    refused = {role for role, answer in answers.items() if answer.status_code == 403}
    assert refused == {role for role in Role if not may(role, DECISIONS[route] or May.READ)}
    assert {answers[role].json()["error"]["reason"] for role in refused} <= {"role"}


async def test_nobody_gets_in_without_a_sign_in(site: Site) -> None:
    async with AsyncClient(base_url=site.url, headers={"Origin": site.url}) as browser:
        for route in (route for route, act in DECISIONS.items() if act):
            method, path = route.split(" ")
            answer = await browser.request(method, API + filled(path))
            assert answer.status_code == 401, route


async def test_the_workspace_is_told_what_one_may(browsers: dict[Role, AsyncClient]) -> None:
    for role, browser in browsers.items():
        assert set((await browser.get(f"{API}/me")).json()["agent"]["may"]) == TABLE[role]


async def test_an_auditor_acts_on_nothing() -> None:
    assert TABLE[Role.AUDITOR] == {May.READ, May.OVERSEE, May.AUDIT}


async def test_each_rank_may_what_the_one_below_may() -> None:
    assert TABLE[Role.AGENT] < TABLE[Role.LEAD] < TABLE[Role.ADMIN]


async def test_an_auditor_is_no_colleague_whom_chats_are_given_to(site: Site) -> None:
    account, token = await site.desk.accounts.add("Auditor alone", Role.AUDITOR)
    await site.desk.accounts.accept(token, None, DEMO_PASSWORD)
    assert account.id not in [one.id for one in await site.desk.accounts.colleagues()]
