"""One contract, two shops: the demo shop itself, and the same asked over HTTP; and a shop that fails never lies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from asking import about, fen, first
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from actions.demo import DemoShop
from actions.remote import client
from actions.remote.circuit import FAILURES, REST, Circuit
from actions.remote.client import HttpShop
from actions.remote.server import make_shop_app
from actions.requests import Filed, Refused, Return
from actions.shop import OrderState, Shop, ShopFailed
from tests.conftest import listening

TOKEN = "a token for the tests"
DELIVERED = first(OrderState.DELIVERED, lambda order: all(item.returnable for item in order.items))
Ask = Callable[[Shop], Awaitable[object]]

READS: dict[str, Ask] = {
    "info": lambda shop: shop.info(),
    "products": lambda shop: shop.products(),
    "product": lambda shop: shop.product("earbuds-air"),
    "no product": lambda shop: shop.product("nothing"),
    "an odd product": lambda shop: shop.product("../orders?customer=1#"),
    "prices": lambda shop: shop.prices("earbuds-air"),
    "promotions": lambda shop: shop.promotions(),
    "coupons": lambda shop: shop.coupons(),
    "coupons of nobody": lambda shop: shop.coupons("nobody"),
    "order": lambda shop: shop.order(DELIVERED.number),
    "no order": lambda shop: shop.order("JL0000000000"),
    "orders": lambda shop: shop.orders(DELIVERED.customer or "nobody"),
    "no member": lambda shop: shop.member("nobody"),
    "appointments": lambda shop: shop.appointments(DELIVERED.number),
    "changes": lambda shop: shop.changes(""),
}


@asynccontextmanager
async def served(shop: Shop, around: Callable[[ASGIApp], ASGIApp] = lambda app: app) -> AsyncIterator[str]:
    async with listening(around(make_shop_app(shop, TOKEN))) as port:
        yield f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture
async def remote(shop: DemoShop) -> AsyncIterator[HttpShop]:
    async with served(shop) as url, HttpShop(url, TOKEN) as remote:
        yield remote


@pytest.mark.parametrize("read", READS)
async def test_what_is_told_over_http_is_what_the_shop_tells(shop: DemoShop, remote: HttpShop, read: str) -> None:
    assert await READS[read](remote) == await READS[read](shop)


async def test_a_request_over_http_has_one_effect_and_one_answer(shop: DemoShop, remote: HttpShop) -> None:
    wish = about("return", DELIVERED, "once-and-only")
    answers = await asyncio.gather(*(remote.file(wish) for _ in range(5)), shop.file(wish))
    assert isinstance(answers[0], Filed) and answers == [answers[0]] * 6
    order = await shop.order(DELIVERED.number)
    assert order is not None and [one.key for one in order.filed] == ["once-and-only"]
    assert await remote.file(about("return", DELIVERED, "another-one")) == Refused(reason="pending")


async def test_a_code_over_http_is_good_once(shop: DemoShop, remote: HttpShop) -> None:
    assert "*" in (await remote.send_code(DELIVERED.number, "a-key-of-ours") or "")
    assert not await remote.check_code(DELIVERED.number, "wrong")


class LosesAnswers:
    """The first answer to every request is lost after the request has had its effect."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.seen: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self.seen:
            return await self._app(scope, receive, send)
        self.seen.add(scope["path"])

        async def lose(message: Message) -> None:
            pass

        await self._app(scope, receive, lose)
        answer = httpx.Response(502)
        await send({"type": "http.response.start", "status": answer.status_code, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_done_twice(shop: DemoShop) -> None:
    async with served(shop, LosesAnswers) as url, HttpShop(url, TOKEN) as remote:
        filed = await remote.file(about("return", DELIVERED, "lost-answer"))
        assert isinstance(filed, Filed)
        order = await remote.order(DELIVERED.number)
        assert order is not None and len(order.filed) == 1


def answering(status: int, body: bytes, seen: list[str] | None = None) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        if seen is not None:
            seen.append(scope["path"])
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": body})

    return app


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b"<html>", "breaks the contract"),
        (200, b'{"key": "x"}', "breaks the contract"),
        (200, b"[]", "breaks the contract"),
        (204, b"", "answered 204"),
        (401, b"", "answered 401"),
        (500, b"", "answered 500"),
        (302, b"", "answered 302"),
    ],
)
async def test_a_shop_that_talks_nonsense_has_failed(status: int, body: bytes, why: str) -> None:
    async with listening(answering(status, body)) as port, HttpShop(f"http://127.0.0.1:{port}", TOKEN) as remote:
        for ask in (remote.order(DELIVERED.number), remote.file(about("return", DELIVERED, "a-good-key"))):
            with pytest.raises(ShopFailed, match=why):
                await ask


async def test_an_answer_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LARGEST", 1_000)
    async with listening(answering(200, b"[" * 2_000)) as port, HttpShop(f"http://127.0.0.1:{port}", TOKEN) as remote:
        with pytest.raises(ShopFailed, match="too large"):
            await remote.products()


async def test_a_shop_that_says_nothing_has_failed_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "READ_WITHIN", 0.2)
    async with listening(silent) as port, HttpShop(f"http://127.0.0.1:{port}", TOKEN) as remote:
        with pytest.raises(ShopFailed, match=r"within 0\.2 s"):
            await remote.order(DELIVERED.number)


async def test_nobody_there_is_a_failure() -> None:
    async with HttpShop("http://127.0.0.1:1", TOKEN) as remote:
        with pytest.raises(ShopFailed, match="cannot be reached"):
            await remote.info()


async def test_what_another_attempt_cannot_mend_is_not_tried_again() -> None:
    seen: list[str] = []
    async with listening(answering(403, b"", seen)) as port, HttpShop(f"http://127.0.0.1:{port}", TOKEN) as remote:
        with pytest.raises(ShopFailed):
            await remote.info()
    assert seen == ["/v1/info"]


async def test_a_guess_at_a_code_is_made_once() -> None:
    seen: list[str] = []
    async with listening(answering(503, b"", seen)) as port, HttpShop(f"http://127.0.0.1:{port}", TOKEN) as remote:
        with pytest.raises(ShopFailed):
            await remote.check_code("JL1", "123456")
    assert len(seen) == 1


async def test_who_shows_no_token_learns_nothing(shop: DemoShop) -> None:
    async with served(shop) as url, httpx.AsyncClient(base_url=url) as http:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
            answer = await http.get(f"/v1/orders/{DELIVERED.number}", headers=headers)
            assert answer.status_code == 401 and answer.json()["error"]["code"] == "unauthorized"


async def test_a_bad_request_is_named_and_not_repeated(shop: DemoShop) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "another-key"}
    async with served(shop) as url, httpx.AsyncClient(base_url=url, headers=headers) as http:
        wish = Return(key="a-good-key", order=DELIVERED.number, reason="secret words")
        differ = await http.post("/v1/requests", json=wish.model_dump())
        assert differ.status_code == 400 and "differ" in differ.json()["error"]["message"]
        odd = await http.post("/v1/requests", json={"kind": "give_me_all", "reason": "secret words"})
        assert odd.status_code == 400 and "secret" not in odd.text


def test_a_shop_that_fails_again_and_again_is_left_alone_for_a_moment() -> None:
    now = [0.0]
    circuit = Circuit(lambda: now[0])
    for _ in range(FAILURES):
        with pytest.raises(ShopFailed, match="down"), circuit.watching():
            raise ShopFailed("down")
    with pytest.raises(ShopFailed, match="left alone"), circuit.watching():
        raise AssertionError("it was called")
    now[0] += REST
    with circuit.watching():
        pass
    with circuit.watching():
        pass


def test_while_one_call_looks_whether_the_shop_is_back_the_others_fail_at_once() -> None:
    now = [0.0]
    circuit = Circuit(lambda: now[0])
    for _ in range(FAILURES):
        with pytest.raises(ShopFailed), circuit.watching():
            raise ShopFailed("down")
    now[0] += REST
    with circuit.watching(), pytest.raises(ShopFailed), circuit.watching():
        raise AssertionError("it was called")


def test_the_contract_in_the_docs_is_the_one_that_is_served(shop: DemoShop) -> None:
    """To write it anew: `jieli shop contract > docs/shop-api.json`."""
    written = json.loads(Path("docs/shop-api.json").read_text("utf-8"))
    assert written == make_shop_app(shop, TOKEN).openapi()


async def test_money_beyond_all_orders_crosses_the_wire_whole(remote: HttpShop) -> None:
    wish = about("price_protection", DELIVERED, "twenty-million").model_copy(update={"amount": fen(20_000_000_00)})
    assert isinstance(await remote.file(wish), Refused)
