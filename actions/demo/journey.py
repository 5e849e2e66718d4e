"""A parcel's way from the warehouse to the door, once its order's time runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from actions.demo.life import GOODS_BACK, Life
from actions.parcels import is_late
from actions.seed.load import read, words
from actions.seed.orders import city_of, event_words
from actions.shop import Order, OrderState, Shipment, TrackingEvent

State = OrderState

LEGS = (
    ("picked_up", State.DISPATCHED, "dispatch"),
    ("left", State.IN_TRANSIT, "leave"),
    ("arrived", State.IN_TRANSIT, "arrive"),
    ("out", State.OUT_FOR_DELIVERY, "out"),
    ("delivered", State.DELIVERED, "deliver"),
)
"""What the tracking says next, the state the order is then in, and what the shop takes for it."""
NEXT_LEG = {State.PAID: 0, State.DISPATCHED: 1, State.IN_TRANSIT: 3, State.OUT_FOR_DELIVERY: 4}
TOLD = {State.DISPATCHED: "dispatched", State.OUT_FOR_DELIVERY: "out_for_delivery", State.DELIVERED: "delivered"}
"""States that shoppers are told of."""
SOON = timedelta(days=4)
"""What is to be dispatched later than this waits for something."""
DAYS_UNDER_WAY = timedelta(days=3)


def set_out(life: Life, at: datetime) -> None:
    """Let the parcel go on from where it is, unless it is late, waits for the goods, or is held."""
    order = life.order
    if order.state not in NEXT_LEG or is_late(order, at) or _awaits_goods(order, at):
        return
    if order.customs and order.customs.state != "cleared":
        return _clear(life, at)
    life.journey += 1
    _travel(life, at, NEXT_LEG[order.state], life.journey)


def stop(life: Life) -> None:
    """Whatever the parcel was about to do does not happen."""
    life.journey += 1


def complete_in_time(life: Life, at: datetime) -> None:
    """A delivered order is completed after some days, or when what is asked about it has been dealt with."""
    delivered = life.order.reached(State.DELIVERED) or at
    life.at(max(at, delivered + timedelta(days=life.pace.completes_after_days)), _complete)


def look_again(life: Life, at: datetime) -> None:
    """A late order gets a new date and goes on."""
    if not is_late(life.order, at):
        return
    due = at + DAYS_UNDER_WAY
    life.update(**{"dispatch_by" if life.order.state is State.PAID else "arrives_by": due})
    life.tell("delayed", at)
    set_out(life, at)


def _awaits_goods(order: Order, at: datetime) -> bool:
    return order.state is State.PAID and order.dispatch_by is not None and order.dispatch_by > at + SOON


def _travel(life: Life, at: datetime, leg: int, journey: int) -> None:
    event, state, wait = LEGS[leg]

    def arrive(life: Life, now: datetime) -> None:
        if life.journey != journey:
            return
        _note_event(life, event, now)
        if state is not life.order.state:
            life.enter(state, now)
            if state in TOLD:
                life.tell(TOLD[state], now)
        if leg + 1 < len(LEGS):
            _travel(life, now, leg + 1, journey)
        else:
            complete_in_time(life, now)

    life.after(at, wait, arrive)


def _note_event(life: Life, event: str, at: datetime) -> None:
    shipment = life.order.shipment
    if shipment is None:
        shipment = _new_parcel(life.order.number)
        life.update(arrives_by=at + DAYS_UNDER_WAY)
    said = TrackingEvent(at=at, words=event_words(event, city_of(life.order.address)))
    life.update(shipment=shipment.model_copy(update={"events": (*shipment.events, said)}))


def _new_parcel(number: str) -> Shipment:
    dice = Random(number)
    courier = words(dice.choice(read("journeys.yml")["couriers"]))
    return Shipment(courier=courier, tracking_number=f"JX{dice.randrange(10**11, 10**12)}")


def _clear(life: Life, at: datetime) -> None:
    """Customs let go what they only look at; what they hold waits for the receiver."""
    customs = life.order.customs
    if customs is None or customs.state == "held":
        return
    journey = life.journey = life.journey + 1

    def cleared(life: Life, now: datetime) -> None:
        if life.journey == journey:
            life.update(customs=customs.model_copy(update={"state": "cleared"}))
            _note_event(life, "cleared", now)
            set_out(life, now)

    life.after(at, "customs", cleared)


def _complete(life: Life, at: datetime) -> None:
    if life.order.state is not State.DELIVERED:
        return
    if life.busy(GOODS_BACK | {"trace"}):
        life.at(at + timedelta(days=1), _complete)
    else:
        life.enter(State.COMPLETED, at)
