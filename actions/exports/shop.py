"""A shop known by two files that its system exports, `products.csv` and `orders.csv`, read again as they change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Generic, TypeVar

from actions.exports.orders import read_orders
from actions.exports.products import read_products
from actions.exports.tables import BadTable
from actions.shop import Member, Order, PricePoint, Product
from actions.unconnected import UnconnectedShop

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks at the files."""
MOST_ORDERS = 20
Stamp = tuple[int, int]
T = TypeVar("T")


class _Export(Generic[T]):
    """One file. It is read once its size and time have stood still for a look, and never takes the place of a good
    one half written; a file that is gone or cannot be read leaves what it said before."""

    def __init__(self, path: Path, read: Callable[[Path], Mapping[str, T]]) -> None:
        self._path = path
        self._read = read
        self._seen: Stamp | None = None
        self._loaded: Stamp | None = None
        self.rows: Mapping[str, T] = {}

    def look(self) -> None:
        """Blocks as long as the file takes to read."""
        stamp, before = self._stamp(), self._seen
        self._seen = stamp
        if stamp is not None and stamp == before and stamp != self._loaded:
            self.load(stamp)

    def load(self, stamp: Stamp | None = None) -> None:
        stamp = stamp or self._stamp()
        if stamp is None:
            log.warning("%s is not there", self._path.name)
            return
        try:
            rows = self._read(self._path)
        except (BadTable, OSError) as error:
            log.warning("%s cannot be read, what it said before stays: %s", self._path.name, error)
        else:
            if self._stamp() != stamp:
                return  # it was written meanwhile: the next look reads it
            self.rows = rows
            log.info("%s: %d read", self._path.name, len(rows))
        self._loaded = stamp

    def _stamp(self) -> Stamp | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns


class FileShop(UnconnectedShop):
    """A `Shop` by files: what they do not tell, and whatever should be done, fails as it does without a shop, so the
    shopper gets a human who has the order number."""

    def __init__(self, folder: Path, name: str, zone: Callable[[], tzinfo]) -> None:
        super().__init__(name)
        self._products: _Export[Product] = _Export(folder / "products.csv", read_products)
        self._orders: _Export[Order] = _Export(folder / "orders.csv", lambda path: read_orders(path, zone()))

    def load(self) -> None:
        """Read what is there. Blocks: call it at start-up."""
        self._products.load()
        self._orders.load()

    async def watch_for_ever(self) -> None:
        """Keep up with the files."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await asyncio.to_thread(self.look)

    def look(self) -> None:
        """Read what has changed and stands still. Blocks."""
        self._products.look()
        self._orders.look()

    async def products(self) -> tuple[Product, ...]:
        return tuple(self._products.rows.values())

    async def product(self, id: str) -> Product | None:
        return self._products.rows.get(id)

    async def prices(self, product: str) -> tuple[PricePoint, ...]:
        return ()

    async def order(self, number: str) -> Order | None:
        return self._orders.rows.get(number.upper())

    async def orders(self, customer: str) -> tuple[Order, ...]:
        found = [order for order in self._orders.rows.values() if order.customer == customer]
        return tuple(sorted(found, key=_begun, reverse=True)[:MOST_ORDERS])

    async def member(self, customer: str) -> Member | None:
        return None


def _begun(order: Order) -> float:
    return order.timeline[0].at.timestamp() if order.timeline else 0.0
