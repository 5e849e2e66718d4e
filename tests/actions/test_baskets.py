"""What a basket costs: money exact, never below nothing, the best combination that is allowed."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.baskets import Basket, Hindrance, Line, hindrance, missing, quote, saving
from actions.seed.load import goods, offers
from actions.shop import Offer
from actions.values import Money
from tests.conftest import NOW

GOODS = {one.id: one for one in goods()}
NAMES = {"zh-Hans": "减", "zh-Hant": "減", "en": "off"}


def basket_of(**quantities: int) -> list[Line]:
    return [Line(GOODS[id.replace("_", "-")], quantity) for id, quantity in quantities.items()]


def an_offer(id: str = "o", **fields: Any) -> Offer:
    held = {"starts": NOW - timedelta(days=1), "ends": NOW + timedelta(days=1), "names": NAMES, "rules": NAMES}
    return Offer.model_validate({"id": id, **held, **fields})


def off(amount: int, threshold: int | None = None, id: str = "o", **fields: Any) -> Offer:
    least = {"threshold": Money(amount=threshold)} if threshold else {}
    return an_offer(id, off=Money(amount=amount), **least, **fields)


def test_a_threshold_that_repeats_counts_every_time() -> None:
    found = quote(basket_of(yogamat=6), [off(4000, 30000, repeats=True)], NOW)
    assert (found.plain.amount, found.total.amount) == (71400, 63400)


def test_of_offers_that_do_not_go_together_the_best_holds_beside_those_that_do() -> None:
    many = [off(1000, id="a"), off(2000, id="b"), off(300, id="c", stacks=True)]
    found = quote(basket_of(yogamat=1), many, NOW)
    assert [one.offer.id for one in found.savings] == ["b", "c"]
    assert found.total.amount == 11900 - 2300


def test_a_percentage_drops_parts_of_a_fen() -> None:
    assert saving(an_offer(percent=15), basket_of(yogamat=1)) == 1785
    assert saving(an_offer(percent=33), basket_of(tee_basic=1)) == 7900 * 33 // 100


def test_only_the_named_products_count() -> None:
    shoes = an_offer(percent=10, products=("shoes-run",))
    assert saving(shoes, basket_of(shoes_run=1, yogamat=3)) == 4590
    assert hindrance(shoes, NOW, basket_of(yogamat=1)) is Hindrance.OTHER_PRODUCTS


def test_what_is_missing_is_told_exactly() -> None:
    assert missing(off(4000, 30000), basket_of(yogamat=2)).amount == 6200
    assert hindrance(off(4000, 30000), NOW, basket_of(yogamat=2)) is Hindrance.THRESHOLD
    assert missing(off(4000, 30000), basket_of(yogamat=3)).amount == 0


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"used": True}, Hindrance.USED),
        ({"ends": NOW - timedelta(seconds=1)}, Hindrance.EXPIRED),
        ({"starts": NOW + timedelta(seconds=1)}, Hindrance.NOT_STARTED),
        ({"first_order": True}, Hindrance.FIRST_ORDER),
        ({}, None),
    ],
)
def test_every_hindrance_is_found(fields: dict[str, Any], why: Hindrance | None) -> None:
    one = off(100, **fields)
    assert hindrance(one, NOW, basket_of(yogamat=1)) is why
    assert bool(quote(basket_of(yogamat=1), [one], NOW).savings) is (why is None)


def test_a_first_order_gets_its_coupon() -> None:
    assert (
        quote(basket_of(yogamat=2), [off(2000, 15000, first_order=True)], NOW, first_order=True).total.amount == 21800
    )


def test_an_empty_basket_has_no_price() -> None:
    with pytest.raises(ValueError, match="currency"):
        quote([], [], NOW)


BASKETS = st.dictionaries(st.sampled_from(sorted(GOODS)), st.integers(1, 99), min_size=1, max_size=5).map(
    lambda chosen: [Line(GOODS[id], quantity) for id, quantity in chosen.items()]
)
AMOUNTS = st.integers(1, 10**8).map(lambda amount: {"amount": amount})
OFFERS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from("abcdefg"),
            "repeats": st.booleans(),
            "stacks": st.booleans(),
            "first_order": st.booleans(),
            "used": st.booleans(),
            "products": st.lists(st.sampled_from(sorted(GOODS)), max_size=3).map(tuple),
        },
        optional={"off": AMOUNTS, "percent": st.integers(1, 100), "threshold": AMOUNTS},
    ).map(lambda fields: an_offer(**dict[str, Any](fields))),
    max_size=7,
    unique_by=lambda offer: offer.id,
)


def allowed(offers: tuple[Offer, ...]) -> bool:
    return sum(not offer.stacks for offer in offers) <= 1


def best(basket: Basket, offers: list[Offer], first: bool) -> int:
    """The least that any allowed combination leaves to pay, found by trying all."""
    usable = [offer for offer in offers if hindrance(offer, NOW, basket, first_order=first) is None]
    plain = sum(line.amount for line in basket)
    tried = (some for size in range(len(usable) + 1) for some in combinations(usable, size) if allowed(some))
    return min(max(0, plain - sum(saving(offer, basket) for offer in some)) for some in tried)


@given(basket=BASKETS, offers=OFFERS, first=st.booleans(), seed=st.integers())
def test_a_quote_is_exact_the_best_and_the_same_in_any_order(
    basket: list[Line], offers: list[Offer], first: bool, seed: int
) -> None:
    found = quote(basket, offers, NOW, first_order=first)
    assert found.plain.amount == sum(line.product.price.amount * line.quantity for line in basket)
    assert 0 <= found.total.amount <= found.plain.amount
    assert found.total.amount == found.plain.amount - sum(one.amount.amount for one in found.savings)
    assert all(one.amount.amount > 0 for one in found.savings)
    assert allowed(tuple(one.offer for one in found.savings))
    assert found.total.amount == best(basket, offers, first)
    shuffled = offers.copy()
    Random(seed).shuffle(shuffled)
    assert quote(basket, shuffled, NOW, first_order=first) == found


@given(basket=BASKETS)
def test_the_seeded_offers_never_make_it_dearer(basket: list[Line]) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    every = [one for kind in ("promotions", "coupons", "held") for one in offers(kind, midnight)]
    found = quote(basket, every, NOW, first_order=True)
    assert 0 <= found.total.amount <= found.plain.amount
