"""The difference is paid back for what fell in price, in every state in which the goods are still the shopper's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asking import fen, first

from actions.demo import told_today
from actions.protection import Difference, Ground, difference
from actions.seed.load import goods, policies
from actions.shop import Order, OrderState
from tests.conftest import NOW

State = OrderState
GROUNDS = {
    State.UNPAID: Ground.NOT_PAID,
    State.PAID: Ground.FALLEN,
    State.DISPATCHED: Ground.FALLEN,
    State.IN_TRANSIT: Ground.FALLEN,
    State.OUT_FOR_DELIVERY: Ground.FALLEN,
    State.DELIVERED: Ground.FALLEN,
    State.COMPLETED: Ground.TOO_LATE,
    State.CANCELLED: Ground.OVER,
    State.RETURN_REQUESTED: Ground.OVER,
    State.RETURNING: Ground.OVER,
    State.REFUNDING: Ground.OVER,
    State.REFUNDED: Ground.OVER,
}


def judged(order: Order, *, price: int, id: str | None = None, claimed: int = 0) -> Difference:
    policy = policies().price_protection
    assert policy is not None
    product = goods()[0].model_copy(update={"id": id or order.items[0].product, "price": fen(price)})
    return difference(told_today(order, NOW), product, policy, NOW, claimed=claimed)


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_ground(state: OrderState) -> None:
    order = first(state)
    found = judged(order, price=order.items[0].price.amount - 500)
    assert found.ground is GROUNDS[state]
    assert (found.amount is not None) == (found.ground is Ground.FALLEN)


def test_the_difference_is_for_every_piece_and_for_once() -> None:
    order = first(State.DELIVERED, lambda order: order.items[0].quantity == 2)
    price = order.items[0].price.amount
    assert judged(order, price=price - 500).amount == fen(1000)
    assert judged(order, price=price - 500, claimed=400).amount == fen(600)
    assert judged(order, price=price - 500, claimed=1000).ground is Ground.NOT_FALLEN
    assert judged(order, price=price).ground is Ground.NOT_FALLEN
    assert judged(order, price=price + 500).ground is Ground.NOT_FALLEN
    assert judged(order, price=price - 500, id="nothing").ground is Ground.NOT_BOUGHT


def test_the_last_moment_counts() -> None:
    order, policy = told_today(first(State.DELIVERED), NOW), policies().price_protection
    assert policy is not None
    product = goods()[0].model_copy(update={"id": order.items[0].product, "price": fen(1)})
    until = difference(order, product, policy, NOW).until
    assert until is not None
    assert difference(order, product, policy, until).ground is Ground.FALLEN
    assert difference(order, product, policy, until + timedelta(seconds=1)).ground is Ground.TOO_LATE
