"""The workspace's door: a cookie for our own pages, bounded guessing, and admins only where it says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI, Request, WebSocket
from httpx import ASGITransport, AsyncClient, Response

from bot.clock import Clock
from bot.record.database import Database
from bot.store.store import Store
from handoff.accounts import Accounts
from handoff.broker import Agent
from handoff.roles import May, Role
from handoff.workspace.sessions import COOKIE, Problem, Sessions, answer_problem
from handoff.workspace.sign_in import TRIES, Limits, SignIn, make_sign_in_routes
from tests.handoff.noted import Noted

PASSWORD = "correct horse"
HERE = "http://shop.example"
API = "/workspace/api"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Desk:
    """A server with the sign-in routes only."""

    accounts: Accounts
    sessions: Sessions
    store: Store
    demo: bool = False
    disabled: list[Agent] = field(default_factory=list)
    noted: Noted = field(default_factory=Noted)

    def browser(self, address: str = "203.0.113.7", origin: str | None = HERE, scheme: str = "http") -> AsyncClient:
        async def on_disabled(agent: Agent) -> None:
            self.disabled.append(agent)

        parts = SignIn(self.accounts, self.sessions, Limits(self.store), on_disabled, self.noted, self.demo)
        app = FastAPI()
        app.include_router(make_sign_in_routes(parts))
        app.add_exception_handler(Problem, answer_problem)
        headers = {"Origin": origin.replace("http", scheme)} if origin else {}
        transport = ASGITransport(app=app, client=(address, 40_000))
        return AsyncClient(transport=transport, base_url=HERE.replace("http", scheme), headers=headers)


@pytest.fixture
async def desk(store: Store, tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    await database.migrate()
    accounts = Accounts(database, Clock(), hasher=QUICK)
    for name, role in (("Lin", Role.AGENT), ("Root", Role.ADMIN)):
        await accounts.accept(await accounts.invite(role), name, PASSWORD)
    yield Desk(accounts, Sessions(accounts, b"s" * 32), store)
    await database.close()


async def _login(browser: AsyncClient, name: str = "Lin", password: str = PASSWORD) -> Response:
    answer = await browser.post(f"{API}/login", json={"name": name, "password": password})
    if answer.status_code == 200:
        browser.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return answer


async def test_a_sign_in_gives_who_one_is_and_a_cookie_that_scripts_cannot_read(desk: Desk) -> None:
    async with desk.browser() as browser:
        answer = await _login(browser)
        assert answer.status_code == 200
        assert answer.json()["agent"]["name"] == "Lin"
        assert answer.json()["demo"] is False
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie
        assert (await browser.get(f"{API}/me")).json() == answer.json()


async def test_over_https_the_cookie_never_travels_in_the_open(desk: Desk) -> None:
    async with desk.browser(scheme="https") as browser:
        assert "secure" in (await _login(browser)).headers["set-cookie"].lower()


async def test_nobody_is_told_whether_the_name_or_the_password_is_wrong(desk: Desk) -> None:
    async with desk.browser() as browser:
        wrong_name, wrong_password = await _login(browser, "Nobody"), await _login(browser, "Lin", "wrong horse")
        assert wrong_name.status_code == wrong_password.status_code == 401
        assert wrong_name.json() == wrong_password.json()
        assert wrong_name.json()["error"]["code"] == "signed_out"


async def test_who_is_not_signed_in_learns_whether_this_is_a_demo(desk: Desk) -> None:
    async with desk.browser() as browser:
        answer = await browser.get(f"{API}/me")
        assert answer.status_code == 401
        assert answer.json() == {"error": {"code": "signed_out", "message": "Please sign in."}, "demo": False}


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://shop.example.evil.example"])
async def test_a_post_from_elsewhere_is_refused(desk: Desk, origin: str | None) -> None:
    async with desk.browser(origin=origin) as browser:
        answer = await _login(browser)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_origin")


async def test_a_post_without_the_csrf_token_is_refused(desk: Desk) -> None:
    async with desk.browser() as browser:
        await _login(browser)
        browser.headers["X-CSRF-Token"] = "guess"
        answer = await browser.post(f"{API}/logout")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
        assert (await browser.get(f"{API}/me")).status_code == 200


async def test_after_signing_out_the_cookie_is_worth_nothing(desk: Desk) -> None:
    async with desk.browser() as browser:
        await _login(browser)
        token = browser.cookies[COOKIE]
        assert (await browser.post(f"{API}/logout")).status_code == 200
        assert COOKIE not in browser.cookies
        assert (await browser.get(f"{API}/me", headers={"Cookie": f"{COOKIE}={token}"})).status_code == 401


async def test_guessing_is_stopped_for_a_name_wherever_it_comes_from(desk: Desk) -> None:
    for number in range(TRIES):
        async with desk.browser(f"203.0.113.{number}") as browser:
            assert (await _login(browser, "lin", "wrong horse")).status_code == 401
    async with desk.browser("203.0.113.99") as browser:
        answer = await _login(browser, "LIN")
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many")
        assert (await _login(browser, "Root")).status_code == 200


async def test_guessing_is_stopped_for_an_address_whatever_the_name(desk: Desk) -> None:
    async with desk.browser() as browser:
        for number in range(TRIES):
            assert (await _login(browser, f"name {number}", "wrong horse")).status_code == 401
        assert (await _login(browser)).status_code == 429


async def test_signing_in_rightly_is_never_stopped(desk: Desk) -> None:
    async with desk.browser() as browser:
        for _ in range(TRIES + 2):
            assert (await _login(browser)).status_code == 200


async def test_the_store_forgets_the_tries_and_never_knew_the_name(desk: Desk) -> None:
    async with desk.browser() as browser:
        await _login(browser, "Lin", "wrong horse")
    keys = await desk.store.redis.keys("*rate*")
    assert len(keys) == 2
    for key in keys:
        assert "lin" not in key.lower()
        assert 0 < await desk.store.redis.ttl(key) <= 300


async def test_the_demo_is_entered_from_its_own_machine_only(desk: Desk) -> None:
    desk.demo = True
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        async with desk.browser(address) as browser:
            answer = await _login(browser)
            assert answer.json()["demo"] is True
    for address in ("203.0.113.7", "10.0.0.2", "testclient"):
        async with desk.browser(address) as browser:
            answer = await _login(browser)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


async def test_an_unknown_member_of_a_body_is_refused(desk: Desk) -> None:
    async with desk.browser() as browser:
        answer = await browser.post(f"{API}/login", json={"name": "Lin", "password": PASSWORD, "role": "admin"})
        assert answer.status_code == 422


async def test_an_admin_adds_an_agent_who_enters_by_the_link_once(desk: Desk) -> None:
    async with desk.browser() as admin, desk.browser() as browser:
        await _login(admin, "Root")
        added = (await admin.post(f"{API}/agents", json={"name": "小美", "role": "agent"})).json()
        assert added["agent"]["state"] == "invited"
        page, token = added["link"].split("#invitation=")
        assert page == f"{HERE}/workspace"
        body = {"token": token, "name": "", "password": PASSWORD}
        entered = await browser.post(f"{API}/invitation", json=body)
        agent = {"id": added["agent"]["id"], "name": "小美", "role": "agent", "may": ["read", "work"]}
        assert entered.json()["agent"] == agent
        assert (await browser.get(f"{API}/me")).status_code == 200
        again = await browser.post(f"{API}/invitation", json=body)
        assert (again.status_code, again.json()["error"]["code"]) == (410, "bad_token")
        states = {agent["name"]: agent["state"] for agent in (await admin.get(f"{API}/agents")).json()["agents"]}
        assert states == {"Lin": "active", "Root": "active", "小美": "active"}


async def test_refusals_name_their_reason(desk: Desk) -> None:
    token = await desk.accounts.invite(Role.AGENT)
    async with desk.browser() as browser:
        for name, password, status, reason in (("lin", PASSWORD, 409, "name_taken"), ("Mei", "short", 400, "password")):
            body = {"token": token, "name": name, "password": password}
            answer = await browser.post(f"{API}/invitation", json=body)
            assert (answer.status_code, answer.json()["error"]["reason"]) == (status, reason)


async def test_a_disabled_agent_is_signed_out_and_loses_every_chat(desk: Desk) -> None:
    async with desk.browser() as admin, desk.browser() as browser:
        lin = (await _login(browser)).json()["agent"]["id"]
        await _login(admin, "Root")
        answer = await admin.post(f"{API}/agents/{lin}/disable")
        assert answer.json()["agent"]["state"] == "disabled"
        assert [agent.id for agent in desk.disabled] == [lin]
        assert (await browser.get(f"{API}/me")).status_code == 401
        assert (await admin.post(f"{API}/agents/{lin}/enable")).json()["agent"]["state"] == "active"


async def test_a_reset_gives_a_link(desk: Desk) -> None:
    async with desk.browser() as admin, desk.browser() as browser:
        lin = (await _login(browser)).json()["agent"]["id"]
        await _login(admin, "Root")
        token = (await admin.post(f"{API}/agents/{lin}/reset")).json()["link"].split("=")[1]
        entered = await browser.post(f"{API}/invitation", json={"token": token, "password": "battery staple"})
        assert entered.json()["agent"]["name"] == "Lin"


async def test_admins_do_not_lock_themselves_out(desk: Desk) -> None:
    async with desk.browser() as admin:
        root = (await _login(admin, "Root")).json()["agent"]["id"]
        answer = await admin.post(f"{API}/agents/{root}/disable")
        assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "self")
        assert desk.disabled == []


async def test_agents_do_not_manage_agents(desk: Desk) -> None:
    async with desk.browser() as browser:
        lin = (await _login(browser)).json()["agent"]["id"]
        asked = [await browser.get(f"{API}/agents"), await browser.post(f"{API}/agents/{lin}/reset")]
        assert [answer.status_code for answer in asked] == [403, 403]


async def test_an_unknown_agent_is_not_found(desk: Desk) -> None:
    async with desk.browser() as admin:
        await _login(admin, "Root")
        assert (await admin.post(f"{API}/agents/nobody/reset")).status_code == 404


def _socket(origin: str, cookie: str) -> WebSocket:
    headers = [(b"host", b"shop.example"), (b"origin", origin.encode()), (b"cookie", cookie.encode())]

    async def nothing(*_: object) -> None:
        raise AssertionError

    return WebSocket({"type": "websocket", "headers": headers}, nothing, nothing)  # type: ignore[arg-type]


async def test_a_socket_is_known_by_cookie_and_origin_and_proves_itself_by_csrf(desk: Desk) -> None:
    async with desk.browser() as browser:
        answer = await _login(browser)
        cookie = f"{COOKIE}={browser.cookies[COOKIE]}"
    session = await desk.sessions.on_socket(_socket(HERE, cookie))
    assert session.account.name == "Lin"
    assert desk.sessions.is_csrf(session, answer.json()["csrf"])
    assert not desk.sessions.is_csrf(session, "é")
    for origin, sent, code in (("http://evil.example", cookie, "bad_origin"), (HERE, f"{COOKIE}=x", "signed_out")):
        with pytest.raises(Problem) as caught:
            await desk.sessions.on_socket(_socket(origin, sent))
        assert caught.value.error["code"] == code


async def test_the_rules_are_for_leads_and_admins(desk: Desk) -> None:
    lead = await desk.accounts.accept(await desk.accounts.invite(Role.LEAD), "Lead", PASSWORD)
    seen: dict[str, str | int] = {}
    for name in ("Lin", "Lead", "Root"):
        request = Request({"type": "http", "method": "GET", "headers": await _cookie(desk, name)})
        try:
            seen[name] = (await desk.sessions.who_may(May.SET)(request)).name
        except Problem as problem:
            seen[name] = problem.status
    assert seen == {"Lin": 403, "Lead": "Lead", "Root": "Root"}
    assert lead.account.role is Role.LEAD


async def test_who_came_and_went_and_what_was_done_to_agents_is_noted(desk: Desk) -> None:
    async with desk.browser() as browser:
        await _login(browser, "Root")
        added = (await browser.post(f"{API}/agents", json={"name": "Mei", "role": "auditor"})).json()["agent"]
        await browser.post(f"{API}/agents/{added['id']}/disable")
        await browser.post(f"{API}/logout")
    acts = [(kind, "Root") for kind in ("signed_in", "agent_added", "agent_disabled", "signed_out")]
    assert desk.noted.acts == acts


async def _cookie(desk: Desk, name: str) -> list[tuple[bytes, bytes]]:
    session = await desk.accounts.sign_in(name, PASSWORD)
    assert session is not None
    return [(b"cookie", f"{COOKIE}={session.token}".encode())]
