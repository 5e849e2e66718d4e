"""What is asked of the demo shop goes its way by itself, minute by minute, to its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from asking import ORDERS, Counter, about, fen, first, opened

from actions import requests
from actions.demo.deeds import is_lost
from actions.demo.filing import PREFIXES
from actions.demo.journey import set_out
from actions.demo.life import Life
from actions.demo.pace import pace
from actions.demo.rules import JUDGES
from actions.parcels import is_late
from actions.requests import Filed, Kind, Refused
from actions.seed.load import goods
from actions.shop import Order, OrderState
from tests.conftest import NOW

State = OrderState
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AUTOMATIC = 30_000
"""What the demo approves without a human, in fen."""
WHOLE_WAY = pace().longest
"""After so long everything that was started is at its end."""

BEFORE_DISPATCH = {State.UNPAID, State.PAID}
UNDER_WAY = {State.DISPATCHED, State.IN_TRANSIT, State.OUT_FOR_DELIVERY}
THERE = {State.DELIVERED, State.COMPLETED}
BOUGHT = {State.PAID} | UNDER_WAY | THERE
TAKEN_IN: dict[Kind, set[OrderState]] = {
    "cancel": BEFORE_DISPATCH,
    "intercept": UNDER_WAY,
    "return": {State.DELIVERED},
    "exchange": {State.DELIVERED},
    "remedy": {State.DELIVERED},
    "change_address": BEFORE_DISPATCH | {State.DISPATCHED, State.IN_TRANSIT},
    "modify": BEFORE_DISPATCH,
    "urge": {State.PAID} | UNDER_WAY,
    "trace": UNDER_WAY | THERE,
    "invoice": BOUGHT,
    "compensation": set(State),
}
"""The states in which the first plain order of each gets it; for the completed one it is too late for some."""


@pytest.fixture
def counter(seeded: Path) -> Iterator[Counter]:
    with opened(seeded) as counter:
        yield counter


def small(order: Order) -> bool:
    return order.total.amount <= AUTOMATIC and not is_late(order, order.timeline[-1].at)


def large(order: Order) -> bool:
    return order.total.amount > AUTOMATIC


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", TAKEN_IN)
def test_each_kind_is_taken_in_its_states_and_refused_in_all_others(
    counter: Counter, kind: Kind, state: OrderState
) -> None:
    plain = next(
        order for order in ORDERS if order.state is state and (kind != "remedy" or order.total.amount < 100_000)
    )
    answer = counter.ask(kind, plain)
    assert isinstance(answer, Filed) == (state in TAKEN_IN[kind])
    if isinstance(answer, Refused):
        assert answer.reason in ("state", "late", "pending")
        assert counter.order(plain).filed == counter.order(plain).filed[: len(plain.filed)], "nothing was done"


def test_every_kind_has_its_rule_and_its_number() -> None:
    assert set(PREFIXES) == set(get_args(Kind))
    assert JUDGES.keys() == set(get_args(Kind)) - {"stock_notice", "compensation"}
    assert len(set(PREFIXES.values())) == len(PREFIXES)


def test_an_order_that_does_not_exist_is_unknown(counter: Counter) -> None:
    stranger = ORDERS[0].model_copy(update={"number": "JL0"})
    for kind in (*JUDGES, "compensation"):
        assert counter.ask(kind, stranger) == Refused(reason="unknown")


def test_a_small_return_needs_no_human_and_ends_with_the_money(counter: Counter) -> None:
    order, begun = first(State.DELIVERED, small), counter.now
    filed = counter.granted("return", order)
    assert filed.state == "approved"
    assert filed.code is not None
    counter.wait(pace().real("collect"))
    assert counter.order(order).state is State.RETURNING
    counter.wait(pace().real("way_back"))
    coming = counter.order(order)
    assert coming.state is State.REFUNDING
    assert coming.refund_by == counter.now + pace().told("refund")
    counter.wait(pace().real("refund"))
    assert counter.order(order).state is State.REFUNDED
    assert counter.order(order).refund == filed.amount
    assert counter.entry(order, filed).state == "done"
    assert counter.told(begun) == ["return_received", "refunded"]


def test_a_large_return_waits_for_a_human_and_is_then_told_to_be_approved(counter: Counter) -> None:
    order, begun = first(State.DELIVERED, large), counter.now
    filed = counter.granted("return", order)
    assert (filed.state, filed.code, filed.by) == ("review", None, begun + pace().told("review"))
    counter.wait(pace().real("review"))
    assert counter.entry(order, filed).state == "approved"
    assert counter.entry(order, filed).code is not None
    assert counter.told(begun) == ["approved"]


def test_a_visitor_sees_a_return_through_within_half_an_hour(counter: Counter) -> None:
    order = first(State.DELIVERED, large)
    counter.granted("return", order)
    counter.wait(timedelta(minutes=30))
    assert counter.order(order).state is State.REFUNDED


def test_a_return_taken_back_was_never_asked_and_can_be_asked_again(counter: Counter) -> None:
    order = first(State.DELIVERED)
    before = counter.order(order)
    filed = counter.granted("return", order)
    counter.granted("undo", order, filed.key)
    after = counter.order(order)
    assert (after.state, after.timeline, after.refund) == (before.state, before.timeline, None)
    assert counter.entry(order, filed).state == "undone"
    counter.wait(WHOLE_WAY)
    assert counter.order(order).state is State.DELIVERED
    counter.granted("return", order)


def test_what_is_carried_out_cannot_be_taken_back(counter: Counter) -> None:
    order = first(State.DELIVERED, small)
    filed = counter.granted("return", order)
    counter.wait(pace().real("collect"))
    assert counter.ask("undo", order, filed.key) == Refused(reason="late")
    counter.wait(WHOLE_WAY)
    assert counter.ask("undo", order, filed.key) == Refused(reason="state")
    assert counter.ask("undo", order, "no such key") == Refused(reason="unknown")


def test_a_parcel_that_somebody_asks_about_arrives_and_its_order_completes(counter: Counter) -> None:
    order, begun = first(State.PAID, small), counter.now
    counter.granted("urge", order)
    counter.wait(WHOLE_WAY)
    arrived = counter.order(order)
    assert arrived.state is State.DELIVERED
    assert arrived.shipment is not None
    assert len(arrived.shipment.events) == 5
    assert counter.told(begun) == ["dispatched", "out_for_delivery", "delivered"]
    counter.wait(timedelta(days=pace().completes_after_days))
    assert counter.order(order).state is State.COMPLETED


def test_a_late_order_that_is_urged_gets_a_new_date_and_goes_on(counter: Counter) -> None:
    order = next(order for order in ORDERS if order.state is State.IN_TRANSIT and is_late(counter.order(order), NOW))
    begun = counter.now
    counter.granted("urge", order)
    counter.granted("urge", order)
    counter.wait(WHOLE_WAY)
    assert counter.order(order).state is State.DELIVERED
    assert counter.told(begun) == ["delayed", "out_for_delivery", "delivered"]


def test_a_cancelled_order_is_paid_back_and_can_be_taken_back_before(counter: Counter) -> None:
    order, begun = first(State.PAID, small), counter.now
    filed = counter.granted("cancel", order)
    assert counter.order(order).state is State.CANCELLED
    assert counter.order(order).refund == filed.amount == order.total
    counter.granted("undo", order, filed.key)
    assert counter.order(order).state is State.PAID
    again = counter.granted("cancel", order)
    counter.wait(WHOLE_WAY)
    assert counter.order(order).state is State.REFUNDED
    assert counter.entry(order, again).state == "done"
    assert counter.told(begun) == ["refunded"]


def test_an_unpaid_order_is_cancelled_without_money(counter: Counter) -> None:
    order = first(State.UNPAID)
    assert counter.granted("cancel", order).state == "done"
    counter.wait(WHOLE_WAY)
    assert counter.order(order).state is State.CANCELLED
    assert counter.order(order).refund is None


def test_a_stopped_parcel_comes_back_and_one_at_the_door_does_not(counter: Counter) -> None:
    stopped, at_the_door = first(State.DISPATCHED), first(State.OUT_FOR_DELIVERY)
    counter.granted("intercept", stopped)
    missed = counter.granted("intercept", at_the_door)
    assert missed.state == "review"
    counter.wait(WHOLE_WAY)
    assert counter.order(stopped).state is State.REFUNDED
    assert counter.order(at_the_door).state is State.DELIVERED
    assert counter.order(at_the_door).refund is None
    assert counter.entry(at_the_door, missed).state == "rejected"


def test_a_parcel_that_is_searched_for_is_found_or_paid_back(counter: Counter) -> None:
    found = first(State.DELIVERED, lambda order: not is_lost(order.number))
    lost = first(State.DELIVERED, lambda order: is_lost(order.number))
    begun = counter.now
    counter.granted("trace", found)
    counter.granted("trace", lost)
    counter.wait(pace().real("search"))
    assert set(counter.told(begun)) == {"found", "lost"}
    counter.wait(WHOLE_WAY)
    assert counter.order(found).state is State.DELIVERED
    assert counter.order(lost).state is State.REFUNDED
    assert counter.order(lost).refund == lost.total


def test_an_exchange_comes_back_and_the_other_one_is_sent(counter: Counter) -> None:
    order, begun = first(State.DELIVERED, large), counter.now
    filed = counter.granted("exchange", order)
    counter.wait(WHOLE_WAY)
    assert counter.told(begun) == ["approved", "return_received", "dispatched"]
    assert counter.order(order).state is State.DELIVERED
    assert counter.entry(order, filed).state == "done"


def test_one_request_about_the_whole_order_at_a_time(counter: Counter) -> None:
    order = first(State.DELIVERED)
    counter.granted("exchange", order)
    for kind in ("return", "exchange", "remedy"):
        assert counter.ask(kind, order) == Refused(reason="pending")


def test_a_remedy_is_bounded_by_the_rules(counter: Counter) -> None:
    order = first(State.DELIVERED, lambda order: 10_000 < order.total.amount < 100_000)

    def claim(remedy: str, amount: int | None) -> Filed | Refused:
        return counter.file(
            requests.Remedy.model_validate(
                {
                    "key": counter.key(),
                    "order": order.number,
                    "problem": "defect",
                    "remedy": remedy,
                    "description": "broken",
                    "amount": fen(amount) if amount is not None else None,
                }
            )
        )

    assert claim("compensation", 2_000_000_000) == Refused(reason="worth")
    assert claim("refund", order.total.amount + 1) == Refused(reason="worth")
    assert claim("compensation", -5) == Refused(reason="wrong")
    assert claim("compensation", None) == Refused(reason="wrong")
    assert isinstance(claim("compensation", 1000), Filed)
    counter.wait(WHOLE_WAY)
    assert counter.order(order).refund == fen(1000)
    assert claim("refund", None) == Refused(reason="pending"), "it has been made good"


def test_what_a_price_fell_by_is_paid_back_once(counter: Counter) -> None:
    order = next(
        order
        for order in ORDERS
        if order.state is State.DELIVERED
        and order.customer == "demo-1"
        and order.items[0].product == "earbuds-air"
        and order.items[0].price.amount == 39900
    )
    claim = requests.ProtectPrice(key="the key of it", order=order.number, product="earbuds-air", amount=fen(10_000))
    assert counter.file(claim.model_copy(update={"amount": fen(10_001)})) == Refused(reason="wrong")
    assert isinstance(counter.file(claim), Filed)
    counter.wait(WHOLE_WAY)
    assert counter.order(order).refund == fen(10_000)
    assert counter.file(claim.model_copy(update={"key": "another key"})) == Refused(reason="excluded")
    counter.granted("return", order)
    assert counter.order(order).refund == order.total, "the rest, and no more"


def test_what_was_paid_twice_is_paid_back_once(counter: Counter) -> None:
    order = first(State.PAID, lambda order: len(order.payments) == 2)
    counter.granted("double_payment", order)
    assert counter.ask("double_payment", order) == Refused(reason="pending")
    counter.wait(WHOLE_WAY)
    assert counter.order(order).refund == order.total
    assert counter.ask("double_payment", order) == Refused(reason="excluded")
    assert counter.ask("double_payment", first(State.PAID)) == Refused(reason="wrong")


def test_an_address_changes_at_once_before_dispatch_and_by_the_courier_after(counter: Counter) -> None:
    waiting, under_way = first(State.PAID), first(State.DISPATCHED)
    assert counter.granted("change_address", waiting).state == "done"
    assert counter.order(waiting).address.startswith("南京")
    wish = counter.granted("change_address", under_way)
    assert counter.order(under_way).address == under_way.address
    counter.wait(pace().real("change"))
    assert counter.order(under_way).address.startswith("南京")
    assert counter.entry(under_way, wish).state == "done"
    assert counter.ask("change_address", first(State.OUT_FOR_DELIVERY)) == Refused(reason="late")


def test_an_invoice_is_issued_reissued_and_sent_again(counter: Counter) -> None:
    order = first(State.COMPLETED)
    filed = counter.granted("invoice", order)
    assert filed.state == "approved"
    counter.wait(pace().real("invoice"))
    invoice = counter.order(order).invoice
    assert invoice is not None
    assert invoice.issued == counter.now
    assert counter.granted("invoice", order).state == "done", "the same one again"
    other = requests.IssueInvoice(key="another one", order=order.number, title="示例有限公司")
    reissued = counter.file(other)
    assert isinstance(reissued, Filed)
    assert reissued.state == "approved"


def test_somebody_comes_at_a_time_that_was_offered(counter: Counter) -> None:
    order = first(State.DELIVERED, lambda order: order.items[0].product == "washer-10kg")
    counter.granted("installation", order)
    appointment = counter.order(order).appointment
    assert appointment is not None
    never = requests.Install(key="at any time", order=order.number, starts=counter.now)
    assert counter.file(never) == Refused(reason="wrong")
    assert counter.ask("installation", first(State.DELIVERED)) == Refused(reason="excluded")


def test_a_repair_is_registered_within_the_warranty(counter: Counter) -> None:
    assert counter.granted("repair", first(State.COMPLETED, lambda order: order.items[0].product == "tv-65"))
    unguarded = first(State.DELIVERED, lambda order: order.items[0].product == "shoes-run")
    assert counter.ask("repair", unguarded) == Refused(reason="excluded")


def test_a_coupon_for_a_mistake_is_given_once_and_not_for_more(counter: Counter) -> None:
    order = first(State.DELIVERED)
    coupon = counter.granted("compensation", order)
    assert coupon.code is not None
    assert coupon.code.startswith("SORRY")
    assert counter.ask("compensation", order) == Refused(reason="pending")
    much = requests.Compensate(key="far too much", reason="mistake", amount=fen(2_000_000_000))
    assert counter.file(much) == Refused(reason="worth")
    assert counter.order(order).refund is None, "a coupon is no money"


def test_what_is_out_of_stock_is_told_of_when_it_is_back(counter: Counter) -> None:
    begun = counter.now
    filed = counter.granted("stock_notice", ORDERS[0])
    assert filed.by is not None
    counter.wait(pace().real("restock"))
    (change,) = counter.changes(begun.isoformat()).changes
    assert (change.what, change.product, change.order) == ("restocked", "band-lite", None)
    assert counter.changes(counter.now.isoformat()).changes == ()
    there = requests.TellWhenBack(key="it is there", product="lamp-desk")
    assert counter.file(there) == Refused(reason="state")
    assert counter.file(there.model_copy(update={"product": "nothing"})) == Refused(reason="unknown")


def test_customs_let_go_what_they_look_at_and_keep_what_they_hold(counter: Counter) -> None:
    looked_at = first(State.IN_TRANSIT, lambda order: bool(order.customs and order.customs.state == "clearing"))
    held = first(State.IN_TRANSIT, lambda order: bool(order.customs and order.customs.state == "held"))
    counter.granted("urge", looked_at)
    counter.granted("urge", held)
    counter.wait(WHOLE_WAY)
    assert counter.order(looked_at).state is State.DELIVERED
    assert counter.order(held).state is State.IN_TRANSIT


def test_what_is_on_presale_is_not_sent_before_its_day(counter: Counter) -> None:
    presold = {product.id for product in goods(NOW) if product.presale}
    order = first(State.PAID, lambda order: order.items[0].product in presold)
    life = Life(counter.order(order), pace())
    set_out(life, counter.now)
    life.until(counter.now + DAY)
    assert life.order.state is State.PAID


def test_the_same_key_for_another_wish_is_wrong(counter: Counter) -> None:
    order = first(State.DELIVERED)
    counter.file(about("return", order, "one and the same"))
    assert counter.file(about("invoice", order, "one and the same")) == Refused(reason="wrong")


@pytest.mark.parametrize("cursor", ["", "yesterday", "2026-13-41", "2026-11-21T00:00:00"])
def test_a_cursor_that_is_none_begins_now(counter: Counter, cursor: str) -> None:
    counter.granted("urge", first(State.PAID, small))
    counter.wait(HOUR)
    news = counter.changes(cursor)
    assert news.changes == ()
    assert counter.changes(news.cursor).changes == ()
