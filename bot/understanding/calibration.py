"""How sure is sure enough: temperature and thresholds, measured on held-out folds of the training data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.understanding.cascade import SCRIPTS
from bot.understanding.softmax import Floats, Model, softmax, temperature_of

OUT_OF_SCOPE = "out_of_scope"
# Conversation acts are harmless when guessed wrong; tasks start something. Each family has its own thresholds.
CONVERSATION = frozenset(
    ("greet", "goodbye", "thank", "affirm", "deny", "inform", "request_human", "bot_challenge", "complain")
)
LEAST = {"conversation": 0.3, "task": 0.5}
"""Families, and the confidence below which none answers, however right the folds were: a task is no mere guess."""
CANDIDATES = tuple(round(0.5 + step / 100, 2) for step in range(50))
"""Confidences from which the quick model may decide alone."""
AS_GOOD = 0.0015
"""Share of all answers that the cascade may get wrong where the full model alone would be right."""
_NEVER = -50.0  # the score of an intent a fold has not seen

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Threshold:
    """The least confidence, and the least lead over the runner-up, of an answer."""

    confidence: float
    margin: float


@dataclass(frozen=True)
class Stages:
    """The temperatures of both models, from when the quick one decides (by script), and how often it does."""

    quick: float
    full: float
    sure: dict[str, float]
    share: float


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
    quick: Scores,
    full: Scores,
    intents: tuple[str, ...],
    labels: Sequence[str],
    scripts: Sequence[str],
    precision: float,
) -> tuple[Stages, Calibration]:
    """What the held-out scores (m, k) of both models say: who decides when, and thresholds for the answers.

    The thresholds reach `precision` while answering most; `scripts` are those of the m texts.
    """
    right = np.array([intents.index(label) for label in labels])
    stages, confidences = staged(quick, full, right, scripts)
    best = confidences.argmax(axis=1)
    ordered = np.sort(confidences, axis=1)
    top, runner_up, correct = ordered[:, -1], ordered[:, -2], best == right
    families = np.array([family_of(intents[i]) for i in best])
    in_scope = best != (intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in intents else -1)
    thresholds = {}
    for family, least in LEAST.items():
        of = (families == family) & in_scope
        thresholds[family] = _threshold(top[of], (top - runner_up)[of], correct[of], precision, least)
    calibration = Calibration(thresholds, {})
    answered = np.array([calibration.answers(intents[b], t, r) for b, t, r in zip(best, top, runner_up, strict=True)])
    asked = np.array([label != OUT_OF_SCOPE for label in labels])
    measured = {
        "accuracy": float(correct.mean()),
        "coverage": float(answered[asked].mean()),
        "precision": float(correct[answered].mean()),
        "out_of_scope_answered": float(answered[~asked].mean()) if (~asked).any() else 0.0,
        "quick": stages.share,
    }
    return stages, Calibration(thresholds, {name: round(value, 4) for name, value in measured.items()})


def staged(quick: Scores, full: Scores, right: npt.NDArray[np.int64], scripts: Sequence[str]) -> tuple[Stages, Scores]:
    """Who decides when, and the confidences (m, k) both models come to together, from held-out scores (m, k)."""
    temperatures = temperature_of(quick, right), temperature_of(full, right)
    quickly, fully = softmax(quick / temperatures[0]), softmax(full / temperatures[1])
    top = quickly.max(axis=1)
    gain = (fully.argmax(axis=1) == right).astype(float) - (quickly.argmax(axis=1) == right)
    written = np.array(scripts)
    sure = {script: _sure(top[written == script], gain[written == script]) for script in SCRIPTS}
    decided = top >= np.array([sure[script] for script in scripts])
    return Stages(*temperatures, sure, float(decided.mean())), np.where(decided[:, None], quickly, fully)


def _sure(top: Scores, gain: Scores) -> float:
    """The confidence of the quick model from which the whole model gains too little on all of these examples."""
    return next((sure for sure in CANDIDATES if gain[top >= sure].sum() <= AS_GOOD * len(gain)), 1.01)


def _threshold(
    top: Scores, margin: Scores, correct: npt.NDArray[np.bool_], precision: float, least: float
) -> Threshold:
    """The pair that answers most at the wanted precision; the most careful pair if none reaches it."""
    best, most = Threshold(0.9, 0.5), 0
    for confidence in np.arange(least, 0.91, 0.02):
        for lead in np.arange(0.0, 0.51, 0.05):
            answered = (top >= confidence) & (margin >= lead)
            if answered.sum() > most and correct[answered].mean() >= precision:
                best, most = Threshold(round(float(confidence), 2), round(float(lead), 2)), int(answered.sum())
    return best
