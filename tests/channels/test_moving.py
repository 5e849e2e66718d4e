"""Going on elsewhere, over HTTP: signed logins, one-time codes, and pages that follow the thread they belong to."""

from __future__ import annotations

import hmac
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.joins import read_code
from bot.messages import Content, Inbound, State
from bot.settings import Settings
from bot.store.keys import conversation_id
from bot.wire import Moved
from channels.web.logins import BadLogin, Logins
from handoff.broker import Agent
from handoff.broker import Moved as Done
from tests.channels.pages import Visitor, new_visitor, open_page
from tests.conftest import Site, open_site

SECRET = "the key of the shop's own server, for the tests"
LIN = Agent("lin", "Lin")
DAY = 86_400
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    settings = Settings(data=tmp_path_factory.mktemp("desk"), login_secret=SecretStr(SECRET))
    async with open_site(settings) as site:
        yield site


def sign(user: str, seconds: float = 60, secret: str = SECRET) -> str:
    said = f"{user}:{int(time.time() + seconds)}"
    return f"{said}:{hmac.new(secret.encode(), said.encode(), sha256).hexdigest()}"


def sign_jwt(user: str, seconds: float = 60, secret: str = SECRET, **more: Any) -> str:
    return jwt.encode({"sub": user, "exp": int(time.time() + seconds), **more}, secret, algorithm="HS256")


def user() -> str:
    return uuid4().hex


async def log_in(visitor: Visitor, token: str) -> httpx.Response:
    return await visitor.client.post("/api/login", json={"user": token, "token": visitor.token})


async def as_user(site: Site, visitor: Visitor, name: str) -> Visitor:
    """The visitor as the signed-in customer."""
    token = (await log_in(visitor, sign(name))).json()["token"]
    signed_in = Visitor(visitor.client, token, site.desk.settings.desk)
    return signed_in


async def on_phone(site: Site, text: str, chat: str) -> str:
    """What is said in Telegram; returns the thread it went to."""
    message = Inbound(channel="telegram", identity=chat, external_id=uuid4().hex, content=Content(text=text))
    return (await site.desk.inbox.receive(message)).conversation


async def texts(visitor: Visitor, author: str = "shopper") -> list[str]:
    found = (await visitor.post("poll", after=0, wait=0)).json()
    return [
        entry["content"]["text"]
        for entry in found["entries"]
        if entry["author"] == author and entry["kind"] == "message"
    ]


async def answered(visitor: Visitor, text: str) -> None:
    await visitor.say(text)
    while not await texts(visitor, "bot"):
        await visitor.post("poll", after=2**40, wait=1)


@pytest.mark.parametrize("signed", [sign, sign_jwt])
async def test_what_a_visitor_said_goes_with_him_when_he_signs_in(site: Site, signed: Any) -> None:
    async with new_visitor(site) as visitor:
        await answered(visitor, "运费多少")
        token = (await log_in(visitor, signed(user()))).json()["token"]
        assert await texts(Visitor(visitor.client, token, "shop")) == ["运费多少"]


async def test_a_customer_sees_the_same_thread_on_two_devices(site: Site) -> None:
    name = user()
    async with new_visitor(site) as one, new_visitor(site) as other:
        await answered(one, "运费多少")
        first, second = await as_user(site, one, name), await as_user(site, other, name)
        assert await texts(first) == await texts(second) == ["运费多少"]


async def test_customers_on_one_computer_see_their_own(site: Site) -> None:
    async with new_visitor(site) as computer:
        await answered(computer, "运费多少")
        await as_user(site, computer, user())
        bob = await as_user(site, computer, user())
        assert await texts(bob) == []


@pytest.mark.parametrize(
    "token",
    [
        sign("ada", -1),
        sign("ada", secret="somebody else's key, which is long enough"),
        sign_jwt("ada", -1),
        sign_jwt("ada", secret="somebody else's key, which is long enough"),
        sign("ada", 2 * DAY),
        sign_jwt("ada", 2 * DAY),
        sign_jwt("ada", nbf=int(time.time() + 300)),
        sign_jwt("ada", nbf="soon"),
        sign_jwt("ada", nbf=float("inf")),
        jwt.encode({"sub": "ada"}, SECRET, algorithm="HS256"),
        jwt.encode({"sub": "ada", "exp": int(time.time() + 60)}, None, algorithm="none"),
        jwt.encode({"sub": "ada", "exp": int(time.time() + 60)}, SECRET * 2, algorithm="HS512"),
        sign(""),
        sign("u" * 101),
        "ada",
        "::",
        "..",
        f"ada:{int(time.time() + 60)}:",
    ],
)
async def test_a_login_that_is_no_proof_is_refused(site: Site, token: str) -> None:
    async with new_visitor(site) as visitor:
        answer = await log_in(visitor, token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_login")


async def test_a_user_id_may_hold_what_separates() -> None:
    assert logins_in(0).read(sign("a:b.c@d")) == "user:a:b.c@d"


@pytest.mark.parametrize("signed", [sign, sign_jwt])
async def test_a_login_is_checked_by_our_clock(signed: Any) -> None:
    assert logins_in(59).read(signed("ada")) == "user:ada"
    with pytest.raises(BadLogin, match="expired"):
        logins_in(61).read(signed("ada"))


@pytest.mark.parametrize("signed", [sign, sign_jwt])
async def test_a_login_lasts_a_day_at_most(signed: Any) -> None:
    assert logins_in(0).read(signed("ada", DAY)) == "user:ada"
    with pytest.raises(BadLogin, match="too late"):
        logins_in(-120).read(signed("ada", DAY))


async def test_a_login_counts_from_its_beginning_on() -> None:
    token = sign_jwt("ada", 600, nbf=int(time.time() + 300))
    assert logins_in(300).read(token) == "user:ada"
    with pytest.raises(BadLogin, match="not valid yet"):
        logins_in(0).read(token)


def logins_in(seconds: float) -> Logins:
    """How logins are read when so much time has gone by."""
    return Logins(SECRET.encode(), lambda: int((time.time() + seconds) * 1000))


async def test_a_visitor_cannot_make_himself_a_customer(site: Site) -> None:
    async with new_visitor(site) as visitor:
        token = f"user:ada.{visitor.token.rpartition('.')[2]}"
        answer = await visitor.client.post("/api/poll", json={"token": token, "wait": 0})
        assert answer.json()["error"]["code"] == "bad_token"


async def test_a_code_is_for_people_and_a_stranger_gets_none(site: Site) -> None:
    async with new_visitor(site) as visitor:
        made = (await visitor.post("code")).json()
        assert read_code(made["code"]) == made["code"]
        assert made["seconds"] == 600
        refused = await visitor.client.post("/api/code", json={"token": "somebody.else"})
        assert refused.json()["error"]["code"] == "bad_token"


async def test_an_open_page_follows_its_thread(site: Site) -> None:
    chat = uuid4().hex
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await page.say("转人工", choice="human")
        await page.until("state")
        code = (await visitor.post("code")).json()["code"]
        assert await on_phone(site, code, chat) == visitor.conversation
        state = await page.until("state")
        assert state["linked"] == ["web", "telegram"]
        await on_phone(site, "我在路上", chat)
        while "我在路上" not in [entry["content"].get("text") for entry in page.entries]:
            await page.next()


async def test_a_page_that_joins_the_other_thread_starts_over_and_sees_what_follows(site: Site) -> None:
    """The thread in line is the phone's: it goes on, and what was said there before is not for the page."""
    chat = uuid4().hex
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        thread = conversation_id("shop", "telegram", chat)
        with site.desk.wire.follow(thread) as signals:
            await on_phone(site, "转人工", chat)
            while await signals.get() != Moved(thread, State.QUEUED):
                pass
        code = (await visitor.post("code")).json()["code"]
        await on_phone(site, code, chat)
        ready = await page.until("ready")
        assert ready["conversation"] == thread
        while "linked" not in [entry["data"].get("event") for entry in page.entries]:
            await page.next()
        assert "转人工" not in [entry["content"].get("text") for entry in page.entries]
        assert (await visitor.post("history", before=2**40)).json()["entries"][0]["data"]["event"] == "link"
        await page.say("unlink")
        ready = await page.until("ready")
        assert (ready["conversation"], ready["linked"]) == (visitor.conversation, [])


async def test_an_agent_answers_on_the_channel_of_the_last_message(site: Site) -> None:
    chat = uuid4().hex
    async with new_visitor(site) as visitor:
        await answered(visitor, "运费多少")
        code = (await visitor.post("code")).json()["code"]
        await on_phone(site, code, chat)
        outcome = await site.desk.broker.reply(visitor.conversation, LIN, uuid4().hex, "您好")
        assert isinstance(outcome, Done)
        entries = await site.desk.store.entries(visitor.conversation, outcome.seq - 1)
        assert entries[-1].channel == "telegram"
        assert isinstance(await site.desk.broker.close(visitor.conversation, LIN, uuid4().hex), Done)
