"""Whatever is typed is understood as something, by the whole path a message takes."""

from __future__ import annotations

from hypothesis import given, settings

from actions.demo import catalogue as demo_catalogue
from bot.understanding.bundle import shipped_bundle
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.entities import find_entities
from bot.understanding.text import view_of
from tests.understanding.bad_input import BAD_INPUT, check

PRODUCTS = Catalogue(CatalogueProduct(one.id, one.names) for one in demo_catalogue())


@settings(max_examples=300)
@given(BAD_INPUT)
def test_bad_input_has_a_meaning_that_holds_together(text: str) -> None:
    check(shipped_bundle(), text, PRODUCTS)


def test_data_at_both_ends_of_an_endless_message_is_found() -> None:
    message = "订单JL2026110132 " + "好吧" * 1500 + " 电话13812345678"
    assert [entity.name for entity in find_entities(view_of(message))] == ["order_number", "phone"]
