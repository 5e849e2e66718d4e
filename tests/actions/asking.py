"""Requests to try on a demo shop, and a clock that moves only when told to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from actions import requests
from actions.demo import DAY_ZERO, orders
from actions.demo.changes import changes_since
from actions.demo.days import CHINA
from actions.demo.filing import file, life_of
from actions.demo.tables import open_file, writing
from actions.demo.visits import visits
from actions.requests import Filed, Kind, Refused, Request
from actions.seed.load import goods, policies
from actions.shop import Changes, Order, OrderState
from actions.values import Money
from tests.conftest import NOW

ORDERS = orders(DAY_ZERO)


def first(state: OrderState, fits: Callable[[Order], bool] = lambda order: True) -> Order:
    """The first seeded order of a state that fits."""
    return next(order for order in ORDERS if order.state is state and fits(order))


def fen(amount: int) -> Money:
    return Money(amount=amount)


def about(kind: Kind, order: Order, key: str, undone: str = "nothing") -> Request:
    """A request of a kind that could well be meant."""
    product, starts = order.items[0].product, visits(NOW)[0].starts
    made: dict[Kind, Callable[[], Request]] = {
        "cancel": lambda: requests.Cancel(key=key, order=order.number),
        "intercept": lambda: requests.Intercept(key=key, order=order.number),
        "return": lambda: requests.Return(key=key, order=order.number, reason="too big"),
        "exchange": lambda: requests.Exchange(key=key, order=order.number, reason="too big", wanted="M"),
        "remedy": lambda: requests.Remedy(
            key=key, order=order.number, problem="defect", remedy="refund", description="it is broken"
        ),
        "undo": lambda: requests.Undo(key=key, order=order.number, filed=undone),
        "change_address": lambda: requests.ChangeAddress(key=key, order=order.number, address="南京市示例路 1 号"),
        "modify": lambda: requests.Modify(key=key, order=order.number, wanted="XL"),
        "urge": lambda: requests.Urge(key=key, order=order.number),
        "trace": lambda: requests.Trace(key=key, order=order.number),
        "price_protection": lambda: requests.ProtectPrice(
            key=key, order=order.number, product=product, amount=fen(1000)
        ),
        "invoice": lambda: requests.IssueInvoice(key=key, order=order.number, title="个人"),
        "double_payment": lambda: requests.ReturnDouble(key=key, order=order.number),
        "installation": lambda: requests.Install(key=key, order=order.number, starts=starts),
        "repair": lambda: requests.Register(key=key, order=order.number, product=product, description="no sound"),
        "compensation": lambda: requests.Compensate(key=key, order=order.number, reason="late", amount=fen(1000)),
        "stock_notice": lambda: requests.TellWhenBack(key=key, product="band-lite"),
    }
    return made[kind]()


class Counter:
    """A demo shop without its threads, and its clock in our hands."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._keys = count()
        self.now = NOW.astimezone(CHINA)

    def wait(self, time: timedelta) -> None:
        self.now += time

    def key(self) -> str:
        return f"the key {next(self._keys)}"

    def file(self, request: Request) -> Filed | Refused:
        known = {one.id: one for one in goods(NOW)}
        with writing(self._engine).begin() as db:
            return file(db, request, self.now, policies(), known.get)

    def ask(self, kind: Kind, order: Order, undone: str = "nothing") -> Filed | Refused:
        return self.file(about(kind, order, self.key(), undone))

    def granted(self, kind: Kind, order: Order, undone: str = "nothing") -> Filed:
        """The answer to a request that the shop takes."""
        answer = self.ask(kind, order, undone)
        assert isinstance(answer, Filed), answer
        return answer

    def order(self, order: Order) -> Order:
        with self._engine.begin() as db:
            life = life_of(db, order.number, self.now)
        assert life is not None
        return life.order

    def entry(self, order: Order, filed: Filed) -> Filed:
        return next(one for one in self.order(order).filed if one.key == filed.key)

    def changes(self, cursor: str) -> Changes:
        with writing(self._engine).begin() as db:
            return changes_since(db, cursor, self.now)

    def told(self, since: datetime) -> list[str]:
        return [change.what for change in self.changes(since.isoformat()).changes]


@contextmanager
def opened(seeded: Path) -> Iterator[Counter]:
    """A shop's file of one's own."""
    with TemporaryDirectory() as folder:
        engine = open_file(Path(shutil.copy(seeded, Path(folder) / "shop.db")))
        try:
            yield Counter(engine)
        finally:
            engine.dispose()
