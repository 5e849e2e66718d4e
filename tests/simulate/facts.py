"""Reads figures, days and states out of what the bot says and what the shop knows; nothing here is the bot's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel

from actions.policies import Policies
from actions.shop import Order, OrderState, Product
from bot.dialogue.language import simplified

MONEY = re.compile(r"[¥￥]\s?(\d[\d,]*(?:\.\d{1,2})?)|(?<![\d.])(\d[\d,]*(?:\.\d{1,2})?) ?元")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAY = re.compile(
    rf"(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})[日号](?: (?P<time>\d\d:\d\d))?"
    rf"|\b(?P<name>{'|'.join(MONTHS)}) (?P<date>\d{{1,2}})\b(?!\d)(?:, (?P<at>\d\d:\d\d))?"
)
NUMBER = re.compile(r"\bJL\d{10}\b")
TRACKING = re.compile(r"\bJX\d{11,12}\b")
FILED = re.compile(r"\b(?!JL|JX)[A-Z]{2}\d{10}\b")

STATES: dict[OrderState, str] = {
    OrderState.UNPAID: r"还没有?付款|hasn't been paid",
    OrderState.PAID: r"已付款，正在准备|前[发出]货，现在晚了|is paid and being prepared|should have been dispatched by",
    OrderState.DISPATCHED: r"已[于於] ?\S+( \S+)? ?[发出]货|was dispatched on",
    OrderState.IN_TRANSIT: r"在运输途中|运送中|is on its way with|should have arrived by|前送[到达]，[现却]",
    OrderState.OUT_FOR_DELIVERY: r"正在派送|正在配送|is out for delivery",
    OrderState.DELIVERED: r"已[于於] ?\S+( \S+)? ?签收|was delivered on|显示已签收|marked as delivered",
    OrderState.COMPLETED: r"已[于於] ?\S+( \S+)? ?完成|was completed on",
    OrderState.CANCELLED: r"已[于於] ?\S+( \S+)? ?取消|was cancelled on",
    OrderState.RETURN_REQUESTED: r"的退货申请已[于於]|was requested on",
    OrderState.RETURNING: r"的退货已[于於]|was sent on",
    OrderState.REFUNDING: r"退款正?在?处理|refund for order \S+ is being processed",
    OrderState.REFUNDED: r"的退款已[于於]|was refunded on",
}
"""What the bot says only of an order in that state, in simplified characters or English."""
SAME = {
    OrderState.IN_TRANSIT: {OrderState.DISPATCHED, OrderState.OUT_FOR_DELIVERY},
    OrderState.DELIVERED: {OrderState.COMPLETED},
}
"""Words that other states share."""


class Date(NamedTuple):
    """A day as it is told: `time` where it is told to the minute."""

    month: int
    day: int
    time: str | None = None


def amounts(text: str) -> set[int]:
    """The amounts in a text, in minor units."""
    found = (one[1] or one[2] for one in MONEY.finditer(text))
    return {round(float(figure.replace(",", "")) * 100) for figure in found}


def dates(text: str) -> set[Date]:
    """The days in a text."""
    found = set()
    for one in DAY.finditer(text):
        if one["name"]:
            found.add(Date(MONTHS.index(one["name"]) + 1, int(one["date"]), one["at"]))
        else:
            found.add(Date(int(one["month"]), int(one["day"]), one["time"]))
    return found


def states(text: str) -> set[OrderState]:
    """The states that a text says an order is in."""
    words = simplified(text)
    return {state for state, pattern in STATES.items() if re.search(pattern, words)}


def fits(told: OrderState, order: Order) -> bool:
    """Whether an order may be said to be in a state."""
    return order.state is told or order.state in SAME.get(told, set())


def as_date(moment: datetime) -> Date:
    return Date(moment.month, moment.day, f"{moment:%H:%M}")


def moments(value: object) -> Iterator[datetime]:
    """All times in a value of the shop."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from moments(getattr(value, name))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from moments(one)


def sums(value: object) -> Iterator[int]:
    """All amounts in a value of the shop, those in words included."""
    if isinstance(value, BaseModel):
        if set(type(value).model_fields) == {"amount", "currency"}:
            yield value.amount  # type: ignore[attr-defined]
        for name in type(value).model_fields:
            yield from sums(getattr(value, name))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from sums(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from sums(one)
    elif isinstance(value, str):
        yield from amounts(value)


def of_order(order: Order, policies: Policies, goods: dict[str, Product]) -> tuple[set[int], set[Date]]:
    """The amounts and the days that may be told of an order to who owns it."""
    worth = sum(item.price.amount * item.quantity for item in order.items)
    money = {*sums(order), worth, *(item.price.amount * item.quantity for item in order.items)}
    if order.refund_by is None and order.total:
        money.add(order.total.amount - order.postage.amount)
    if policies.remedies:
        money.add(min(worth * policies.remedies.percent // 100, policies.remedies.most.amount))
    days = {as_date(at) for at in moments(order)}
    for item, product in ((one, goods[one.product]) for one in order.items if one.product in goods):
        fallen = item.price.amount - product.price.amount
        money |= {fallen * n for n in (1, item.quantity)} | {product.price.amount}
        if (arrived := order.reached(OrderState.DELIVERED)) and product.warranty:
            month = (arrived.month - 1 + product.warranty) % 12
            days |= {Date(month + 1, min(arrived.day, day)) for day in (28, 29, 30, 31)}
    if (arrived := order.reached(OrderState.DELIVERED)) and policies.returns:
        days |= {as_date(arrived + timedelta(days=n)) for n in (policies.returns.days, policies.returns.quality_days)}
    if (paid := order.reached(OrderState.PAID)) and policies.price_protection:
        days.add(as_date(paid + timedelta(days=policies.price_protection.days)))
    return money, days


def among(told: Date, known: set[Date]) -> bool:
    """Whether a day told is one of those known; without a time, the day is enough."""
    return any(told[:2] == one[:2] and told.time in (None, one.time) for one in known)
