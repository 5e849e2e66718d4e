"""What the demo shows of itself: the names of its goods, and orders to click on with their proof."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from actions.demo.days import DAY_ZERO
from actions.seed.load import goods, read, words
from actions.seed.orders import orders
from actions.shop import Order, OrderState
from actions.values import Words
from bot.messages import Model


class Named(Model):
    """A product as understanding looks for it: every name anybody calls it by."""

    id: str
    names: tuple[str, ...]


def catalogue() -> list[Named]:
    """The demo's goods by id, with names in every language and what shoppers call them."""
    return [Named(id=one.id, names=one.called) for one in goods()]


class ShowcaseOrder(Model):
    """An order a visitor may ask about, with its proof: the last four digits of the phone."""

    number: str
    tail: str
    state: OrderState
    titles: Words


class Showcase(Model):
    questions: tuple[Words, ...]
    orders: tuple[ShowcaseOrder, ...]


@cache
def demo_showcase() -> Showcase:
    """What the demo page offers to click, the same on every start."""
    rows, seeded = read("showcase.yml"), orders(DAY_ZERO)
    return Showcase(
        questions=tuple(words(row) for row in rows["questions"]),
        orders=tuple(_shown(_first(seeded, row), words(row)) for row in rows["orders"]),
    )


def _first(seeded: Iterable[Order], row: dict[str, str]) -> Order:
    """The first order of the row's state, and of its product where it names one."""
    product = row.get("product")
    return next(
        one
        for one in seeded
        if one.state == row["state"] and (product is None or any(item.product == product for item in one.items))
    )


def _shown(order: Order, titles: Words) -> ShowcaseOrder:
    return ShowcaseOrder(number=order.number, tail=order.phone[-4:], state=order.state, titles=titles)
