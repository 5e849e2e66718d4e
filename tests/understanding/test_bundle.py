"""The shipped bundle: right on plain requests, calm on any input."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.bundle import Bundle, shipped_bundle
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.encoder import MOST_TOKENS
from bot.understanding.entities import find_entities
from bot.understanding.export import bundle_is_current
from bot.understanding.ngrams import features
from bot.understanding.text import view_of

LIMIT = 0.03  # seconds of processor time a message may cost beside the encoder


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    loaded = shipped_bundle()
    loaded.warm()
    return loaded


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("这个多少钱", "ask_price"),
        ("how much is this jacket", "ask_price"),
        ("我的快递到哪了", "track_order"),
        ("我的快遞到哪了", "track_order"),
        ("where is my parcel", "track_order"),
        ("运费多少", "ask_shipping_fee"),
        ("明天能送到吗", "ask_delivery_time"),
        ("七天内可以退货吗", "ask_return_policy"),
        ("I want to return these shoes", "request_return"),
        ("转人工", "request_human"),
        ("let me talk to a person", "request_human"),
        ("你好", "greet"),
        ("thanks", "thank"),
    ],
)
def test_a_plain_request_is_understood_and_answered(bundle: Bundle, text: str, intent: str) -> None:
    meaning = bundle.parse(text)
    assert (meaning.intent, meaning.answered) == (intent, True)


def test_traditional_and_simplified_characters_mean_the_same(bundle: Bundle) -> None:
    assert bundle.parse("退貨運費誰出").confidence == bundle.parse("退货运费谁出").confidence


def test_alternatives_are_the_runners_up_best_first(bundle: Bundle) -> None:
    meaning = bundle.parse("能退吗")
    confidences = [meaning.confidence, *(confidence for _, confidence in meaning.alternatives)]
    assert confidences == sorted(confidences, reverse=True)
    assert meaning.intent not in dict(meaning.alternatives)


def test_a_product_takes_the_place_of_the_colour_in_its_name(bundle: Bundle) -> None:
    catalogue = Catalogue([CatalogueProduct("P1", ("黑色星空杯",))])
    (entity,) = bundle.parse("黑色星空杯多少钱", catalogue).entities
    assert (entity.name, entity.value, entity.start, entity.end) == ("product", "P1", 0, 5)


@pytest.mark.parametrize("text", ["", "   ", "\ud800", "\u200b\u202e", "\x00\x01"])
def test_nothing_to_see_is_not_answered(bundle: Bundle, text: str) -> None:
    meaning = bundle.parse(text)
    assert (meaning.intent, meaning.answered, meaning.text) == ("out_of_scope", False, text)


UGLY = [
    "😀😂🤣" * 200,
    "9" * 500,
    "我要退货" * 1000,
    "please help me with my order " * 140,
    '{"order": {"id": 1, "items": [1, 2, 3]}}' * 50,
    "<div><p>订单</p></div>" * 100,
    "".join(chr(0x4E00 + 7 * i) for i in range(2000)),
    "".join(chr(0x1000 + 3 * i) for i in range(4000)),
    "a1 " * 1300,
    "一" * 4000,
]


@pytest.mark.parametrize("text", UGLY)
def test_ugly_input_costs_little(bundle: Bundle, text: str) -> None:
    """The encoder's share is bounded by its tokens; the rest is measured, in processor time."""
    bundle.parse(text)
    costs = []
    for _ in range(5):
        started = time.thread_time()
        view = view_of(text)
        find_entities(view)
        features(view.text, bundle.vocabulary, bundle.rarity)
        tokens = bundle.encoder.tokens(view.text)
        costs.append(time.thread_time() - started)
    assert min(costs) < LIMIT
    assert len(tokens) <= MOST_TOKENS


@settings(max_examples=300)
@given(st.text(st.characters(codec=None), max_size=200))
def test_any_input_has_a_meaning(text: str) -> None:
    meaning = shipped_bundle().parse(text)
    assert 0 <= meaning.confidence <= 1
    assert all(0 <= entity.start < entity.end <= len(text) for entity in meaning.entities)


def test_the_bundle_was_trained_from_this_data_and_configuration() -> None:
    assert bundle_is_current(), "nlu_data/, config.yml or the feature code changed: run `make train`"
