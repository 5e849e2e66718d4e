"""The pure decisions about parcels and faulty goods, over every state and the edges of the tables."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actions.parcels import Whereabouts, is_late, whereabouts
from actions.policies import Policies, Remedies, Remedy, Returns
from actions.remedies import Claim, compensation, rule_on
from actions.seed.load import policies
from actions.shop import OrderState
from tests.conftest import NOW
from tests.dialogue.papershop import an_order_of

State = OrderState
RULES = policies()
THERE = (State.DELIVERED, State.COMPLETED)
SENT = (State.DISPATCHED, State.IN_TRANSIT, State.OUT_FOR_DELIVERY)


def remedies() -> Remedies:
    assert RULES.remedies
    return RULES.remedies


def returns() -> Returns:
    assert RULES.returns
    return RULES.returns


@pytest.mark.parametrize("state", State)
def test_only_goods_that_arrived_have_a_claim(state: OrderState) -> None:
    claim = rule_on(an_order_of(state), "defect", remedies(), returns(), NOW).claim
    before = (State.UNPAID, State.PAID, *SENT)
    assert claim is (Claim.OPEN if state in THERE else Claim.NOT_THERE if state in before else Claim.OVER)


@pytest.mark.parametrize("rule", remedies().rules)
def test_every_rule_is_met_by_goods_of_its_worth(rule: Remedy) -> None:
    assert rule.up_to
    order = an_order_of(State.DELIVERED, price=rule.up_to.amount)
    items = tuple(item.model_copy(update={"returnable": rule.returnable is not False}) for item in order.items)
    ruling = rule_on(order.model_copy(update={"items": items}), rule.problem, remedies(), returns(), NOW)
    assert ruling.ways == rule.ways


@pytest.mark.parametrize(("price", "amount"), [(100, 20), (11900, 2380), (50000, 10000), (199999, 10000)])
def test_compensation_is_a_part_and_has_an_end(price: int, amount: int) -> None:
    assert compensation(an_order_of(State.DELIVERED, price=price), remedies()).amount == amount


@pytest.mark.parametrize("state", State)
def test_where_a_parcel_may_be_follows_from_the_state(state: OrderState) -> None:
    assert RULES.lost
    place = whereabouts(an_order_of(state), RULES.lost, NOW)
    expected = {
        **dict.fromkeys((State.UNPAID, State.PAID), Whereabouts.NOT_SENT),
        **dict.fromkeys(SENT, Whereabouts.ON_TIME),
        **dict.fromkeys(THERE, Whereabouts.SAID_DELIVERED),
    }
    assert place is expected.get(state, Whereabouts.SENT_BACK)


@pytest.mark.parametrize("state", State)
def test_only_what_is_awaited_can_be_late(state: OrderState) -> None:
    late = is_late(an_order_of(state, late=timedelta(minutes=1)), NOW)
    assert late is (state in (State.PAID, *SENT))


def test_what_a_shop_has_not_said_is_none() -> None:
    assert all(value is None for value in Policies().model_dump().values())
