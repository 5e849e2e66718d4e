"""Makes the demo's orders: sixty plain ones in every state, and the special cases, the same ones every time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zlib import crc32

from actions.requests import Filed
from actions.seed.load import goods, prices, read, spoken, words
from actions.shop import (
    Appointment,
    Customs,
    Invoice,
    Item,
    Moment,
    Order,
    OrderState,
    Payment,
    Product,
    Shipment,
    TrackingEvent,
)
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
PLAIN_GOODS = 32
"""The plain orders are of the first so many goods."""
FAMILIAR = "demo-1"
"""The customer who placed the first plain order of every state."""


def orders(today: datetime) -> tuple[Order, ...]:
    """All orders, placed in the days before `today` (a midnight)."""
    return (*_plain(today), *_special(today))


def _plain(today: datetime) -> Iterator[Order]:
    dice, products, journeys = Random(20), goods()[:PLAIN_GOODS], read("journeys.yml")
    known: set[State] = set()
    for state, days, count in PLAN:
        for _ in range(count):
            order = _order(dice, products, journeys, state, today - timedelta(days=days))
            customer = None if state in known else FAMILIAR
            known.add(state)
            yield _settled(order, {"customer": customer}, today)


def _special(today: datetime) -> Iterator[Order]:
    dice, journeys, products = Random(21), read("journeys.yml"), {product.id: product for product in goods()}
    customers = {row["id"]: row for row in read("customers.yml")["customers"]}
    cities = {city["zh"]: city for city in journeys["cities"]}
    for case in read("cases.yml"):
        placed = today - timedelta(days=case["days"])
        who = customers.get(case.get("customer"))
        items = tuple(
            _item(products[id], case["items"].count(id), today, placed) for id in dict.fromkeys(case["items"])
        )
        city = cities[who["city"]] if who else dice.choice(journeys["cities"])
        order = _placed(dice, journeys, State(case["state"]), placed, city, items)
        yield _settled(order.model_copy(update={"phone": who["phone"]}) if who else order, case, today)


def _item(product: Product, quantity: int, today: datetime, placed: datetime) -> Item:
    """So many of a product, for what it cost then."""
    bought = placed + timedelta(hours=HOURS[State.PAID])
    price = next((point.price for point in reversed(prices(product, today)) if point.at <= bought), product.price)
    return Item(product=product.id, names=product.names, quantity=quantity, price=price, returnable=product.returnable)


def _order(dice: Random, products: tuple[Product, ...], journeys: Any, state: State, placed: datetime) -> Order:
    city = dice.choice(journeys["cities"])
    return _placed(dice, journeys, state, placed, city, _items(dice, products, state))


def _placed(
    dice: Random, journeys: Any, state: State, placed: datetime, city: dict[str, str], items: tuple[Item, ...]
) -> Order:
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


def _settled(order: Order, case: dict[str, Any], today: datetime) -> Order:
    """The order with everything about its money, and whatever else its case says."""
    filed = _return_of(order)
    return order.model_copy(
        update={
            "customer": case.get("customer"),
            "payments": _payments(order, twice=case.get("twice", False)),
            "filed": filed,
            "refund": filed[0].amount if filed else None,
            "invoice": _invoice(order, case["invoice"], today) if "invoice" in case else None,
            "customs": Customs.model_validate(spoken(case["customs"])) if "customs" in case else None,
            "appointment": _visit(today, case["visit"]) if "visit" in case else None,
            **_later(order, today),
        }
    )


def _later(order: Order, today: datetime) -> dict[str, Any]:
    """What is on presale is sent when it is there; what comes from abroad takes longer."""
    presale = [one.presale for one in goods(today) if one.presale and one.id in {item.product for item in order.items}]
    if presale and order.state is State.PAID:
        return {"dispatch_by": max(presale) + timedelta(hours=18)}
    if order.arrives_by and any(item.product.endswith("-import") for item in order.items):
        return {"arrives_by": order.arrives_by + timedelta(days=6)}
    return {}


def _payments(order: Order, *, twice: bool) -> tuple[Payment, ...]:
    paid = order.reached(State.PAID)
    if paid is None:
        return ()
    methods = read("journeys.yml")["payments"]
    one = Payment(method=words(methods[crc32(order.number.encode()) % len(methods)]), amount=order.total, at=paid)
    return (one, one.model_copy(update={"at": paid + timedelta(minutes=2)})) if twice else (one,)


def _return_of(order: Order) -> tuple[Filed, ...]:
    """The return that an order which is coming back has been asked for."""
    asked = order.reached(State.RETURN_REQUESTED)
    if asked is None:
        return ()
    states = {State.RETURN_REQUESTED: "review", State.REFUNDED: "done"}
    return (
        Filed.model_validate(
            {
                "key": f"seeded:{order.number}",
                "kind": "return",
                "number": f"TH{order.number[2:]}",
                "state": states.get(order.state, "approved"),
                "at": asked,
                "amount": order.total,
                "code": None
                if order.state is State.RETURN_REQUESTED
                else f"{crc32(order.number.encode()) % 10**6:06d}",
            }
        ),
    )


def _invoice(order: Order, row: dict[str, Any], today: datetime) -> Invoice:
    if "issued" not in row:
        return Invoice(title=row["title"])
    issued = today - timedelta(days=row["issued"])
    return Invoice(title=row["title"], tax_id=row.get("tax_id"), url=invoice_url(order.number), issued=issued)


def invoice_url(number: str) -> str:
    return f"https://shop.example/invoices/{number}.pdf"


def _visit(today: datetime, days: int) -> Appointment:
    day = today + timedelta(days=days)
    return Appointment(starts=day + timedelta(hours=9), ends=day + timedelta(hours=12))


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
            TrackingEvent(at=placed + timedelta(hours=hours), words=event_words(name, city)) for name, hours in events
        ),
    )


def event_words(name: str, city: dict[str, str]) -> Words:
    """What the tracking says about an event, where it happens."""
    journeys = read("journeys.yml")
    place = journeys["warehouse"] if name in ("picked_up", "left", "cleared") else city
    here = words(place)
    return {tongue: line.format(city=here[tongue]) for tongue, line in words(journeys["events"][name]).items()}


def city_of(address: str) -> dict[str, str]:
    """The city of our journeys that an address is in; for every other place it is the first one."""
    cities: list[dict[str, str]] = read("journeys.yml")["cities"]
    return next((city for city in cities if city["zh"] in address or city["en"] in address), cities[0])
