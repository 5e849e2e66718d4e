"""What a shop can be asked to do, one model each, and its answers.

Every request has a `key` of the asker's: asked again with it, a shop does nothing again and gives the same answer.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from actions.values import Money
from bot.messages import Model, Text

Said = Annotated[Text, Field(max_length=500)]
"""Something in the shopper's own words."""
Number = Annotated[str, Field(min_length=1, max_length=64)]


class _About(Model):
    key: str = Field(min_length=8, max_length=128)


class _AboutOrder(_About):
    order: Number


class Cancel(_AboutOrder):
    """Call it off, before dispatch."""

    kind: Literal["cancel"] = "cancel"
    reason: Said = ""


class Intercept(_AboutOrder):
    """Stop a parcel under way and bring it back."""

    kind: Literal["intercept"] = "intercept"


class Return(_AboutOrder):
    """Send it back for the money; `refund_only`: keep it, for it is worth nothing to us."""

    kind: Literal["return"] = "return"
    reason: Said
    refund_only: bool = False
    pickup: bool = True


class Exchange(_AboutOrder):
    """Send it back for another one; `wanted` says which."""

    kind: Literal["exchange"] = "exchange"
    reason: Said
    wanted: Said


class Remedy(_AboutOrder):
    """Make good a faulty, wrong or missing item: another one, the money back, or `amount` for keeping it."""

    kind: Literal["remedy"] = "remedy"
    problem: Literal["defect", "wrong_item", "missing_item"]
    remedy: Literal["replacement", "refund", "compensation"]
    description: Said
    amount: Money | None = None
    media: tuple[str, ...] = Field((), max_length=20)


class Undo(_AboutOrder):
    """Take back a request that is not carried out yet: `filed` is its key."""

    kind: Literal["undo"] = "undo"
    filed: str


class ChangeAddress(_AboutOrder):
    """Only what is given changes. Of a parcel under way it is a wish to the courier."""

    kind: Literal["change_address"] = "change_address"
    receiver: Annotated[Text, Field(max_length=60)] | None = None
    phone: Annotated[str, Field(pattern=r"^\+?[0-9]{7,15}$")] | None = None
    address: Annotated[Text, Field(min_length=4, max_length=300)] | None = None


class Modify(_AboutOrder):
    """Another size, colour or quantity, or a note, before dispatch; `wanted` says what."""

    kind: Literal["modify"] = "modify"
    wanted: Said


class Urge(_AboutOrder):
    """Hurry it up: the warehouse before dispatch, the courier after."""

    kind: Literal["urge"] = "urge"


class Trace(_AboutOrder):
    """Have the courier look for a parcel that did not come."""

    kind: Literal["trace"] = "trace"


class ProtectPrice(_AboutOrder):
    """Pay back what the price of an item fell by."""

    kind: Literal["price_protection"] = "price_protection"
    product: Number
    amount: Money


class IssueInvoice(_AboutOrder):
    """Issue an invoice, or issue it anew with another title; `email`: send it there (again)."""

    kind: Literal["invoice"] = "invoice"
    title: Annotated[Text, Field(min_length=1, max_length=120)]
    tax_id: Annotated[str, Field(pattern=r"^[0-9A-Z]{15,20}$")] | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{3,190}$")] | None = None


class ReturnDouble(_AboutOrder):
    """Pay back what was paid twice."""

    kind: Literal["double_payment"] = "double_payment"


class Install(_AboutOrder):
    """Have somebody come at one of the times offered."""

    kind: Literal["installation"] = "installation"
    starts: AwareDatetime


class Register(_AboutOrder):
    """Register a guarantee case for a repair."""

    kind: Literal["repair"] = "repair"
    product: Number
    description: Said


class TellWhenBack(_About):
    """Tell when a product is in stock again: the shop's changes then name it."""

    kind: Literal["stock_notice"] = "stock_notice"
    product: Number


class Compensate(_About):
    """Give the shopper something for a wait or a mistake: a coupon of `amount`, told by its code."""

    kind: Literal["compensation"] = "compensation"
    reason: Literal["long_wait", "late", "mistake"]
    amount: Money
    order: Number | None = None
    customer: str | None = None


Request = Annotated[
    Cancel
    | Intercept
    | Return
    | Exchange
    | Remedy
    | Undo
    | ChangeAddress
    | Modify
    | Urge
    | Trace
    | ProtectPrice
    | IssueInvoice
    | ReturnDouble
    | Install
    | Register
    | TellWhenBack
    | Compensate,
    Field(discriminator="kind"),
]
Kind = Literal[
    "cancel",
    "intercept",
    "return",
    "exchange",
    "remedy",
    "undo",
    "change_address",
    "modify",
    "urge",
    "trace",
    "price_protection",
    "invoice",
    "double_payment",
    "installation",
    "repair",
    "stock_notice",
    "compensation",
]


class Filed(Model):
    """A request as it stands. `number`: what to call it by; `by`: when its next step is expected; `amount`: of money.

    `review`: a human of the shop decides; `approved`: under way; `undone`: taken back. `code`: of a label, a pickup or
    a coupon.
    """

    key: str
    kind: Kind
    number: str
    state: Literal["review", "approved", "done", "rejected", "undone"]
    at: AwareDatetime
    by: AwareDatetime | None = None
    amount: Money | None = None
    code: str | None = None


class Refused(Model):
    """Nothing was done, and why: the order's `state` forbids it, it is `unknown`, too `late`, `excluded`, `pending`
    already, `worth` too much to decide without a human, or the request itself is `wrong`."""

    reason: Literal["state", "unknown", "late", "excluded", "pending", "worth", "wrong"]
