"""Makes the two files beside it: the graph, and how its inputs are smoothed: `python -m bot.understanding.e5.making`.

Needs `onnx`, which the server does not. The same weights and examples make the same files.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from bot.understanding.e5.network import GRAPH, SMOOTHING, Array, Halves, matrices, norms, quantised
from bot.understanding.e5.weights import DIMENSIONS, HEADS, LAYERS, Floats, Weights
from bot.understanding.e5.words import Words
from bot.understanding.examples import read_examples
from bot.understanding.export import ROOT

_MICROSOFT = "com.microsoft"
_EPSILON = 1e-12
_EXAMPLES = 300
_SHARE = 0.7
"""How much of an input's size moves into the weights."""


@dataclass
class Graph:
    """Nodes in the order they are run, and constants by name; `exact`: with matrices as they are, not in bytes."""

    exact: bool
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)

    def add(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def split(self, whole: str, parts: Sequence[str], axis: int) -> None:
        self.nodes.append(helper.make_node("Split", [whole], parts, axis=axis, num_outputs=len(parts)))

    def build(self) -> None:
        """From `words`, (1, n, 384), to `vector`, (384,), of length one."""
        self.constants |= {
            "heads": np.array([1, -1, 3 * HEADS, DIMENSIONS // HEADS]),
            "joined": np.array([1, -1, DIMENSIONS]),
            "mean over": np.array([0, 1]),
        }
        words = self._norm("words", "emb.ln")
        for layer in range(LAYERS):
            words = self._layer(words, f"l{layer}")
        mean = self.add("ReduceMean", [words, "mean over"], "mean", keepdims=0)
        self.add("LpNormalization", [mean], "vector", axis=0, p=2)

    def _layer(self, words: str, name: str) -> str:
        seen = self._matrix(self._attention(self._matrix(words, f"{name}.qkv"), name), f"{name}.ao")
        words = self._norm(self.add("Add", [seen, words], f"{name}.seen"), f"{name}.aln")
        inner = self.add("Gelu", [self._matrix(words, f"{name}.fi")], f"{name}.inner", _MICROSOFT)
        return self._norm(self.add("Add", [self._matrix(inner, f"{name}.fo"), words], f"{name}.out"), f"{name}.oln")

    def _attention(self, qkv: str, name: str) -> str:
        heads = self.add("Reshape", [qkv, "heads"], f"{name}.heads")
        by_head = self.add("Transpose", [heads], f"{name}.by head", perm=[0, 2, 1, 3])
        query, key, value = parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        self.split(by_head, parts, axis=1)
        scale = (DIMENSIONS // HEADS) ** -0.5
        score = self.add("FusedMatMul", [query, key], f"{name}.score", _MICROSOFT, transB=1, alpha=scale)
        share = self.add("Softmax", [score], f"{name}.share", axis=-1)
        mixed = self.add("MatMul", [share, value], f"{name}.mixed")
        by_word = self.add("Transpose", [mixed], f"{name}.by word", perm=[0, 2, 1, 3])
        return self.add("Reshape", [by_word, "joined"], f"{name}.attention")

    def _norm(self, words: str, name: str) -> str:
        return self.add("LayerNormalization", [words, f"{name}.w", f"{name}.b"], name, epsilon=_EPSILON, axis=-1)

    def _matrix(self, words: str, name: str) -> str:
        if self.exact:
            product = self.add("MatMul", [words, f"{name}.weight"], f"{name}.product")
            return self.add("Add", [product, f"{name}.added"], name)
        smooth = self.add("Mul", [words, f"{name}.smooth"], f"{name}.smoothed")
        bytes_ = [f"{name}.{part}" for part in ("weight", "step", "zero", "added")]
        return self.add("DynamicQuantizeMatMul", [smooth, *bytes_], name, _MICROSOFT)

    def source(self, output: str) -> str:
        """The first input of the node that makes `output`."""
        return next(str(node.input[0]) for node in self.nodes if node.output[0] == output)

    def model(self, outputs: Sequence[str], open_constants: Sequence[onnx.TensorProto] = ()) -> bytes:
        """The file; `open_constants` are given when it is loaded."""
        graph = helper.make_graph(
            self.nodes,
            "multilingual-e5-small",
            [helper.make_tensor_value_info("words", onnx.TensorProto.FLOAT, [1, "n", DIMENSIONS])],
            [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in outputs],
            [*(numpy_helper.from_array(value, name) for name, value in self.constants.items()), *open_constants],
        )
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)]
        return bytes(helper.make_model(graph, opset_imports=versions, ir_version=9).SerializeToString())


def graph_in_bytes(weights: Weights, smoothing: Mapping[str, Halves]) -> bytes:
    """The graph the server runs: of its weights only what they are called and how large they are."""
    graph = Graph(exact=False)
    graph.build()
    return graph.model(["vector"], [_left_open(name, value) for name, value in quantised(weights, smoothing)])


def exact_graph(weights: Weights) -> Graph:
    """The network with its weights as they are: four times slower, four times larger."""
    graph = Graph(exact=True)
    graph.build()
    graph.constants |= dict(norms(weights))
    for name, matrix, added in matrices(weights):
        graph.constants |= {f"{name}.weight": matrix.T, f"{name}.added": added}
    return graph


def run_exactly(graph: Graph, outputs: Sequence[str], weights: Weights, texts: Iterable[str]) -> Iterator[list[Floats]]:
    """What comes out of some nodes of an exact graph for each text."""
    session, words = onnxruntime.InferenceSession(graph.model(outputs)), Words(weights)
    for text in texts:
        yield session.run(None, {"words": weights.embeddings(words.ids(text))[None]})


def largest_inputs(weights: Weights, texts: Iterable[str]) -> dict[str, Floats]:
    """By matrix: how far from zero each of its inputs gets when `texts` are encoded."""
    graph = exact_graph(weights)
    sources = {name: graph.source(f"{name}.product") for name, _, _ in matrices(weights)}
    largest = [np.zeros(1, np.float32)] * len(sources)
    for found in run_exactly(graph, list(sources.values()), weights, texts):
        largest = [np.maximum(most, abs(value[0]).max(0)) for most, value in zip(largest, found, strict=True)]
    return dict(zip(sources, largest, strict=True))


def smooth(matrix: Floats, largest: Floats) -> Halves:
    """What each input of a matrix is to be divided by; 1 at most."""
    sizes = largest.clip(1e-3) ** _SHARE / abs(matrix).max(0) ** (1 - _SHARE)
    halves: Halves = (sizes / sizes.max()).astype(np.float16)
    return halves


def _left_open(name: str, value: Array) -> onnx.TensorProto:
    kind = onnx.TensorProto.INT8 if value.dtype == np.int8 else onnx.TensorProto.FLOAT
    tensor = onnx.TensorProto(name=name, data_type=kind, dims=value.shape, data_location=onnx.TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="given when loaded")
    return tensor


def main() -> None:
    weights = Weights()
    texts = sorted(example.text for example in read_examples(ROOT / "nlu_data"))
    inputs = largest_inputs(weights, random.Random(1).sample(texts, _EXAMPLES))
    smoothing: dict[str, Any] = {name: smooth(matrix, inputs[name]) for name, matrix, _ in matrices(weights)}
    np.savez_compressed(SMOOTHING, **smoothing)
    GRAPH.write_bytes(graph_in_bytes(weights, smoothing))


if __name__ == "__main__":
    main()
