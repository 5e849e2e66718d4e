"""Runs the network on bytes: each matrix in 7 bits a column, what goes into it smoothed and in 8 bits as it comes.

Smoothing moves the few inputs that are far larger than the others into the weights (Xiao et al. 2023, SmoothQuant).
Seven bits: where a processor multiplies bytes in pairs (AVX2 without VNNI), their sums fit into 16.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from bot.understanding.e5.weights import LAYERS, Floats, Weights

GRAPH = Path(__file__).with_name("network.onnx")
SMOOTHING = Path(__file__).with_name("smoothing.npz")
"""What the inputs of each matrix are divided by, and its columns multiplied by; both files by `e5.making`."""
MATRICES = {"qkv": ("q", "k", "v"), "ao": ("ao",), "fi": ("fi",), "fo": ("fo",)}
"""By their names in the graph: attention in and out, the inner layer in and out; which of the file each stacks."""
NORMS = ("aln", "oln")
_LEVELS = 63

Array = npt.NDArray[np.generic]
Halves = npt.NDArray[np.float16]


class Network:
    """Safe to use from many threads; each call has one core."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        with np.load(SMOOTHING, allow_pickle=False) as smoothing:
            named = dict(quantised(weights, smoothing))
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in named.values()]
        options.add_external_initializers(list(named), values)
        self._session = onnxruntime.InferenceSession(GRAPH.read_bytes(), options, ["CPUExecutionProvider"])

    def run(self, ids: list[int]) -> Floats:
        """The mean over the words of a text, of length one, shape (384,)."""
        vector: Floats = self._session.run(None, {"words": self._weights.embeddings(ids)[None]})[0]
        return vector


def quantised(weights: Weights, smoothing: Mapping[str, Halves]) -> Iterator[tuple[str, Array]]:
    """Everything the graph leaves open, by the names it has there: by sums that every numpy rounds alike."""
    yield from norms(weights)
    for name, exact, added in matrices(weights):
        smooth = smoothing[name].astype(np.float32)
        smoothed = exact * smooth
        step = abs(smoothed).max(1) / _LEVELS
        yield f"{name}.smooth", 1 / smooth
        yield f"{name}.weight", np.ascontiguousarray(np.rint(smoothed / step[:, None]).astype(np.int8).T)
        yield f"{name}.step", step
        yield f"{name}.zero", np.zeros(len(step), np.int8)
        yield f"{name}.added", added


def norms(weights: Weights) -> Iterator[tuple[str, Array]]:
    """What each norm multiplies by and adds."""
    layers = [f"l{layer}.{norm}" for layer in range(LAYERS) for norm in NORMS]
    for name in ("emb.ln", *layers):
        yield f"{name}.w", weights.vector(f"{name}.w")
        yield f"{name}.b", weights.vector(f"{name}.b")


def matrices(weights: Weights) -> Iterator[tuple[str, Floats, Floats]]:
    """Names, matrices of (outputs, inputs), and what is added after each, (outputs,)."""
    for layer in range(LAYERS):
        for name, parts in MATRICES.items():
            stacked = [weights.matrix(f"l{layer}.{part}.w") for part in parts]
            added = [weights.vector(f"l{layer}.{part}.b") for part in parts]
            yield f"l{layer}.{name}", np.concatenate(stacked), np.concatenate(added)
