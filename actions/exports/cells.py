"""What stands in the cells of an export, read as strictly as it has to be and as kindly as it can be."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

from actions.shop import OrderState
from actions.values import Money

STATES: dict[OrderState, tuple[str, ...]] = {
    OrderState.UNPAID: ("待付款", "未付款", "等待付款", "pending payment", "awaiting payment"),
    OrderState.PAID: ("待发货", "已付款", "等待发货", "processing", "unfulfilled"),
    OrderState.DISPATCHED: ("已发货", "shipped", "fulfilled"),
    OrderState.IN_TRANSIT: ("运输中", "待收货", "在途", "in transit"),
    OrderState.OUT_FOR_DELIVERY: ("派送中", "派件中", "配送中", "out for delivery"),
    OrderState.DELIVERED: ("已签收", "已送达", "已收货"),
    OrderState.COMPLETED: ("已完成", "交易成功", "交易完成", "complete"),
    OrderState.CANCELLED: ("已取消", "交易关闭", "已关闭", "canceled", "closed"),
    OrderState.RETURN_REQUESTED: ("退货申请中", "售后处理中", "return requested"),
    OrderState.RETURNING: ("退货中", "returning"),
    OrderState.REFUNDING: ("退款中", "refunding"),
    OrderState.REFUNDED: ("已退款", "退款成功", "refunded"),
}
"""What the systems of shops call the states, besides our own words."""
_STATES = {word: state for state, words in STATES.items() for word in (state.value, *words)}

YES, NO = ("是", "y", "yes", "true", "1"), ("否", "n", "no", "false", "0")
AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")
SEPARATORS = re.compile("[;；|]")


class BadCell(ValueError):
    """A cell is not what its column takes; the message never has what stands in it."""


def amount(cell: str) -> Money:
    """A decimal such as `1,299.50` or `¥99`, in minor units."""
    plain = AMOUNT.fullmatch(re.sub(r"[¥￥,，\s]|元$", "", cell))
    if plain is None:
        raise BadCell("this is no amount of whole cents")
    return Money(amount=int(plain[1]) * 100 + int((plain[2] or "").ljust(2, "0")))


def count(cell: str) -> int:
    if not re.fullmatch(r"\d{1,9}", cell):
        raise BadCell("this is no number of pieces")
    return int(cell)


def moment(cell: str, zone: tzinfo) -> datetime:
    """A day, or a day and a time of it, in the desk's time zone where the cell names none."""
    if (told := _iso(cell)) is not None:
        return told if told.tzinfo else told.replace(tzinfo=zone)
    for day in DAYS:
        for time in TIMES:
            try:
                return datetime.strptime(cell, day + time).replace(tzinfo=zone)
            except ValueError:
                continue
    raise BadCell("this is no date; one is written as 2026-11-22 or 2026-11-22 18:30")


def _iso(cell: str) -> datetime | None:
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None


def state(cell: str) -> OrderState:
    try:
        return _STATES[cell.lower()]
    except KeyError:
        raise BadCell("this is no state we know") from None


def flag(cell: str) -> bool:
    if cell.lower() in YES:
        return True
    if cell.lower() in NO:
        return False
    raise BadCell("this is neither yes nor no")


def several(cell: str) -> tuple[str, ...]:
    """Things in one cell, with semicolons or bars between them."""
    return tuple(part.strip() for part in SEPARATORS.split(cell) if part.strip())
