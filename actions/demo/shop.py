"""The demo shop itself: a `Shop` on a SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from actions.demo import codes
from actions.demo.changes import changes_since, in_stock_again
from actions.demo.days import CHINA, Clock, midnight
from actions.demo.filing import file, life_of, of_kind
from actions.demo.rules import BOUGHT, installed
from actions.demo.tables import open_file, orders_, writing
from actions.demo.visits import visits
from actions.policies import Policies
from actions.requests import Compensate, Filed, Refused, Request
from actions.seed import load
from actions.shop import (
    Appointment,
    Changes,
    Member,
    Offer,
    Order,
    PricePoint,
    Product,
    ShopFailed,
    ShopInfo,
)

T = TypeVar("T")

MOST_ORDERS = 20
RESTOCKED = 30
"""So many pieces come when a product is restocked."""


def now() -> datetime:
    return datetime.now(UTC)


class DemoShop:
    """A `Shop` on a SQLite file; queries run in two threads of its own, so the event loop never waits for the disk.

    Nothing is written but what was asked: where an order stands follows from that, its seed and the clock.
    """

    def __init__(self, engine: Engine, clock: Clock, policies: Callable[[], Policies] = load.policies) -> None:
        self._engine = engine
        self._clock = clock
        self._policies = policies
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="demo-shop")

    @classmethod
    def open(cls, path: Path, clock: Clock = now, policies: Callable[[], Policies] = load.policies) -> Self:
        """Open the shop in `path`, creating and filling it first where there is none. Blocks: call it at start-up."""
        path.parent.mkdir(parents=True, exist_ok=True)
        load.translate_all()
        return cls(open_file(path), clock, policies)

    def close(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()

    async def info(self) -> ShopInfo:
        return load.info()

    async def products(self) -> tuple[Product, ...]:
        return await self._read(self._products)

    async def product(self, id: str) -> Product | None:
        return next((one for one in await self.products() if one.id == id), None)

    async def prices(self, product: str) -> tuple[PricePoint, ...]:
        one, today = await self.product(product), midnight(self._clock())
        return load.prices(one, today) if one else ()

    async def promotions(self) -> tuple[Offer, ...]:
        return self._offers("promotions")

    async def coupons(self, customer: str | None = None) -> tuple[Offer, ...]:
        return await self._read(self._held, customer) if customer else self._offers("coupons")

    async def order(self, number: str) -> Order | None:
        return await self._read(self._order, number)

    async def orders(self, customer: str) -> tuple[Order, ...]:
        return await self._read(self._orders, customer)

    async def member(self, customer: str) -> Member | None:
        return load.members().get(customer)

    async def send_code(self, order: str, key: str) -> str | None:
        return await self._write(self._send_code, order, key)

    async def check_code(self, order: str, code: str) -> bool:
        return await self._write(lambda db: codes.check(db, order, code, self._clock()))

    async def outbox(self) -> tuple[codes.Sent, ...]:
        """The codes that a real shop would have sent by text message in the last minutes, the latest first."""
        return await self._read(lambda db: codes.sent(db, self._clock()))

    async def appointments(self, order: str) -> tuple[Appointment, ...]:
        return await self._read(self._appointments, order)

    async def changes(self, cursor: str) -> Changes:
        return await self._write(lambda db: changes_since(db, cursor, self._clock().astimezone(CHINA)))

    async def file(self, request: Request) -> Filed | Refused:
        return await self._write(lambda db: file(db, request, self._clock(), self._policies(), self._product))

    async def _read(self, work: Callable[..., T], *arguments: object) -> T:
        return await self._run(self._engine, work, *arguments)

    async def _write(self, work: Callable[..., T], *arguments: object) -> T:
        """What `work` does happens as a whole, or not at all, and alone."""
        return await self._run(writing(self._engine), work, *arguments)

    async def _run(self, engine: Engine, work: Callable[..., T], *arguments: object) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _in_one, engine, work, *arguments)
        except SQLAlchemyError as error:
            raise ShopFailed("the demo shop's file did not answer") from error

    def _products(self, db: Connection) -> tuple[Product, ...]:
        moment = self._clock()
        there = in_stock_again(db, moment)
        return tuple(_restocked(one) if one.id in there else one for one in load.goods(midnight(moment)))

    def _product(self, id: str) -> Product | None:
        """A product as every day begins."""
        return next((one for one in load.goods(midnight(self._clock())) if one.id == id), None)

    def _order(self, db: Connection, number: str) -> Order | None:
        life = life_of(db, number, self._clock())
        return life.order if life else None

    def _orders(self, db: Connection, customer: str) -> tuple[Order, ...]:
        numbers = db.execute(select(orders_.c.number).where(orders_.c.customer == customer)).scalars()
        found = [order for number in numbers if (order := self._order(db, number))]
        return tuple(sorted(found, key=lambda order: order.timeline[0].at, reverse=True)[:MOST_ORDERS])

    def _appointments(self, db: Connection, number: str) -> tuple[Appointment, ...]:
        order = self._order(db, number)
        wanted = order and order.state in BOUGHT and installed(order, self._product)
        return visits(self._clock()) if wanted else ()

    def _send_code(self, db: Connection, number: str, key: str) -> str | None:
        """To the contact the order was placed with: a changed one proves nothing about who placed it."""
        body = db.execute(select(orders_.c.body).where(orders_.c.number == number)).scalar()
        return codes.send(db, number, body["phone"], key, self._clock()) if body else None

    def _offers(self, kind: str) -> tuple[Offer, ...]:
        moment = self._clock()
        current = [offer for offer in load.offers(kind, midnight(moment)) if offer.ends >= moment]
        return tuple(sorted(current, key=lambda offer: offer.ends))

    def _held(self, db: Connection, customer: str) -> tuple[Offer, ...]:
        today, held = midnight(self._clock()), load.held(customer)
        known = (*load.offers("coupons", today), *load.offers("held", today))
        offers = [offer.model_copy(update={"used": held[offer.id]}) for offer in known if offer.id in held]
        policy = self._policies().compensation
        given = [
            load.apology(one.filed.code, one.filed.amount, one.filed.at, policy.days)
            for one in of_kind(db, "compensation")
            if policy
            and isinstance(one.request, Compensate)
            and one.request.customer == customer
            and one.filed.code
            and one.filed.amount
        ]
        return tuple(sorted((*offers, *given), key=lambda offer: offer.ends))


def _in_one(engine: Engine, work: Callable[..., T], *arguments: object) -> T:
    """Do the work in one transaction."""
    with engine.begin() as db:
        return work(db, *arguments)


def _restocked(product: Product) -> Product:
    sizes = tuple(size.model_copy(update={"stock": size.stock or RESTOCKED}) for size in product.sizes)
    return product.model_copy(update={"stock": product.stock or RESTOCKED, "sizes": sizes, "restock": None})
