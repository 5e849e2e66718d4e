"""How a faulty, wrong or missing item is made good, decided by the problem, what it is worth, and its age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from actions.policies import Problem, Remedies, Returns, Way
from actions.shop import Order, OrderState
from actions.values import Money


class Claim(StrEnum):
    """What a complaint about goods comes to.

    `over`: the order was sent back or called off; `human`: worth too much, or of no rule, for anybody but a human.
    """

    OPEN = "open"
    NOT_THERE = "not_there"
    TOO_LATE = "too_late"
    OVER = "over"
    HUMAN = "human"


@dataclass(frozen=True)
class Ruling:
    """`ways` are the shopper's to choose from, `amount` what there is for keeping the goods."""

    claim: Claim
    ways: tuple[Way, ...] = ()
    amount: Money | None = None


BEFORE = (
    OrderState.UNPAID,
    OrderState.PAID,
    OrderState.DISPATCHED,
    OrderState.IN_TRANSIT,
    OrderState.OUT_FOR_DELIVERY,
)


def rule_on(order: Order, problem: Problem, remedies: Remedies, returns: Returns, now: datetime) -> Ruling:
    """Judge a complaint about goods that arrived."""
    if order.state in BEFORE:
        return Ruling(Claim.NOT_THERE)
    if order.state not in (OrderState.DELIVERED, OrderState.COMPLETED):
        return Ruling(Claim.OVER)
    delivered = order.reached(OrderState.DELIVERED)
    if delivered is None or now > delivered + timedelta(days=returns.quality_days):
        return Ruling(Claim.TOO_LATE)
    ways = _ways(order, problem, remedies)
    return Ruling(Claim.OPEN, ways, compensation(order, remedies)) if ways else Ruling(Claim.HUMAN)


def worth(order: Order) -> Money:
    """What the goods of an order cost, without postage."""
    return Money(amount=sum(item.price.amount * item.quantity for item in order.items), currency=order.total.currency)


def compensation(order: Order, remedies: Remedies) -> Money:
    """What there is for keeping the goods as they are."""
    part = worth(order).amount * remedies.percent // 100
    return Money(amount=min(part, remedies.most.amount), currency=order.total.currency)


def _ways(order: Order, problem: Problem, remedies: Remedies) -> tuple[Way, ...]:
    returnable = all(item.returnable for item in order.items)
    for rule in remedies.rules:
        within = rule.up_to is None or worth(order).amount <= rule.up_to.amount
        if rule.problem == problem and within and rule.returnable in (None, returnable):
            return rule.ways
    return ()
