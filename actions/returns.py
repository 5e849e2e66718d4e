"""Whether an order may be returned, decided by its state, its age and what is in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from actions.policies import Returns
from actions.shop import Order, OrderState


class Verdict(StrEnum):
    ALLOWED = "allowed"
    NOT_SENT = "not_sent"
    ON_THE_WAY = "on_the_way"
    TOO_LATE = "too_late"
    EXCLUDED = "excluded"
    UNDER_WAY = "under_way"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


BY_STATE = {
    OrderState.UNPAID: Verdict.NOT_SENT,
    OrderState.PAID: Verdict.NOT_SENT,
    OrderState.DISPATCHED: Verdict.ON_THE_WAY,
    OrderState.IN_TRANSIT: Verdict.ON_THE_WAY,
    OrderState.OUT_FOR_DELIVERY: Verdict.ON_THE_WAY,
    OrderState.DELIVERED: Verdict.ALLOWED,
    OrderState.COMPLETED: Verdict.ALLOWED,
    OrderState.CANCELLED: Verdict.CANCELLED,
    OrderState.RETURN_REQUESTED: Verdict.UNDER_WAY,
    OrderState.RETURNING: Verdict.UNDER_WAY,
    OrderState.REFUNDING: Verdict.UNDER_WAY,
    OrderState.REFUNDED: Verdict.REFUNDED,
}


def decide(order: Order, policy: Returns, now: datetime) -> Verdict:
    """Judge a return for any reason but a fault; faults have a longer time and are a human's to judge."""
    verdict = BY_STATE[order.state]
    if verdict is not Verdict.ALLOWED:
        return verdict
    delivered = order.reached(OrderState.DELIVERED)
    if delivered is None or now > delivered + timedelta(days=policy.days):
        return Verdict.TOO_LATE
    if not all(item.returnable for item in order.items):
        return Verdict.EXCLUDED
    return Verdict.ALLOWED
