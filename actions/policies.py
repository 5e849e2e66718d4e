"""The shop's rules as data: one table a subject, each optional, for what is not known is not made up.

Amounts are minor units. A table is read once a turn, so that a lead's change holds from the next message on.
"""

from __future__ import annotations

from actions.values import Money, Words
from bot.messages import Model


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
    """Days count from delivery; `excluded` names what cannot come back, `postage` says who pays for sending back."""

    days: int
    quality_days: int
    refund_days: tuple[int, int]
    condition: Words
    excluded: Words
    postage: Words


class Policies(Model):
    """Every table the flows decide by. None: the shop has not said, so the bot says it does not know."""

    shipping: Shipping | None = None
    returns: Returns | None = None
