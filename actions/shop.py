"""The port to a shop: the values it tells us, and what it can be asked (to do: `actions.requests`).

Amounts are integers in minor units (fen, cents). Times are aware and carry the shop's own time zone.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from pydantic import AwareDatetime, Field

from actions.requests import Filed, Refused, Request
from actions.values import Money, Words
from bot.messages import Language, Model


class ShopFailed(Exception):
    """The shop did not answer, or not in time: nothing is known and nothing was done for certain."""


class Size(Model):
    """One size of a product, and whom it fits, both ends included: heights in cm, weights in kg, feet in mm.

    None: that measure says nothing about this size (shoes go by the feet, clothes by height and weight).
    """

    name: str
    heights: tuple[int, int] | None = None
    weights: tuple[int, int] | None = None
    feet: tuple[int, int] | None = None
    stock: int = Field(ge=0)


class Product(Model):
    """`was` is the price before the current one, where there was a higher one; `specs` are short lines.

    `restock`: when more is expected, where `stock` is 0 and the shop knows; `presale`: when what is ordered now is
    sent; `warranty`: months from delivery; `installed`: somebody comes to install it.
    """

    id: str
    kind: str
    names: Words
    aliases: tuple[str, ...] = ()
    price: Money
    was: Money | None = None
    stock: int = Field(ge=0)
    restock: AwareDatetime | None = None
    presale: AwareDatetime | None = None
    specs: dict[Language, tuple[str, ...]]
    sizes: tuple[Size, ...] = ()
    returnable: bool = True
    warranty: int | None = None
    installed: bool = False
    image: str | None = None

    @property
    def called(self) -> tuple[str, ...]:
        """Every name anybody calls it by, each once."""
        return tuple(dict.fromkeys((*self.names.values(), *self.aliases)))


class PricePoint(Model):
    """What a product cost from then on."""

    price: Money
    at: AwareDatetime


class Offer(Model):
    """A promotion or a coupon: its name, its rule in words, and when it holds.

    `off` (an amount) or `percent` (of the price) is taken from what `products` (none: everything) come to, once that is
    at least `threshold`; `repeats`: for every further `threshold` again. `stacks`: beside others. `first_order`: only
    for somebody's first. `used`: a coupon its holder has used.
    """

    id: str
    names: Words
    rules: Words
    starts: AwareDatetime
    ends: AwareDatetime
    threshold: Money | None = None
    off: Money | None = None
    percent: int | None = Field(default=None, ge=1, le=100)
    products: tuple[str, ...] = ()
    repeats: bool = False
    stacks: bool = False
    first_order: bool = False
    used: bool = False


class OrderState(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    DISPATCHED = "dispatched"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return_requested"
    RETURNING = "returning"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


class Item(Model):
    product: str
    names: Words
    quantity: int = Field(ge=1)
    price: Money
    returnable: bool = True


class Moment(Model):
    """When an order came into a state."""

    state: OrderState
    at: AwareDatetime


class TrackingEvent(Model):
    at: AwareDatetime
    words: Words


class Shipment(Model):
    """A parcel; `events` are in the order they happened."""

    courier: Words
    tracking_number: str
    events: tuple[TrackingEvent, ...] = ()


class Payment(Model):
    """Money that came in for an order; two of them for one order: it was paid twice."""

    method: Words
    amount: Money
    at: AwareDatetime


class Invoice(Model):
    """`title`: made out to; `url`: where it can be fetched, once it is issued."""

    title: str
    tax_id: str | None = None
    url: str | None = None
    issued: AwareDatetime | None = None


class Customs(Model):
    """Where a parcel from abroad stands; `duty`: what the receiver has to pay; `missing`: a document awaited."""

    state: Literal["clearing", "held", "cleared"]
    duty: Money | None = None
    missing: Words | None = None


class Appointment(Model):
    """When somebody comes to install what was bought."""

    starts: AwareDatetime
    ends: AwareDatetime


class Order(Model):
    """`dispatch_by`, `arrives_by` and `refund_by` are what the shop expects, where it expects anything.

    `customer`: the shop's own id of who bought it, where it has one; `phone` and `address`: of the receiver; `refund`:
    what was or will be paid back; `filed`: what was asked of the shop about it, oldest first.
    """

    number: str
    state: OrderState
    items: tuple[Item, ...]
    total: Money
    postage: Money
    phone: str
    address: str
    timeline: tuple[Moment, ...]
    dispatch_by: AwareDatetime | None = None
    arrives_by: AwareDatetime | None = None
    refund_by: AwareDatetime | None = None
    refund: Money | None = None
    shipment: Shipment | None = None
    customer: str | None = None
    payments: tuple[Payment, ...] = ()
    invoice: Invoice | None = None
    customs: Customs | None = None
    appointment: Appointment | None = None
    filed: tuple[Filed, ...] = ()

    def reached(self, state: OrderState) -> datetime | None:
        """When the order last came into `state`; None if it never did."""
        return next((moment.at for moment in reversed(self.timeline) if moment.state is state), None)


class ShopInfo(Model):
    names: Words
    hours: Words
    contact: Words
    stores: Words


class Member(Model):
    """A customer the shop knows. `level` counts from 0, which is none; `levels` says it in words."""

    id: str
    name: str
    level: int = Field(ge=0)
    levels: Words
    points: int = Field(ge=0)
    balance: Money = Money(amount=0)


class Change(Model):
    """Something that happened by itself, which shoppers want to be told of: to an order, or (`restocked`) to a product.

    `approved` and `rejected`: what a human of the shop decided of a request, whose `key` it is. `dispatched`: the
    parcel, or of a delivered order what was sent in exchange. `found`, `lost`: how the search for a parcel ended.
    """

    what: Literal[
        "dispatched",
        "delayed",
        "out_for_delivery",
        "delivered",
        "approved",
        "rejected",
        "found",
        "lost",
        "return_received",
        "refunded",
        "restocked",
    ]
    at: AwareDatetime
    order: str | None = None
    product: str | None = None
    key: str | None = None


class Changes(Model):
    """Changes in the order they happened; `cursor` is where to go on."""

    cursor: str
    changes: tuple[Change, ...] = ()


class Shop(Protocol):
    """What every shop can be asked. Each method may raise `ShopFailed`."""

    async def info(self) -> ShopInfo: ...

    async def products(self) -> tuple[Product, ...]:
        """All that is on sale."""
        ...

    async def product(self, id: str) -> Product | None: ...

    async def prices(self, product: str) -> tuple[PricePoint, ...]:
        """What it has cost, oldest first; the last one is the price now."""
        ...

    async def promotions(self) -> tuple[Offer, ...]:
        """Those that hold now or are announced, the first to end first."""
        ...

    async def coupons(self, customer: str | None = None) -> tuple[Offer, ...]:
        """Those anybody can get now; of a customer: those they hold, used and expired ones of late included."""
        ...

    async def order(self, number: str) -> Order | None:
        """The whole order: whoever asks must check proof before telling any of it."""
        ...

    async def orders(self, customer: str) -> tuple[Order, ...]:
        """A customer's orders, the newest first, at most 20."""
        ...

    async def member(self, customer: str) -> Member | None: ...

    async def send_code(self, order: str, key: str) -> str | None:
        """Send a one-time code to the order's contact; where to, masked. None: it has none. Once for a `key`."""
        ...

    async def check_code(self, order: str, code: str) -> bool:
        """Whether it is the code last sent for the order, within ten minutes; a code is good once."""
        ...

    async def appointments(self, order: str) -> tuple[Appointment, ...]:
        """When somebody could come, soonest first."""
        ...

    async def changes(self, cursor: str) -> Changes:
        """What has happened since a cursor; since now for an empty one."""
        ...

    async def file(self, request: Request) -> Filed | Refused:
        """Ask for something to be done. The same `key` has one effect and gets the same answer, however often."""
        ...
