"""Two models in a row: n-grams alone decide what they are sure of; only the rest is encoded, at a hundredfold cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bot.understanding.ngrams import Features
from bot.understanding.softmax import Confidences, Floats, Model

NO_VECTOR: Floats = np.zeros(0, np.float32)
SCRIPTS = ("chinese", "other")
_CHINESE = re.compile("[㐀-䶿一-鿿]")


def script_of(view: str) -> str:
    """`chinese` where a normalised text has a Chinese character: n-grams tell more there than of other scripts."""
    return "chinese" if _CHINESE.search(view) else "other"


@dataclass(frozen=True)
class Cascade:
    """`quick` has no dense part; both know the same intents. `sure`: by script, from when `quick` decides."""

    quick: Model
    full: Model
    sure: Mapping[str, float]

    @property
    def intents(self) -> tuple[str, ...]:
        return self.full.intents

    def decided(self, view: str, features: Features) -> Confidences | None:
        """Calibrated confidences, shape (k,), where the n-grams of a normalised text alone are sure."""
        confidences = self.quick.probabilities(NO_VECTOR, features)
        return confidences if confidences.max() >= self.sure[script_of(view)] else None

    def probabilities(self, view: str, features: Features, vector: Callable[[], Floats]) -> Confidences:
        """Calibrated confidences, shape (k,); `vector` is called only where the n-grams are not enough."""
        confidences = self.decided(view, features)
        return self.full.probabilities(vector(), features) if confidences is None else confidences
