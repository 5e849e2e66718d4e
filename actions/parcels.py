"""What a parcel's tracking says about it: whether it is late, stands still, or counts as lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from actions.policies import Lost
from actions.shop import Order, OrderState

ON_THE_WAY = (OrderState.DISPATCHED, OrderState.IN_TRANSIT, OrderState.OUT_FOR_DELIVERY)
ARRIVED = (OrderState.DELIVERED, OrderState.COMPLETED)


class Whereabouts(StrEnum):
    """Where a parcel that was not received may be.

    `sent_back`: the order is over, one way or another.
    """

    NOT_SENT = "not_sent"
    ON_TIME = "on_time"
    LATE = "late"
    LOST = "lost"
    SAID_DELIVERED = "said_delivered"
    SENT_BACK = "sent_back"


def is_late(order: Order, now: datetime) -> bool:
    """Whether an order should have been dispatched, or have arrived, before now."""
    due = order.dispatch_by if order.state is OrderState.PAID else order.arrives_by
    return order.state in (OrderState.PAID, *ON_THE_WAY) and due is not None and due < now


def last_news(order: Order) -> datetime | None:
    """When the parcel was last heard of."""
    if order.shipment and order.shipment.events:
        return order.shipment.events[-1].at
    return order.reached(OrderState.DISPATCHED)


def whereabouts(order: Order, policy: Lost, now: datetime) -> Whereabouts:
    """Where a parcel that was not received may be: lost after so many days in silence or past its time."""
    if order.state in (OrderState.UNPAID, OrderState.PAID):
        return Whereabouts.NOT_SENT
    if order.state in ARRIVED:
        return Whereabouts.SAID_DELIVERED
    if order.state not in ON_THE_WAY:
        return Whereabouts.SENT_BACK
    news, due = last_news(order), order.arrives_by
    silent = news is not None and now - news >= timedelta(days=policy.silent_days)
    overdue = due is not None and now - due >= timedelta(days=policy.late_days)
    if overdue or (silent and is_late(order, now)):
        return Whereabouts.LOST
    return Whereabouts.LATE if silent or is_late(order, now) else Whereabouts.ON_TIME
