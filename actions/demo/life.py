"""Lives an order through from what was seeded and what was asked: what it is now follows from these and the clock.

A seeded order is as old every day as on the first. With the first request about it its own time begins to run, and
everything later happens when it is due: nothing needs to be written or woken for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, Literal

from actions.demo.pace import Pace
from actions.requests import Filed, Kind, Request
from actions.shop import Change, Moment, Order, OrderState
from actions.values import Money

IN_PROGRESS = ("review", "approved")
MONEY_BACK: frozenset[Kind] = frozenset(
    {"cancel", "intercept", "return", "remedy", "trace", "price_protection", "double_payment"}
)
"""Requests whose amount is money that goes back to the shopper."""
GOODS_BACK: frozenset[Kind] = frozenset({"cancel", "intercept", "return", "exchange", "remedy"})
"""Requests that decide about the whole order, one at a time."""

Deed = Callable[["Life", datetime], None]
Step = Callable[["Life", datetime, str], None]


@dataclass(frozen=True)
class Asked:
    """A request as it was taken, with the answer it got."""

    request: Request
    filed: Filed


class Life:
    """An order on its way through time. `journey` counts how often its parcel set out or was stopped."""

    def __init__(self, order: Order, pace: Pace) -> None:
        self.order = order
        self.pace = pace
        self.journey = 0
        self.changes: list[Change] = []
        self.requests: dict[str, Request] = {}
        self._due: list[tuple[datetime, int, Deed]] = []
        self._put = 0

    def until(self, now: datetime) -> None:
        """Do what is due by `now`, in the order of time."""
        while self._due and self._due[0][0] <= now:
            at, _, deed = heappop(self._due)
            deed(self, at)

    def at(self, when: datetime, deed: Deed) -> None:
        self._put += 1
        heappush(self._due, (when, self._put, deed))

    def after(self, at: datetime, wait: str, deed: Deed) -> None:
        self.at(at + self.pace.real(wait), deed)

    def go_on(self, at: datetime, wait: str, key: str, step: Step) -> None:
        """A request's next step, which is not taken any more once the request is at its end; it is told by when."""
        self.note(key, by=at + self.pace.told(wait))
        self.after(at, wait, lambda life, due: step(life, due, key) if life.in_progress(key) else None)

    def update(self, **changes: Any) -> None:
        self.order = self.order.model_copy(update=changes)

    def enter(self, state: OrderState, at: datetime) -> None:
        if state is not self.order.state:
            self.update(state=state, timeline=(*self.order.timeline, Moment(state=state, at=at)))

    def step_back(self) -> None:
        """The latest state was taken back, so the order never was in it."""
        timeline = self.order.timeline[:-1]
        self.update(state=timeline[-1].state, timeline=timeline)

    def tell(self, what: str, at: datetime, key: str | None = None) -> None:
        self.changes.append(Change.model_validate({"what": what, "at": at, "order": self.order.number, "key": key}))

    def entry(self, key: str) -> Filed:
        return next(one for one in self.order.filed if one.key == key)

    def note(self, key: str, **changes: Any) -> None:
        """What has become of a request."""
        filed = [one.model_copy(update=changes) if one.key == key else one for one in self.order.filed]
        self.update(filed=tuple(filed), refund=promised(filed))

    def end(self, key: str, state: Literal["done", "rejected", "undone"]) -> None:
        self.note(key, state=state, by=None)

    def in_progress(self, key: str) -> bool:
        return self.entry(key).state in IN_PROGRESS

    def busy(self, kinds: Iterable[Kind]) -> bool:
        """Whether a request of one of the kinds is neither carried out nor taken back."""
        return any(one.kind in kinds and one.state in IN_PROGRESS for one in self.order.filed)


def promised(filed: Iterable[Filed], kinds: frozenset[Kind] = MONEY_BACK) -> Money | None:
    """What was or will be paid back for the requests of the kinds; None: nothing."""
    amounts = [
        one.amount.amount
        for one in filed
        if one.kind in kinds and one.amount and one.state not in ("rejected", "undone")
    ]
    return Money(amount=sum(amounts)) if amounts else None


def paid(order: Order) -> int:
    return sum(payment.amount.amount for payment in order.payments)


def owed(order: Order) -> int:
    """How much of the order's price could still be paid back; what was paid twice is another matter."""
    back = promised(order.filed, MONEY_BACK - {"double_payment"})
    return max(0, min(order.total.amount, paid(order)) - (back.amount if back else 0))
