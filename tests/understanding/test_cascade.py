"""The cascade: n-grams alone decide what they are sure of, and only where that is as right as the whole model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.understanding.bundle import Bundle, shipped_bundle
from bot.understanding.calibration import AS_GOOD, LEAST, calibrate, staged
from bot.understanding.cascade import SCRIPTS, Cascade
from bot.understanding.examples import read_examples, read_file
from bot.understanding.ngrams import Features
from bot.understanding.report.rows import HELD_OUT
from bot.understanding.softmax import Floats, Model
from bot.understanding.training import SHIPPED_DATA
from tests.bench.traffic import traffic

INTENTS = ("ask_price", "track_order")
SEEN: Features = (np.array([0]), np.ones(1, np.float32))
UNSEEN: Features = (np.array([], dtype=np.int64), np.zeros(0, np.float32))


def model(width: int, *, dense: float = 0.0, sparse: float = 0.0) -> Model:
    """Votes for the second intent by `dense`, for the first by `sparse`."""
    return Model(
        INTENTS,
        np.zeros(width, np.float32),
        np.ones(width, np.float32),
        np.full((width, 2), [0.0, dense], np.float32),
        np.array([[sparse, 0.0]], np.float32),
        np.zeros(2, np.float32),
    )


CASCADE = Cascade(model(0, sparse=5.0), model(1, dense=3.0), sure={"chinese": 0.9, "other": 0.95})


def test_what_the_n_grams_are_sure_of_is_not_encoded() -> None:
    def never() -> Floats:
        raise AssertionError("encoded")

    assert CASCADE.probabilities("多少钱", SEEN, never).argmax() == 0


def test_the_rest_is_decided_by_the_whole_model() -> None:
    assert CASCADE.decided("where is it", UNSEEN) is None
    assert CASCADE.probabilities("where is it", UNSEEN, lambda: np.ones(1, np.float32)).argmax() == 1


@pytest.mark.parametrize("text", traffic(400, seed=3)[::4])
def test_an_answer_at_once_is_the_answer(text: str) -> None:
    bundle = shipped_bundle()
    assert bundle.understand_at_once(text) in (None, bundle.understand(text))


def test_half_of_what_was_never_trained_on_is_answered_at_once() -> None:
    bundle = shipped_bundle()
    texts = [example.text for example in read_file(HELD_OUT)]
    assert sum(bundle.understand_at_once(text) is not None for text in texts) > len(texts) / 2


def test_the_held_out_turns_are_not_trained_on() -> None:
    trained = {example.text for example in read_examples(SHIPPED_DATA)}
    assert trained.isdisjoint(example.text for example in read_file(HELD_OUT))


def test_most_held_out_turns_are_understood() -> None:
    """Every fourth; in docs/measurements.md all of them: 92 %."""
    bundle = shipped_bundle()
    turns = read_file(HELD_OUT)[::4]
    assert sum(bundle.parse(turn.text).intent == turn.intent for turn in turns) > 0.85 * len(turns)


def scores(chance: np.random.Generator, right: np.ndarray, strength: float) -> np.ndarray:
    """Made-up held-out scores (m, 2) that favour the right answers by `strength`."""
    noise = chance.normal(size=(len(right), 2))
    noise[np.arange(len(right)), right] += strength
    return noise


def test_the_quick_model_decides_only_where_it_is_as_right_as_the_whole() -> None:
    chance = np.random.default_rng(0)
    right = chance.integers(0, 2, size=4_000)
    quick, full = scores(chance, right, 2.0), scores(chance, right, 4.0)
    stages, confidences = staged(quick, full, right, ["other"] * len(right))
    assert 0 < stages.share < 1
    assert confidences.shape == full.shape
    alone = np.abs(quick[:, 0] - quick[:, 1]) >= np.quantile(np.abs(quick[:, 0] - quick[:, 1]), 1 - stages.share)
    lost = (full.argmax(axis=1) == right)[alone].sum() - (quick.argmax(axis=1) == right)[alone].sum()
    assert lost <= AS_GOOD * len(right) + 1


def test_a_quick_model_that_knows_nothing_decides_nothing() -> None:
    chance = np.random.default_rng(1)
    right = chance.integers(0, 2, size=2_000)
    stages, _ = staged(chance.normal(size=(2_000, 2)), scores(chance, right, 8.0), right, ["chinese"] * 2_000)
    assert stages.share < 0.01


def test_no_task_is_answered_that_is_less_likely_than_not() -> None:
    """However well the folds went: on other people's questions the bot had rather ask."""
    chance = np.random.default_rng(2)
    right = chance.integers(0, 2, size=1_000)
    sure = scores(chance, right, 30.0)
    _, calibration = calibrate(sure, sure, INTENTS, [INTENTS[i] for i in right], ["other"] * 1_000, precision=0.84)
    assert calibration.thresholds["task"].confidence >= LEAST["task"]
    assert not calibration.answers("ask_price", 0.45, 0.1)


def test_a_bundle_whose_n_grams_never_decide_says_what_the_whole_model_says() -> None:
    shipped = shipped_bundle()
    careful: Bundle = replace(shipped, model=replace(shipped.model, sure=dict.fromkeys(SCRIPTS, 1.01)))
    assert careful.understand_at_once("我要退货") is None
    assert careful.parse("我要退货").intent == "request_return"
