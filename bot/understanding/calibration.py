"""How sure is sure enough: temperature and thresholds, measured on held-out folds of the training data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.understanding.softmax import Floats, Model, softmax, temperature_of

OUT_OF_SCOPE = "out_of_scope"
# Conversation acts are harmless when guessed wrong; tasks start something. Each family has its own thresholds.
CONVERSATION = frozenset(
    ("greet", "goodbye", "thank", "affirm", "deny", "inform", "request_human", "bot_challenge", "complain")
)
_NEVER = -50.0  # the score of an intent a fold has not seen

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Threshold:
    """The least confidence, and the least lead over the runner-up, of an answer."""

    confidence: float
    margin: float


@dataclass(frozen=True)
class Calibration:
    """Thresholds by family, and the scores on held-out folds that go with them."""

    thresholds: dict[str, Threshold]
    scores: dict[str, float]

    def answers(self, intent: str, confidence: float, runner_up: float) -> bool:
        """Whether the bot may act on an intent instead of asking."""
        least = self.thresholds[family_of(intent)]
        return intent != OUT_OF_SCOPE and confidence >= least.confidence and confidence - runner_up >= least.margin


def family_of(intent: str) -> str:
    """`conversation` or `task`."""
    return "conversation" if intent in CONVERSATION else "task"


def held_out(
    vectors: Floats, grams: Any, labels: Sequence[str], fit: Callable[[Floats, Any, Sequence[str]], Model], folds: int
) -> tuple[Scores, tuple[str, ...]]:
    """Scores (m, k) of each example by a model that has not seen it, and the k intents."""
    intents = tuple(sorted(set(labels)))
    fold = _folds(labels, folds)
    scores = np.full((len(labels), len(intents)), _NEVER)
    for number in range(folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        model = fit(vectors[train], grams[train], [labels[i] for i in train.tolist()])
        columns = np.array([intents.index(intent) for intent in model.intents])
        scores[np.ix_(test, columns)] = model.all_scores(vectors[test], grams[test])
    return scores, intents


def _folds(labels: Sequence[str], folds: int) -> npt.NDArray[np.int64]:
    """Deals the examples of each intent round: every fold has its share of each, the same on every run."""
    dealt: dict[str, int] = {}
    numbers = []
    for label in labels:
        dealt[label] = dealt.get(label, -1) + 1
        numbers.append(dealt[label] % folds)
    return np.array(numbers)


def calibrate(
    scores: Scores, intents: tuple[str, ...], labels: Sequence[str], precision: float
) -> tuple[float, Calibration]:
    """The temperature, and thresholds that reach `precision` on the held-out scores while answering most."""
    right = np.array([intents.index(label) for label in labels])
    temperature = temperature_of(scores, right)
    confidences = softmax(scores / temperature)
    best = confidences.argmax(axis=1)
    ordered = np.sort(confidences, axis=1)
    top, margin, correct = ordered[:, -1], ordered[:, -1] - ordered[:, -2], best == right
    families = np.array([family_of(intents[i]) for i in best])
    in_scope = best != (intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in intents else -1)
    thresholds = {}
    for family in ("conversation", "task"):
        of = (families == family) & in_scope
        thresholds[family] = _threshold(top[of], margin[of], correct[of], precision)
    calibration = Calibration(thresholds, {})
    runner_up = ordered[:, -2]
    answered = np.array([calibration.answers(intents[b], t, r) for b, t, r in zip(best, top, runner_up, strict=True)])
    asked = np.array([label != OUT_OF_SCOPE for label in labels])
    measured = {
        "accuracy": float(correct.mean()),
        "coverage": float(answered[asked].mean()),
        "precision": float(correct[answered].mean()),
        "out_of_scope_answered": float(answered[~asked].mean()) if (~asked).any() else 0.0,
    }
    return temperature, Calibration(thresholds, {name: round(value, 4) for name, value in measured.items()})


def _threshold(top: Scores, margin: Scores, correct: npt.NDArray[np.bool_], precision: float) -> Threshold:
    """The pair that answers most at the wanted precision; the most careful pair if none reaches it."""
    best, most = Threshold(0.9, 0.5), 0
    for confidence in np.arange(0.1, 0.91, 0.02):
        for lead in np.arange(0.0, 0.51, 0.05):
            answered = (top >= confidence) & (margin >= lead)
            if answered.sum() > most and correct[answered].mean() >= precision:
                best, most = Threshold(round(float(confidence), 2), round(float(lead), 2)), int(answered.sum())
    return best
