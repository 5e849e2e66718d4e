"""Until when the warranty of something bought holds."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime

from actions.shop import Order, OrderState, Product


def warranty_until(order: Order, product: Product) -> datetime | None:
    """The moment it ends; None where there is none, or it has not begun, which it does with delivery."""
    delivered = order.reached(OrderState.DELIVERED)
    if delivered is None or product.warranty is None:
        return None
    months = delivered.month - 1 + product.warranty
    year, month = delivered.year + months // 12, months % 12 + 1
    return delivered.replace(year=year, month=month, day=min(delivered.day, monthrange(year, month)[1]))
