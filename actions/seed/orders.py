"""Makes the demo's orders: sixty of them, in every state, the same ones every time."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from actions.seed.load import goods, read, words
from actions.shop import Item, Moment, Order, OrderState, Product, Shipment, TrackingEvent
from actions.values import Money, Words

State = OrderState

PLAN: tuple[tuple[State, int, int], ...] = (
    (State.UNPAID, 0, 4),
    (State.PAID, 0, 5),
    (State.PAID, 1, 3),
    (State.PAID, 4, 1),
    (State.DISPATCHED, 1, 5),
    (State.IN_TRANSIT, 2, 9),
    (State.IN_TRANSIT, 8, 1),
    (State.OUT_FOR_DELIVERY, 3, 5),
    (State.DELIVERED, 5, 8),
    (State.COMPLETED, 24, 6),
    (State.CANCELLED, 5, 4),
    (State.RETURN_REQUESTED, 7, 3),
    (State.RETURNING, 9, 2),
    (State.REFUNDING, 11, 2),
    (State.REFUNDED, 18, 2),
)
"""State, days since the order was placed, how many such orders. Paid for 4 days and in transit for 8 are late ones."""

HOURS: dict[State, float] = {
    State.UNPAID: 10,
    State.PAID: 10.1,
    State.DISPATCHED: 24 + 16,
    State.IN_TRANSIT: 24 + 22,
    State.OUT_FOR_DELIVERY: 72 + 8.5,
    State.DELIVERED: 72 + 14,
    State.COMPLETED: 240 + 14,
    State.CANCELLED: 11,
    State.RETURN_REQUESTED: 96 + 20,
    State.RETURNING: 144 + 10,
    State.REFUNDING: 216 + 9,
    State.REFUNDED: 288 + 15,
}
"""Hours from the midnight before an order was placed until it comes into a state."""

SENT = (State.UNPAID, State.PAID, State.DISPATCHED, State.IN_TRANSIT, State.OUT_FOR_DELIVERY, State.DELIVERED)
BACK = (State.RETURN_REQUESTED, State.RETURNING, State.REFUNDING, State.REFUNDED)
EVENTS: tuple[tuple[str, State, float], ...] = (
    ("picked_up", State.DISPATCHED, 24 + 18),
    ("left", State.IN_TRANSIT, 24 + 22),
    ("arrived", State.IN_TRANSIT, 48 + 8),
    ("out", State.OUT_FOR_DELIVERY, 72 + 8.5),
    ("delivered", State.DELIVERED, 72 + 14),
)
"""What a parcel's tracking says, from which state on, and at which hour."""

FREE_FROM, POSTAGE = 9900, 800


def orders(today: datetime) -> tuple[Order, ...]:
    """All orders, placed in the days before `today` (a midnight)."""
    dice, products, journeys = Random(20), goods(), read("journeys.yml")
    return tuple(
        _order(dice, products, journeys, state, today - timedelta(days=days))
        for state, days, count in PLAN
        for _ in range(count)
    )


def _order(dice: Random, products: tuple[Product, ...], journeys: Any, state: State, placed: datetime) -> Order:
    city = dice.choice(journeys["cities"])
    items = _items(dice, products, state)
    worth = sum(item.price.amount * item.quantity for item in items)
    postage = 0 if worth >= FREE_FROM else POSTAGE
    passed = path(state)
    return Order(
        number=f"JL{dice.randrange(2 * 10**9, 9 * 10**9)}",
        state=state,
        items=items,
        total=Money(amount=worth + postage),
        postage=Money(amount=postage),
        phone=f"1200000{dice.randrange(10_000):04d}",
        address=f"{city['zh']}市示例路 {dice.randrange(1, 200)} 号",
        timeline=tuple(Moment(state=step, at=placed + timedelta(hours=HOURS[step])) for step in passed),
        dispatch_by=placed + timedelta(hours=HOURS[State.PAID] + 48) if State.PAID in passed else None,
        arrives_by=placed + timedelta(hours=72 + 21) if State.DISPATCHED in passed else None,
        refund_by=placed + timedelta(days=13, hours=20) if state is State.REFUNDING else None,
        shipment=_shipment(dice, journeys, city, passed, placed),
    )


def path(state: State) -> tuple[State, ...]:
    """The states an order has been in when it is in `state`."""
    if state is State.CANCELLED:
        return State.UNPAID, state
    if state is State.COMPLETED:
        return (*SENT, state)
    if state in BACK:
        return (*SENT, *BACK[: BACK.index(state) + 1])
    return SENT[: SENT.index(state) + 1]


def _items(dice: Random, products: tuple[Product, ...], state: State) -> tuple[Item, ...]:
    # What is on its way back, or should be free to go back, is not food.
    choice = [product for product in products if product.returnable or state not in (State.DELIVERED, *BACK)]
    return tuple(
        Item(
            product=product.id,
            names=product.names,
            quantity=dice.choice((1, 1, 1, 2)),
            price=product.price,
            returnable=product.returnable,
        )
        for product in dice.sample(choice, dice.choice((1, 1, 2)))
    )


def _shipment(dice: Random, journeys: Any, city: Any, passed: tuple[State, ...], placed: datetime) -> Shipment | None:
    if State.DISPATCHED not in passed:
        return None
    events = [(name, hours) for name, state, hours in EVENTS if state in passed]
    return Shipment(
        courier=words(dice.choice(journeys["couriers"])),
        tracking_number=f"JX{dice.randrange(10**11, 10**12)}",
        events=tuple(
            TrackingEvent(at=placed + timedelta(hours=hours), words=_event(journeys, name, city))
            for name, hours in events
        ),
    )


def _event(journeys: Any, name: str, city: dict[str, str]) -> Words:
    place = journeys["warehouse"] if name in ("picked_up", "left") else city
    template = journeys["events"][name]
    here = words(place)
    return {tongue: line.format(city=here[tongue]) for tongue, line in words(template).items()}
