"""The demo shop is full, fresh and consistent, and a return of it happens once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from actions.demo import DAY_ZERO, DemoShop, catalogue, demo_showcase, told_today
from actions.pictures import product_svg
from actions.requests import Filed, Refused, Return
from actions.returns import BY_STATE, Verdict, decide
from actions.seed.load import converter, goods, members, policies
from actions.seed.orders import orders
from actions.shop import OrderState, ShopFailed
from bot.messages import LANGUAGES
from tests.conftest import NOW

ORDERS = orders(DAY_ZERO)


def number_of(state: OrderState) -> str:
    return next(order.number for order in ORDERS if order.state is state)


def a_return(number: str, key: str) -> Return:
    return Return(key=key, order=number, reason="too big")


def test_there_are_thirty_goods_and_a_hundred_orders_in_every_state() -> None:
    assert len(goods()) >= 30
    assert len(ORDERS) >= 100
    assert {order.state for order in ORDERS} == set(OrderState)


def test_numbers_of_orders_and_ids_of_goods_are_unique() -> None:
    assert len({order.number for order in ORDERS}) == len(ORDERS)
    assert len({one.id for one in goods()}) == len(goods())


def test_goods_have_names_and_specs_in_every_language_and_a_picture() -> None:
    for one in goods():
        assert set(one.names) == set(one.specs) == set(LANGUAGES)
        assert one.was is None or one.was.amount > one.price.amount
        assert product_svg(one).startswith("<svg")
        assert "{" not in product_svg(one)
        assert one.image == f"/demo/products/{one.id}.svg"


def test_no_two_goods_answer_to_the_same_name() -> None:
    names = Counter(name for product in catalogue() for name in product.names)
    assert [name for name, count in names.items() if count > 1] == []


def test_an_orders_amounts_add_up() -> None:
    for order in ORDERS:
        assert order.total.amount == order.postage.amount + sum(i.price.amount * i.quantity for i in order.items)


@pytest.mark.parametrize("hour", [0, 7, 12, 23])
@pytest.mark.parametrize("months", [0, 1, 30])
def test_the_demo_is_fresh_at_any_time(hour: int, months: int) -> None:
    now = NOW.replace(hour=hour) + timedelta(days=30 * months)
    for order in (told_today(order, now) for order in ORDERS):
        moments = [moment.at for moment in order.timeline]
        assert moments == sorted(moments)
        assert moments[-1] <= now < moments[-1] + timedelta(days=20)
        assert order.timeline[-1].state is order.state
        assert not order.shipment or all(event.at <= now for event in order.shipment.events)


async def test_an_order_looks_the_same_after_a_restart(shop: DemoShop, tmp_path: Path) -> None:
    number = number_of(OrderState.DELIVERED)
    before = await shop.order(number)
    again = DemoShop.open(tmp_path / "shop.db", clock=lambda: NOW)
    assert await again.order(number) == before
    again.close()


async def test_the_tables_for_taiwans_words_are_let_go_of_once_all_is_translated(tmp_path: Path) -> None:
    shop = DemoShop.open(tmp_path / "another.db", clock=lambda: NOW)
    for customer in members():
        await asyncio.gather(shop.orders(customer), shop.coupons(customer))
    await asyncio.gather(shop.info(), shop.products(), shop.promotions())
    assert (policies(), demo_showcase()) and converter.cache_info().currsize == 0
    shop.close()


async def test_what_does_not_exist_is_none(shop: DemoShop) -> None:
    assert await shop.product("nothing") is None
    assert await shop.order("JL0") is None
    assert await shop.file(a_return("JL0", "the first key")) == Refused(reason="unknown")


async def test_promotions_hold_or_are_announced_and_coupons_can_be_had(shop: DemoShop) -> None:
    for offers in (await shop.promotions(), await shop.coupons()):
        assert offers
        assert all(offer.ends >= NOW for offer in offers)
    assert all(offer.starts <= NOW for offer in await shop.coupons())


async def test_the_same_key_starts_one_return_even_at_once(shop: DemoShop) -> None:
    number = number_of(OrderState.DELIVERED)
    wishes = await asyncio.gather(*(shop.file(a_return(number, "the first key")) for _ in range(10)))
    assert len({wish.model_dump_json() for wish in wishes}) == 1
    assert isinstance(wishes[0], Filed)
    order = await shop.order(number)
    assert order is not None
    assert order.state is OrderState.RETURN_REQUESTED
    assert order.reached(OrderState.RETURN_REQUESTED) == NOW


async def test_a_second_wish_for_a_returned_order_is_refused(shop: DemoShop) -> None:
    number = number_of(OrderState.DELIVERED)
    assert isinstance(await shop.file(a_return(number, "the first key")), Filed)
    assert isinstance(await shop.file(a_return(number, "the second key")), Refused)


async def test_a_broken_file_is_a_failing_shop(shop: DemoShop) -> None:
    with shop._engine.begin() as db:
        db.execute(text("DROP TABLE orders"))
    with pytest.raises(ShopFailed):
        await shop.order("JL0")


async def test_the_loop_goes_on_while_the_file_is_read(shop: DemoShop) -> None:
    reading = asyncio.create_task(shop.order(number_of(OrderState.PAID)))
    await asyncio.sleep(0)
    assert not reading.done()
    assert await reading is not None


def test_the_showcase_proves_real_orders_and_speaks_every_language() -> None:
    showcase, by_number = demo_showcase(), {order.number: order for order in ORDERS}
    assert len(showcase.questions) >= 12
    assert 8 <= len({shown.number for shown in showcase.orders}) == len(showcase.orders) <= 12
    for shown in showcase.orders:
        assert by_number[shown.number].phone[-4:] == shown.tail
        assert by_number[shown.number].state is shown.state
        assert set(shown.titles) == set(LANGUAGES)


async def test_a_return_is_judged_by_state_age_and_goods(shop: DemoShop) -> None:
    policy = policies().returns
    assert policy is not None
    for state, verdict in BY_STATE.items():
        order = await shop.order(number_of(state))
        assert order is not None
        expected = Verdict.TOO_LATE if state is OrderState.COMPLETED else verdict
        assert decide(order, policy, NOW) is expected


async def test_the_last_day_counts_and_food_never_goes_back(shop: DemoShop) -> None:
    policy, order = policies().returns, await shop.order(number_of(OrderState.DELIVERED))
    assert policy is not None and order is not None
    delivered = order.reached(OrderState.DELIVERED)
    assert delivered is not None
    assert decide(order, policy, delivered + timedelta(days=policy.days)) is Verdict.ALLOWED
    assert decide(order, policy, delivered + timedelta(days=policy.days, seconds=1)) is Verdict.TOO_LATE
    food = order.model_copy(update={"items": (order.items[0].model_copy(update={"returnable": False}),)})
    assert decide(food, policy, NOW) is Verdict.EXCLUDED
