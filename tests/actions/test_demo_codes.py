"""A code proves whose an order is: to its contact only, once, for ten minutes, and not to be guessed."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from asking import first
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import select

from actions import requests
from actions.demo import DemoShop
from actions.demo.tables import codes
from actions.shop import OrderState, ShopFailed
from bot.demo.routes import make_demo_routes
from tests.conftest import NOW

ORDER = first(OrderState.PAID)


class Hand:
    """A clock's hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def hand(shop: DemoShop) -> Hand:
    shop._clock = hand = Hand()
    return hand


async def last_code(shop: DemoShop) -> str:
    return (await shop.outbox())[0].code


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_the_code_that_was_sent_is_good_once(shop: DemoShop, hand: Hand) -> None:
    assert await shop.send_code(ORDER.number, "first of them") == f"120****{ORDER.phone[-4:]}"
    code = await last_code(shop)
    assert not await shop.check_code(first(OrderState.DELIVERED).number, code), "another order's"
    assert await shop.check_code(ORDER.number, code)
    assert not await shop.check_code(ORDER.number, code)


async def test_a_code_lives_ten_minutes(shop: DemoShop, hand: Hand) -> None:
    await shop.send_code(ORDER.number, "first of them")
    code = await last_code(shop)
    hand.wait(10.01)
    assert not await shop.check_code(ORDER.number, code)
    assert await shop.outbox() == ()


async def test_few_wrong_tries_make_a_code_worthless(shop: DemoShop, hand: Hand) -> None:
    await shop.send_code(ORDER.number, "first of them")
    code = await last_code(shop)
    guesses = await asyncio.gather(*(shop.check_code(ORDER.number, another(code)) for _ in range(5)))
    assert not any(guesses)
    assert not await shop.check_code(ORDER.number, code)


async def test_a_newer_code_takes_the_place_of_the_older(shop: DemoShop, hand: Hand) -> None:
    await shop.send_code(ORDER.number, "first of them")
    old = await last_code(shop)
    await shop.send_code(ORDER.number, "second of them")
    new = await last_code(shop)
    assert old == new or not await shop.check_code(ORDER.number, old)
    assert await shop.check_code(ORDER.number, new)


async def test_a_turn_done_again_sends_no_second_code(shop: DemoShop, hand: Hand) -> None:
    sent = await asyncio.gather(*(shop.send_code(ORDER.number, "first of them") for _ in range(5)))
    assert len(set(sent)) == 1
    assert len(await shop.outbox()) == 1


async def test_nobody_is_flooded_with_codes(shop: DemoShop, hand: Hand) -> None:
    for n in range(5):
        await shop.send_code(ORDER.number, f"the key {n}")
    with pytest.raises(ShopFailed):
        await shop.send_code(ORDER.number, "one more of them")
    hand.wait(61)
    assert await shop.send_code(ORDER.number, "one more of them")


async def test_an_unknown_order_has_no_contact_and_no_code(shop: DemoShop, hand: Hand) -> None:
    assert await shop.send_code("JL0", "first of them") is None
    assert not await shop.check_code("JL0", "000000")
    assert not await shop.check_code(ORDER.number, "000000")


async def test_who_changes_the_phone_does_not_get_the_codes(shop: DemoShop, hand: Hand) -> None:
    wish = requests.ChangeAddress(key="another phone", order=ORDER.number, phone="12999990000")
    await shop.file(wish)
    changed = await shop.order(ORDER.number)
    assert changed is not None
    assert changed.phone == "12999990000"
    assert await shop.send_code(ORDER.number, "first of them") == f"120****{ORDER.phone[-4:]}"


async def test_a_code_is_kept_as_its_hash_only(shop: DemoShop, hand: Hand) -> None:
    await shop.send_code(ORDER.number, "first of them")
    code = await last_code(shop)
    with shop._engine.connect() as db:
        row = db.execute(select(codes)).one()
    assert code not in (row.hash, row.salt)
    assert len(row.hash) == 64


async def test_the_demo_page_shows_what_would_have_come_to_the_phone(shop: DemoShop, hand: Hand) -> None:
    app = FastAPI()
    app.include_router(make_demo_routes(shop, "a password", None))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://demo") as client:
        assert (await client.get("/demo/api/outbox")).json() == []
        await shop.send_code(ORDER.number, "first of them")
        shown = {"to": f"120****{ORDER.phone[-4:]}", "code": await last_code(shop)}
        assert (await client.get("/demo/api/outbox")).json() == [shown]
