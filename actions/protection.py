"""Whether the price of something bought fell since, and what of it is paid back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from actions.policies import PriceProtection
from actions.shop import Order, OrderState, Product
from actions.values import Money

OVER = (
    OrderState.CANCELLED,
    OrderState.RETURN_REQUESTED,
    OrderState.RETURNING,
    OrderState.REFUNDING,
    OrderState.REFUNDED,
)


class Ground(StrEnum):
    """What a wish for the difference comes to. `over`: the order was called off or sent back."""

    FALLEN = "fallen"
    NOT_FALLEN = "not_fallen"
    NOT_BOUGHT = "not_bought"
    NOT_PAID = "not_paid"
    TOO_LATE = "too_late"
    OVER = "over"


@dataclass(frozen=True)
class Difference:
    """`amount` is what there is to pay back, where the price fell; `until` the last moment to ask for it."""

    ground: Ground
    amount: Money | None = None
    until: datetime | None = None


def difference(
    order: Order, product: Product, policy: PriceProtection, now: datetime, *, claimed: int = 0
) -> Difference:
    """Judge a wish for the difference. `claimed`: what of it was paid back already, in minor units."""
    item = next((item for item in order.items if item.product == product.id), None)
    paid = order.reached(OrderState.PAID)
    if item is None:
        return Difference(Ground.NOT_BOUGHT)
    if order.state in OVER:
        return Difference(Ground.OVER)
    if paid is None:
        return Difference(Ground.NOT_PAID)
    until = paid + timedelta(days=policy.days)
    if now > until:
        return Difference(Ground.TOO_LATE, until=until)
    fallen = (item.price.amount - product.price.amount) * item.quantity - claimed
    if fallen <= 0:
        return Difference(Ground.NOT_FALLEN, until=until)
    return Difference(Ground.FALLEN, Money(amount=fallen, currency=item.price.currency), until)
