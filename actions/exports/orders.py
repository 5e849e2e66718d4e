"""Orders out of an export: one line an item, where lines with the same number are one order."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, tzinfo
from pathlib import Path

from actions.exports.cells import BadCell, amount, count, moment, state
from actions.exports.tables import Columns, Row, read_rows, usable
from actions.shop import Item, Moment, Order, OrderState, Shipment
from actions.values import Money
from bot.messages import LANGUAGES

COLUMNS: Columns = {
    "number": ("order number", "order", "订单号", "订单编号"),
    "state": ("status", "order status", "订单状态", "状态"),
    "phone": ("mobile", "手机", "手机号", "联系手机", "收件人手机"),
    "address": ("收货地址", "地址", "收件地址"),
    "customer": ("customer id", "买家id", "会员编号"),
    "product": ("sku", "商品编号", "货号", "商家编码"),
    "name": ("title", "商品名称", "商品标题"),
    "quantity": ("数量", "购买数量"),
    "price": ("单价", "商品单价"),
    "total": ("amount", "实付金额", "订单金额", "总金额"),
    "postage": ("shipping", "运费", "邮费"),
    "placed": ("created", "下单时间", "订单创建时间"),
    "paid": ("付款时间", "支付时间"),
    "dispatched": ("shipped", "发货时间"),
    "delivered": ("签收时间", "送达时间"),
    "completed": ("完成时间", "成交时间"),
    "refunded": ("退款时间",),
    "dispatch_by": ("promised dispatch", "承诺发货时间"),
    "courier": ("carrier", "快递公司", "物流公司"),
    "tracking": ("tracking number", "快递单号", "运单号", "物流单号"),
}
PASSED = {
    "placed": OrderState.UNPAID,
    "paid": OrderState.PAID,
    "dispatched": OrderState.DISPATCHED,
    "delivered": OrderState.DELIVERED,
    "completed": OrderState.COMPLETED,
    "refunded": OrderState.REFUNDED,
}
"""The state that each column of a time is the beginning of."""


def read_orders(path: Path, zone: tzinfo) -> dict[str, Order]:
    """Orders by their number, in capitals. One with a line that cannot be read is left out whole: half an order is a
    wrong one. Raises `BadTable` and `OSError`."""
    lines: dict[str, list[Row]] = defaultdict(list)
    for row, number in usable(path.name, read_rows(path, COLUMNS), lambda row: row.need("number", str).upper()):
        lines[number].append(row)
    first = [rows[0] for rows in lines.values()]
    read = usable(path.name, first, lambda row: _order(lines[row.cells["number"].upper()], zone))
    return {order.number: order for _, order in read}


def _order(rows: list[Row], zone: tzinfo) -> Order:
    row = rows[0]
    items = tuple(_item(one) for one in rows)
    return Order(
        number=row.need("number", str).upper(),
        state=row.need("state", state),
        items=items,
        total=row.get("total", amount) or _sum(items),
        postage=row.get("postage", amount) or Money(amount=0),
        phone=_phone(row.need("phone", str)),
        address=row.get("address", str) or "",
        timeline=tuple(_timeline(row, zone)),
        dispatch_by=_moment(row, "dispatch_by", zone),
        shipment=_shipment(row),
        customer=row.get("customer", str),
    )


def _item(row: Row) -> Item:
    name = row.need("name", str)
    return Item(
        product=row.get("product", str) or name,
        names=dict.fromkeys(LANGUAGES, name),
        quantity=row.get("quantity", count) or 1,
        price=row.get("price", amount) or Money(amount=0),
    )


def _sum(items: tuple[Item, ...]) -> Money:
    return Money(amount=sum(item.price.amount * item.quantity for item in items))


def _phone(cell: str) -> str:
    """Spreadsheets hide digits: without the last four nobody can show that the order is theirs."""
    if not cell[-4:].isdigit() or len(cell) < 4:
        raise BadCell("phone: its last four digits are not there")
    return cell


def _timeline(row: Row, zone: tzinfo) -> list[Moment]:
    times = ((reached, _moment(row, column, zone)) for column, reached in PASSED.items())
    return sorted((Moment(state=reached, at=at) for reached, at in times if at), key=lambda one: one.at)


def _moment(row: Row, column: str, zone: tzinfo) -> datetime | None:
    return row.get(column, lambda cell: moment(cell, zone))


def _shipment(row: Row) -> Shipment | None:
    tracking = row.get("tracking", str)
    if tracking is None:
        return None
    return Shipment(courier=dict.fromkeys(LANGUAGES, row.get("courier", str) or ""), tracking_number=tracking)
