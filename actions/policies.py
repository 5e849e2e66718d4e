"""The shop's rules as data: one table a subject, each optional, for what is not known is not made up.

Amounts are minor units. A table is read once a turn, so that a lead's change holds from the next message on.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from actions.shop import OrderState
from actions.values import Money, Words
from bot.messages import Model

Cancelling = Literal["cancel", "intercept", "return", "none"]
"""What calling an order off comes to: cancel it, stop the parcel, send it back, or nothing any more."""
Addressing = Literal["change", "wish", "courier", "none"]
"""What another address comes to: a change, a wish to the courier, a call to the courier, or nothing any more."""
Modifying = Literal["change", "exchange", "none"]
"""What another size or colour comes to: a change, an exchange once it is there, or nothing any more."""
Problem = Literal["defect", "wrong_item", "missing_item"]
Way = Literal["replacement", "refund", "compensation"]


class Shipping(Model):
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


class Returns(Model):
    """Days count from delivery; `excluded` names what cannot come back, `postage` says who pays for sending back.

    `method`: how to send it; `review_hours`: how long a human of the shop takes over a request, at most.
    """

    days: int
    quality_days: int
    refund_days: tuple[int, int]
    condition: Words
    excluded: Words
    postage: Words
    method: Words | None = None
    review_hours: int = 24


class Remedy(Model):
    """How a problem with goods worth `up_to` (None: anything) is made good: the shopper chooses among `ways`.

    `returnable`: only of goods that may or may not come back. No ways: a human decides.
    """

    problem: Problem
    up_to: Money | None = None
    returnable: bool | None = None
    ways: tuple[Way, ...] = ()


class Remedies(Model):
    """The first rule that fits holds. For keeping faulty goods: `percent` of their worth, at most `most`."""

    rules: tuple[Remedy, ...]
    percent: int = Field(ge=1, le=100)
    most: Money


class Lost(Model):
    """When a parcel counts as lost: so many days without news, or so many after it should have come.

    `look_hours`: how long to look around for one that is said to be delivered; `trace_days`: how long a search takes.
    """

    silent_days: int
    late_days: int
    look_hours: int
    trace_days: int


class Approval(Model):
    """What the shop approves without a human: returns, exchanges and remedies worth `up_to`."""

    up_to: Money


class PriceProtection(Model):
    """For so many days after payment, what a price fell by is paid back."""

    days: int


class Payment(Model):
    """How to pay; `instalments`: in parts, where possible; `causes`: what usually stops a payment, and what helps.

    `hold_hours`: after which an order that is not paid is closed.
    """

    methods: Words
    causes: Words
    instalments: Words | None = None
    hold_hours: int | None = None


class Invoicing(Model):
    """`form`: what kind of invoice there is and how it comes."""

    form: Words


class Warranty(Model):
    """What a warranty does for goods that have one: `covers`, and what it does not (`excluded`)."""

    covers: Words
    excluded: Words


class Installation(Model):
    """What somebody who comes costs, and what of it is not free."""

    fee: Words


class Membership(Model):
    """How levels and points are come by, and where a customer signs in."""

    levels: Words
    points: Words
    sign_in: Words


class Clearance(Model):
    """What is said about customs: how duty is settled, which documents, and how long it takes."""

    duty: Words
    documents: Words
    days: tuple[int, int]


class Compensation(Model):
    """Coupons that make up for a wait or a mistake: worth `most` at most, good for so many days."""

    most: Money
    days: int


class Policies(Model):
    """Every table the flows decide by. None: the shop has not said, so the bot says it does not know."""

    shipping: Shipping | None = None
    returns: Returns | None = None
    cancelling: dict[OrderState, Cancelling] | None = None
    addressing: dict[OrderState, Addressing] | None = None
    modifying: dict[OrderState, Modifying] | None = None
    remedies: Remedies | None = None
    lost: Lost | None = None
    approval: Approval | None = None
    price_protection: PriceProtection | None = None
    compensation: Compensation | None = None
    payment: Payment | None = None
    invoicing: Invoicing | None = None
    warranty: Warranty | None = None
    installation: Installation | None = None
    membership: Membership | None = None
    clearance: Clearance | None = None
    couriers: dict[str, str] | None = None
    """A courier's simplified name -> its telephone."""
