"""What a basket costs under the shop's offers: which of them hold for it, and the best combination of those."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from actions.shop import Offer, Product
from actions.values import Money


@dataclass(frozen=True)
class Line:
    """So many of a product."""

    product: Product
    quantity: int

    @property
    def amount(self) -> int:
        """What it comes to without any offer, in minor units."""
        return self.product.price.amount * self.quantity


Basket = Sequence[Line]


class Hindrance(StrEnum):
    """Why an offer does not hold for a basket."""

    USED = "used"
    EXPIRED = "expired"
    NOT_STARTED = "not_started"
    FIRST_ORDER = "first_order"
    OTHER_PRODUCTS = "other_products"
    THRESHOLD = "threshold"


@dataclass(frozen=True)
class Saving:
    """What an offer takes off."""

    offer: Offer
    amount: Money


@dataclass(frozen=True)
class Quote:
    """What a basket comes to (`plain`), what comes off it, and what is left to pay, without postage."""

    plain: Money
    savings: tuple[Saving, ...]
    total: Money


def hindrance(offer: Offer, now: datetime, basket: Basket = (), *, first_order: bool = False) -> Hindrance | None:
    """Why an offer cannot be used, the first reason that stands in the way; None: it can. Without a basket, only what
    lies in the offer itself is looked at.
    """
    if offer.used:
        return Hindrance.USED
    if offer.ends < now:
        return Hindrance.EXPIRED
    if offer.starts > now:
        return Hindrance.NOT_STARTED
    if offer.first_order and basket and not first_order:
        return Hindrance.FIRST_ORDER
    if basket and not _lines_of(offer, basket):
        return Hindrance.OTHER_PRODUCTS
    return Hindrance.THRESHOLD if basket and missing(offer, basket).amount > 0 else None


def missing(offer: Offer, basket: Basket) -> Money:
    """How much more of its products an offer needs; nothing where it has what it needs."""
    if offer.threshold is None:
        return Money(amount=0)
    short = offer.threshold.amount - _worth(offer, basket)
    return Money(amount=max(0, short), currency=offer.threshold.currency)


def saving(offer: Offer, basket: Basket) -> int:
    """What an offer that holds takes off, in minor units, never more than its products cost; parts of one are dropped.

    An offer in words only (a gift) takes nothing off.
    """
    worth = _worth(offer, basket)
    if offer.percent is not None:
        return worth * offer.percent // 100
    if offer.off is None:
        return 0
    times = worth // offer.threshold.amount if offer.repeats and offer.threshold and offer.threshold.amount else 1
    return min(worth, offer.off.amount * times)


def quote(basket: Basket, offers: Iterable[Offer], now: datetime, *, first_order: bool = False) -> Quote:
    """The best that the offers make of a basket: all that go beside others, and of those that do not, the best one.

    Raises ValueError for an empty basket, or one in two currencies.
    """
    currencies = {line.product.price.currency for line in basket}
    if len(currencies) != 1:
        raise ValueError("a basket has one currency")
    currency, plain = currencies.pop(), sum(line.amount for line in basket)
    found = [
        (saving(offer, basket), offer)
        for offer in _distinct(offers)
        if hindrance(offer, now, basket, first_order=first_order) is None and _currency(offer) in (None, currency)
    ]
    ranked = sorted((one for one in found if one[0] > 0), key=lambda one: (-one[0], one[1].id))
    alone = [one for one in ranked if not one[1].stacks][:1]
    chosen = [one for one in ranked if one[1].stacks or one in alone]
    savings, left = list[Saving](), plain
    for amount, offer in chosen:
        taken = min(amount, left)
        if taken:
            savings.append(Saving(offer, Money(amount=taken, currency=currency)))
        left -= taken
    return Quote(Money(amount=plain, currency=currency), tuple(savings), Money(amount=left, currency=currency))


def _distinct(offers: Iterable[Offer]) -> Iterable[Offer]:
    """An offer named twice holds once."""
    return {offer.id: offer for offer in offers}.values()


def _lines_of(offer: Offer, basket: Basket) -> list[Line]:
    return [line for line in basket if not offer.products or line.product.id in offer.products]


def _worth(offer: Offer, basket: Basket) -> int:
    """What an offer's products in the basket cost."""
    return sum(line.amount for line in _lines_of(offer, basket))


def _currency(offer: Offer) -> str | None:
    money = offer.off or offer.threshold
    return money.currency if money else None
