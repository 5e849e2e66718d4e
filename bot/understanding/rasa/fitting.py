"""Fits the logistic regression: the whole of SciPy's part in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from bot.understanding.softmax import Floats, Model


def fit_quick(settings: Mapping[str, Any], vectors: Floats, sparse: csr_matrix, labels: Sequence[str]) -> Model:
    """The model of the n-grams alone: `vectors` has no columns."""
    return fit(vectors, sparse, labels, dense_scale=1.0, sparse_scale=settings["quick_scale"])


def fit_full(settings: Mapping[str, Any], vectors: Floats, sparse: csr_matrix, labels: Sequence[str]) -> Model:
    """The model of both blocks."""
    scales = {name: settings[name] for name in ("dense_scale", "sparse_scale")}
    return fit(vectors, sparse, labels, **scales)


def fit(
    vectors: Floats,
    sparse: csr_matrix,
    labels: Sequence[str],
    *,
    dense_scale: float,
    sparse_scale: float,
    iterations: int = 200,
) -> Model:
    """Fit to vectors (m, d), a SciPy CSR matrix (m, n) and m labels; the scales say how much each block may weigh."""
    intents = tuple(sorted(set(labels)))
    answers = np.zeros((len(labels), len(intents)), dtype=np.float32)
    answers[np.arange(len(labels)), [intents.index(label) for label in labels]] = 1
    mean = vectors.mean(axis=0)
    scale = (dense_scale / (vectors.std(axis=0) * np.sqrt(vectors.shape[1]))).astype(np.float32)
    inputs = np.hstack([(vectors - mean) * scale, np.ones((len(vectors), 1), dtype=np.float32)])
    grams = (sparse * np.float32(sparse_scale)).tocsr().astype(np.float32)
    turned = grams.T.tocsr()
    width, count = inputs.shape[1], grams.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(width + count, len(intents))
        exact = weights.astype(np.float32)
        scores = inputs @ exact[:width] + grams @ exact[width:]
        scores -= scores.max(axis=1, keepdims=True)
        sums = np.exp(scores).sum(axis=1, keepdims=True)
        logs = scores - np.log(sums)
        errors = np.exp(logs) - answers
        slope = np.vstack([inputs.T @ errors, turned @ errors]).astype(np.float64)
        penalised = weights.copy()
        penalised[width - 1] = 0  # the bias is free
        value = -float((logs * answers).sum()) + 0.5 * float((penalised * penalised).sum())
        return value, (slope + penalised).ravel()

    start = np.zeros((width + count) * len(intents))
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 10, "ftol": 1e-6}
    )
    weights = found.x.reshape(width + count, len(intents)).astype(np.float32)
    return Model(
        intents,
        mean.astype(np.float32),
        scale,
        weights[: width - 1],
        weights[width:] * np.float32(sparse_scale),
        weights[width - 1],
    )
