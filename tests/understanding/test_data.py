"""The training data: enough of it, varied, and in step with the domain."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from bot.understanding.examples import Example, near_duplicates, read_examples
from bot.understanding.export import ROOT

LEAST_EXAMPLES = 40
MOST_NEAR_DUPLICATES = 0.03


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return read_examples(ROOT / "nlu_data")


def test_every_intent_of_the_domain_has_examples_in_both_languages(examples: list[Example]) -> None:
    intents = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["intents"]
    counts = Counter((example.language, example.intent) for example in examples)
    assert set(counts) == {(language, intent) for language in ("zh", "en") for intent in intents}
    assert min(counts.values()) >= LEAST_EXAMPLES


def test_few_examples_nearly_repeat_another(examples: list[Example]) -> None:
    repeated = near_duplicates(examples)
    assert len(repeated) <= MOST_NEAR_DUPLICATES * len(examples), [example.text for example in repeated[:20]]


def test_no_text_is_an_example_of_two_intents(examples: list[Example]) -> None:
    intents: dict[str, set[str]] = {}
    for example in examples:
        intents.setdefault(example.text, set()).add(example.intent)
    assert {text: found for text, found in intents.items() if len(found) > 1} == {}


def test_a_swapped_number_makes_a_near_duplicate() -> None:
    texts = ["订单JL2026110132到哪了", "訂單 JL2026999999 到哪了！", "订单JL2026110132退了吗"]
    examples = [Example(text, "track_order", "zh") for text in texts]
    assert near_duplicates(examples) == [examples[1]]
