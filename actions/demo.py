"""The embedded demo shop: a SQLite file of made-up goods and orders that is never stale."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import JSON, Column, Engine, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from actions.requests import Filed, Refused, Request, Return
from actions.returns import Verdict, decide
from actions.seed.load import goods, info, offers, policies, read, words
from actions.seed.orders import orders
from actions.shop import (
    Appointment,
    Changes,
    Member,
    Moment,
    Offer,
    Order,
    OrderState,
    PricePoint,
    Product,
    Shipment,
    ShopFailed,
    ShopInfo,
)
from actions.values import Words
from bot.messages import Model

CHINA = timezone(timedelta(hours=8))
DAY_ZERO = datetime(2000, 1, 1, tzinfo=CHINA)
"""Orders are stored as if placed around this day, and told as if it were today."""

Clock = Callable[[], datetime]
A = TypeVar("A")
T = TypeVar("T")

metadata = MetaData()
products = Table("products", metadata, Column("id", String, primary_key=True), Column("body", JSON, nullable=False))
orders_ = Table("orders", metadata, Column("number", String, primary_key=True), Column("body", JSON, nullable=False))
returns = Table(
    "returns",
    metadata,
    Column("key", String, primary_key=True),
    Column("order_number", String, nullable=False, unique=True),
    Column("body", JSON, nullable=False),
)


def now() -> datetime:
    return datetime.now(UTC)


# Reading a day's offers costs a YAML file.
_offers_on = lru_cache(4)(offers)


class DemoShop:
    """A `Shop` on a SQLite file; queries run in two threads of its own, so the event loop never waits for the disk."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="demo-shop")

    @classmethod
    def open(cls, path: Path, clock: Clock = now) -> Self:
        """Open the shop in `path`, creating and filling it first where there is none. Blocks: call it at start-up."""
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{path}")
        metadata.create_all(engine)
        _fill(engine)
        return cls(engine, clock)

    def close(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()

    async def info(self) -> ShopInfo:
        return info()

    async def products(self) -> tuple[Product, ...]:
        return goods()

    async def prices(self, product: str) -> tuple[PricePoint, ...]:
        one = await self.product(product)
        return (PricePoint(price=one.price, at=self._clock()),) if one else ()

    async def product(self, id: str) -> Product | None:
        return await self._run(self._product, id)

    async def promotions(self) -> tuple[Offer, ...]:
        return await self._run(self._offers, "promotions")

    async def coupons(self, customer: str | None = None) -> tuple[Offer, ...]:
        return await self._run(self._offers, "coupons")

    async def order(self, number: str) -> Order | None:
        return await self._run(self._order, number)

    async def orders(self, customer: str) -> tuple[Order, ...]:
        return ()

    async def member(self, customer: str) -> Member | None:
        return None

    async def send_code(self, order: str, key: str) -> str | None:
        return None

    async def check_code(self, order: str, code: str) -> bool:
        return False

    async def appointments(self, order: str) -> tuple[Appointment, ...]:
        return ()

    async def changes(self, cursor: str) -> Changes:
        return Changes(cursor=cursor)

    async def file(self, request: Request) -> Filed | Refused:
        if not isinstance(request, Return):
            return Refused(reason="wrong")
        return await self._run(self._file, request)

    async def _run(self, work: Callable[[A], T], argument: A) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, argument)
        except SQLAlchemyError as error:
            raise ShopFailed("the demo shop's file did not answer") from error

    def _product(self, id: str) -> Product | None:
        with self._engine.connect() as db:
            body = db.execute(select(products.c.body).where(products.c.id == id)).scalar()
        return Product.model_validate(body) if body else None

    def _order(self, number: str) -> Order | None:
        with self._engine.connect() as db:
            body = db.execute(select(orders_.c.body).where(orders_.c.number == number)).scalar()
            wish = db.execute(select(returns.c.body).where(returns.c.order_number == number)).scalar()
        if not body:
            return None
        order = told_today(Order.model_validate(body), self._clock())
        return _returned(order, Filed.model_validate(wish)) if wish else order

    def _file(self, wish: Return) -> Filed | Refused:
        """What stands under the key afterwards is the answer, whoever of several at once put it there."""
        order, policy = self._order(wish.order), policies().returns
        if order and policy and decide(order, policy, self._clock()) is Verdict.ALLOWED:
            filed = Filed(key=wish.key, kind="return", number=f"R{order.number}", state="review", at=self._clock())
            row = {"key": wish.key, "order_number": wish.order, "body": filed.model_dump(mode="json")}
            with suppress(IntegrityError), self._engine.begin() as db:
                db.execute(insert(returns).values(row))
        return self._filed(wish.key) or Refused(reason="state" if order else "unknown")

    def _filed(self, key: str) -> Filed | None:
        with self._engine.connect() as db:
            body = db.execute(select(returns.c.body).where(returns.c.key == key)).scalar()
        return Filed.model_validate(body) if body else None

    def _offers(self, kind: str) -> tuple[Offer, ...]:
        moment = self._clock()
        current = [offer for offer in _offers_on(kind, _midnight(moment)) if offer.ends >= moment]
        return tuple(sorted(current, key=lambda offer: offer.ends))


def _fill(engine: Engine) -> None:
    with engine.begin() as db:
        if db.execute(select(products.c.id).limit(1)).first():
            return
        db.execute(insert(products), [{"id": one.id, "body": one.model_dump(mode="json")} for one in goods()])
        db.execute(
            insert(orders_), [{"number": one.number, "body": one.model_dump(mode="json")} for one in orders(DAY_ZERO)]
        )


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)


def told_today(order: Order, moment: datetime) -> Order:
    """The order moved from day zero to the day of `moment`: what has happened is never in the future."""
    shift = _midnight(moment) - DAY_ZERO

    def happened(at: datetime) -> datetime:
        return min(at + shift, moment).astimezone(CHINA)

    def expected(at: datetime | None) -> datetime | None:
        return (at + shift).astimezone(CHINA) if at else None

    return order.model_copy(
        update={
            "timeline": tuple(one.model_copy(update={"at": happened(one.at)}) for one in order.timeline),
            "dispatch_by": expected(order.dispatch_by),
            "arrives_by": expected(order.arrives_by),
            "refund_by": expected(order.refund_by),
            "shipment": _moved(order.shipment, happened) if order.shipment else None,
        }
    )


def _moved(shipment: Shipment, happened: Callable[[datetime], datetime]) -> Shipment:
    events = tuple(event.model_copy(update={"at": happened(event.at)}) for event in shipment.events)
    return shipment.model_copy(update={"events": events})


def _returned(order: Order, wish: Filed) -> Order:
    asked = Moment(state=OrderState.RETURN_REQUESTED, at=wish.at.astimezone(CHINA))
    return order.model_copy(update={"state": asked.state, "timeline": (*order.timeline, asked), "filed": (wish,)})


class Named(Model):
    """A product as understanding looks for it: every name anybody calls it by."""

    id: str
    names: tuple[str, ...]


def catalogue() -> list[Named]:
    """The demo's goods by id, with names in every language and what shoppers call them."""
    return [Named(id=one.id, names=(*dict.fromkeys((*one.names.values(), *one.aliases)),)) for one in goods()]


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
        orders=tuple(
            _shown(next(one for one in seeded if one.state == row["state"]), words(row)) for row in rows["orders"]
        ),
    )


def _shown(order: Order, titles: Words) -> ShowcaseOrder:
    return ShowcaseOrder(number=order.number, tail=order.phone[-4:], state=order.state, titles=titles)
