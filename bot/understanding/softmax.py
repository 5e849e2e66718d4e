"""Multinomial logistic regression over one dense and one sparse block: a sentence vector and n-grams."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.understanding.ngrams import Features

Floats = npt.NDArray[np.float32]
Confidences = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """Weights of k intents; d dense numbers are shifted by `mean` and scaled by `scale` (both of shape (d,)) first."""

    intents: tuple[str, ...]
    mean: Floats
    scale: Floats
    dense: Floats  # (d, k)
    sparse: Floats  # (n, k)
    bias: Floats  # (k,)
    temperature: float = 1.0

    def probabilities(self, vector: Floats, features: Features) -> npt.NDArray[np.float64]:
        """Calibrated confidences, shape (k,), from a vector of shape (d,) and the features present."""
        return softmax(self.scores(vector, features) / self.temperature)

    def scores(self, vector: Floats, features: Features) -> npt.NDArray[np.float64]:
        """Scores before calibration, shape (k,)."""
        indices, values = features
        dense = ((vector - self.mean) * self.scale).astype(np.float64)
        rows = self.sparse[indices].astype(np.float64)
        scores: npt.NDArray[np.float64] = dense @ self.dense.astype(np.float64) + values @ rows + self.bias
        return scores

    def all_scores(self, vectors: Floats, features: Any) -> npt.NDArray[np.float64]:
        """Scores of many at once, shape (m, k), from vectors (m, d) and a SciPy CSR matrix (m, n)."""
        dense = ((vectors - self.mean) * self.scale) @ self.dense
        scores: npt.NDArray[np.float64] = (dense + features @ self.sparse + self.bias).astype(np.float64)
        return scores

    def rounded(self) -> Model:
        """The same model in half precision, as the bundle keeps it: so both sides compute with the same numbers."""
        return replace(
            self,
            **{
                name: getattr(self, name).astype(np.float16).astype(np.float32)
                for name in ("mean", "scale", "dense", "sparse", "bias")
            },
        )


def softmax(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Probabilities along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: npt.NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def temperature_of(scores: npt.NDArray[np.float64], right: npt.NDArray[np.int64]) -> float:
    """The divisor of held-out scores (m, k) that makes the right answers (m,) most likely."""
    candidates = np.geomspace(0.2, 3.0, 80)
    rows = np.arange(len(right))
    losses = [-np.log(softmax(scores / divisor)[rows, right] + 1e-12).mean() for divisor in candidates]
    return float(candidates[int(np.argmin(losses))])
