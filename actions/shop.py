"""The port to a shop: the values it tells us and the few things it can be asked to do.

Amounts are integers in minor units (fen, cents). Times are aware and carry the shop's own time zone.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime, Field

from bot.messages import Language, Model

Words = dict[Language, str]
"""The same thing said in every language we speak."""


class ShopFailed(Exception):
    """The shop did not answer, or not in time: nothing is known and nothing was done for certain."""


class Money(Model):
    amount: int
    currency: str = "CNY"


class Product(Model):
    """`was` is the price before the current one, where there was a higher one; `specs` are short lines."""

    id: str
    kind: str
    names: Words
    aliases: tuple[str, ...] = ()
    price: Money
    was: Money | None = None
    stock: int = Field(ge=0)
    specs: dict[Language, tuple[str, ...]]
    returnable: bool = True
    image: str | None = None


class Offer(Model):
    """A promotion or a coupon: its name, its rule in words, and when it holds."""

    id: str
    names: Words
    rules: Words
    starts: AwareDatetime
    ends: AwareDatetime


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


class Order(Model):
    """`dispatch_by`, `arrives_by` and `refund_by` are what the shop expects, where it expects anything."""

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
    shipment: Shipment | None = None

    def reached(self, state: OrderState) -> datetime | None:
        """When the order last came into `state`; None if it never did."""
        return next((moment.at for moment in reversed(self.timeline) if moment.state is state), None)


class ShippingRules(Model):
    """`fee` is for orders under `free_from`, `remote_fee` for the places named in `remote`.

    `dispatch_hours` count from payment, `days` (least, most) from dispatch.
    """

    fee: Money
    free_from: Money
    remote: Words
    remote_fee: Money
    dispatch_hours: int
    days: tuple[int, int]
    remote_days: tuple[int, int]
    couriers: Words
    not_served: Words


class ReturnPolicy(Model):
    """Days count from delivery; `excluded` names what cannot come back, `postage` says who pays for sending back."""

    days: int
    quality_days: int
    refund_days: tuple[int, int]
    condition: Words
    excluded: Words
    postage: Words


class ShopInfo(Model):
    names: Words
    hours: Words
    contact: Words
    stores: Words


class Return(Model):
    """A request to return an order, waiting for review. `key` is the asker's, so that asking twice is asking once."""

    key: str
    order: str
    reason: str
    refund_only: bool
    at: AwareDatetime


class Shop(Protocol):
    """What every shop can be asked. Each method may raise `ShopFailed`."""

    async def product(self, id: str) -> Product | None: ...

    async def promotions(self) -> tuple[Offer, ...]:
        """Those that hold now or are announced, the first to end first."""
        ...

    async def coupons(self) -> tuple[Offer, ...]:
        """Those a shopper can get now."""
        ...

    async def order(self, number: str) -> Order | None:
        """The whole order: whoever asks must check proof before telling any of it."""
        ...

    async def shipping(self) -> ShippingRules: ...

    async def return_policy(self) -> ReturnPolicy: ...

    async def info(self) -> ShopInfo: ...

    async def start_return(self, order: str, reason: str, key: str, *, refund_only: bool = False) -> Return | None:
        """Ask for a return. The same `key` gets the same answer; None if the order cannot be returned (any more)."""
        ...
