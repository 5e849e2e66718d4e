"""What the demo is filled with hangs together: sizes, prices, customers, their orders and coupons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asking import ORDERS, about, first

from actions.demo import DemoShop
from actions.requests import Compensate, Filed
from actions.seed.load import goods, members, policies
from actions.shop import OrderState
from actions.values import Money
from bot.messages import LANGUAGES
from tests.conftest import NOW

State = OrderState


async def test_clothes_and_shoes_have_sizes_that_add_up_to_their_stock(shop: DemoShop) -> None:
    sized = [one for one in await shop.products() if one.sizes]
    assert {one.kind for one in sized} == {"clothing", "shoes"}
    for one in sized:
        assert sum(size.stock for size in one.sizes) == one.stock
        assert all(size.feet if one.kind == "shoes" else size.heights and size.weights for size in one.sizes)
    assert any(size.stock == 0 for one in sized for size in one.sizes)


async def test_a_price_history_ends_with_the_price_and_what_it_was(shop: DemoShop) -> None:
    for one in await shop.products():
        points = await shop.prices(one.id)
        assert points[-1].price == one.price
        assert [point.at for point in points] == sorted(point.at for point in points)
        assert points[-1].at <= NOW
        if one.was:
            assert points[-2].price == one.was
    assert await shop.prices("nothing") == ()


async def test_there_is_something_to_wait_for(shop: DemoShop) -> None:
    known = {one.id: one for one in await shop.products()}
    band, reader = known["band-lite"], known["reader-ink"]
    assert band.stock == 0
    assert band.restock is not None and band.restock > NOW
    assert reader.presale is not None and reader.presale > NOW
    assert sum(one.installed for one in known.values()) >= 3
    assert sum(one.warranty is not None for one in known.values()) >= 15


async def test_what_is_back_in_stock_can_be_bought(shop: DemoShop) -> None:
    await shop.file(about("stock_notice", ORDERS[0], "tell me of it"))
    shop._clock = lambda: NOW + timedelta(hours=1)
    product = await shop.product("band-lite")
    assert product is not None
    assert product.stock > 0
    assert product.restock is None


async def test_customers_of_every_level_have_orders_newest_first(shop: DemoShop) -> None:
    assert {one.level for one in members().values()} == {0, 1, 2, 3}
    for id, member in members().items():
        assert await shop.member(id) == member
        assert set(member.levels) == set(LANGUAGES)
        orders = await shop.orders(id)
        placed = [order.timeline[0].at for order in orders]
        assert len(orders) >= 2
        assert placed == sorted(placed, reverse=True)
        assert all(order.customer == id for order in orders)
    assert await shop.orders("nobody") == ()
    assert await shop.member("nobody") is None


async def test_the_first_customer_has_an_order_in_every_state(shop: DemoShop) -> None:
    assert {order.state for order in ORDERS if order.customer == "demo-1"} == set(State)
    assert len(await shop.orders("demo-1")) == 20


def test_what_was_paid_is_the_price_once_or_twice() -> None:
    for order in ORDERS:
        assert all(payment.amount == order.total for payment in order.payments)
        assert len(order.payments) in ((1, 2) if order.reached(State.PAID) else (0,))
    assert sum(len(order.payments) == 2 for order in ORDERS) >= 3


def test_there_are_invoices_customs_and_visits() -> None:
    invoices = [order.invoice for order in ORDERS if order.invoice]
    assert {invoice.issued is None for invoice in invoices} == {True, False}
    customs = [order.customs for order in ORDERS if order.customs]
    assert {one.state for one in customs} == {"clearing", "held", "cleared"}
    assert any(one.duty for one in customs) and any(one.missing for one in customs)
    assert any(order.appointment for order in ORDERS)


def test_what_is_coming_back_was_asked_for() -> None:
    for order in ORDERS:
        asked = order.reached(State.RETURN_REQUESTED)
        assert bool(order.filed) == (asked is not None)
        assert all(filed.at == asked and order.refund == filed.amount for filed in order.filed)


@pytest.mark.parametrize("hours", [0, 9, 23])
async def test_everything_told_of_an_order_is_of_these_days(shop: DemoShop, hours: int) -> None:
    now = NOW.replace(hour=hours)
    shop._clock = lambda: now
    for seeded in ORDERS:
        order = await shop.order(seeded.number)
        assert order is not None
        happened = [one.at for one in (*order.payments, *order.filed)]
        happened += [order.invoice.issued] if order.invoice and order.invoice.issued else []
        assert all(now - timedelta(days=35) < at <= now for at in happened)
        if order.appointment:
            assert now < order.appointment.starts < now + timedelta(days=7)


async def test_a_customer_holds_coupons_used_expired_and_given(shop: DemoShop) -> None:
    held = {one.id: one for one in await shop.coupons("demo-1")}
    assert held["autumn-30"].used and held["autumn-30"].ends < NOW
    assert held["gold-100"].threshold == Money(amount=80000)
    wish = Compensate(key="for the wait", reason="long_wait", amount=Money(amount=1000), customer="demo-1")
    given = await shop.file(wish)
    assert isinstance(given, Filed) and given.code
    coupon = {one.id: one for one in await shop.coupons("demo-1")}[given.code]
    assert coupon.off == Money(amount=1000)
    assert "10" in coupon.rules["en"] and set(coupon.rules) == set(LANGUAGES)
    assert given.code not in {one.id for one in await shop.coupons("demo-2")}
    assert await shop.coupons("nobody") == ()


async def test_offers_have_rules_a_machine_can_reckon_with(shop: DemoShop) -> None:
    offers = {one.id: one for one in (*await shop.promotions(), *await shop.coupons())}
    every = offers["spend-300"]
    assert (every.threshold, every.off, every.repeats) == (Money(amount=30000), Money(amount=4000), True)
    assert offers["welcome-20"].first_order
    assert offers["warm-clothes"].percent == 15
    assert {id for one in offers.values() for id in one.products} <= {one.id for one in goods()}


async def test_visits_are_offered_for_what_is_installed(shop: DemoShop) -> None:
    installed = {one.id for one in goods() if one.installed}
    large = first(State.DELIVERED, lambda order: order.items[0].product in installed)
    small = first(State.DELIVERED, lambda order: order.items[0].product not in installed)
    offered = await shop.appointments(large.number)
    assert len(offered) >= 5
    assert all(NOW < one.starts < one.ends for one in offered)
    assert await shop.appointments(small.number) == await shop.appointments("JL0") == ()


def test_the_demo_has_every_policy() -> None:
    assert [name for name, table in policies() if table is None] == []
