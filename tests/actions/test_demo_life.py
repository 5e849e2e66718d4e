"""Whatever is asked, in whatever order and however long apart: an order's life and money stay in order."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import get_args

from asking import ORDERS, Counter, about, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.demo.rules import UNDONE_IN
from actions.requests import Filed, Kind
from actions.shop import Change, Order, OrderState

RANKS = {
    state: rank
    for rank, state in enumerate(
        (
            OrderState.UNPAID,
            OrderState.PAID,
            OrderState.DISPATCHED,
            OrderState.IN_TRANSIT,
            OrderState.OUT_FOR_DELIVERY,
            OrderState.DELIVERED,
            OrderState.COMPLETED,
            OrderState.CANCELLED,
            OrderState.RETURN_REQUESTED,
            OrderState.RETURNING,
            OrderState.REFUNDING,
            OrderState.REFUNDED,
        )
    )
}
KINDS: tuple[Kind, ...] = get_args(Kind)

waits = st.integers(0, 60 * 24 * 12).map(lambda minutes: timedelta(minutes=minutes))
soon = st.integers(0, 30 * 60).map(lambda seconds: timedelta(seconds=seconds))
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.one_of(soon, soon, waits)), min_size=1, max_size=8)


def check(order: Order, counter: Counter) -> None:
    moments = [moment.at for moment in order.timeline]
    ranks = [RANKS[moment.state] for moment in order.timeline]
    assert moments == sorted(moments)
    assert ranks == sorted(set(ranks)), "no state twice, and none backwards"
    assert order.timeline[-1].state is order.state
    assert all(at <= counter.now for at in moments)
    if order.shipment:
        events = [event.at for event in order.shipment.events]
        assert events == sorted(events)
        assert all(at <= counter.now for at in events)
    assert (order.refund.amount if order.refund else 0) <= sum(one.amount.amount for one in order.payments)
    assert len({one.key for one in order.filed}) == len(order.filed)
    assert all(one.at <= counter.now for one in order.filed)


@settings(max_examples=150)
@given(order=st.sampled_from(ORDERS), steps=steps)
def test_no_sequence_of_requests_brings_a_life_into_disorder(
    seeded: Path, order: Order, steps: list[tuple[Kind, timedelta]]
) -> None:
    with opened(seeded) as counter:
        begun, cursor = counter.now, counter.changes("").cursor
        taken: dict[str, tuple[Kind, Filed]] = {}
        told: list[Change] = []
        for kind, wait in steps:
            undone = next((key for key, (asked, _) in reversed(taken.items()) if asked in UNDONE_IN), "nothing")
            before = counter.order(order).timeline if taken else ()
            request = about(kind, order, counter.key(), undone)
            answer = counter.file(request)
            if isinstance(answer, Filed):
                taken[answer.key] = kind, answer
            after = counter.order(order)
            check(after, counter)
            assert kind == "undo" or after.timeline[: len(before)] == before, "what has happened stays"
            counter.wait(wait)
            if isinstance(answer, Filed):
                assert counter.file(request) == answer
            check(counter.order(order), counter)
            news = counter.changes(cursor)
            told, cursor = [*told, *news.changes], news.cursor
        counter.wait(timedelta(days=2))
        told += counter.changes(cursor).changes
        assert told == sorted(told, key=lambda change: change.at)
        assert told == list(counter.changes(begun.isoformat()).changes), "each change once, and none too late"


def test_an_order_nobody_asks_about_is_every_day_as_old(seeded: Path) -> None:
    with opened(seeded) as counter:
        before = [counter.order(order) for order in ORDERS]
        counter.wait(timedelta(days=40))
        for old, order in zip(before, ORDERS, strict=True):
            now = counter.order(order)
            assert now.state is old.state
            assert now.timeline[-1].at == old.timeline[-1].at + timedelta(days=40)
