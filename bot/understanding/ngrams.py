"""Sparse features of a view: runs of one to four units, a unit being a character, a word, a number or a mark."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

LONGEST = 4  # units in a run
MAX_UNITS = 200  # head and tail of a long message
_UNIT = re.compile(r"https?://\S+|\d[\d.,:\-/]*\d|\d|[^\W\d_]+(?:'[a-z]+)?|[^\w\s]")
_HAN = re.compile(r"[一-鿿㐀-䶿]")
_WORD_OR_HAN = re.compile(r"[一-鿿㐀-䶿]|[^一-鿿㐀-䶿]+")

Features = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]


def units(text: str) -> list[str]:
    """Split a normalised text; numbers become their length, links one mark, since neither repeats."""
    return [unit for found in _UNIT.findall(text) for unit in _generalised(found)]


def _generalised(found: str) -> list[str]:
    if found.startswith(("http://", "https://")):
        return ["<link>"]
    if found[0].isdigit():
        return [f"<{min(len(found), 12)}>"]
    return _WORD_OR_HAN.findall(found)


def ngrams(text: str) -> Iterator[str]:
    """All features of a text, with repetitions: runs of units, and the inner letters of words against typos."""
    middle = units(text)
    if len(middle) > MAX_UNITS:
        middle = middle[: MAX_UNITS // 2] + middle[-MAX_UNITS // 2 :]
    sequence = ["^", *middle, "$"]
    for length in range(1, LONGEST + 1):
        for start in range(len(sequence) - length + 1):
            yield " ".join(sequence[start : start + length])
    for unit in middle:
        yield from _inner(unit)


def _inner(unit: str) -> Iterator[str]:
    if len(unit) < 4 or unit.startswith("<"):
        return
    word = f"^{unit[:24]}$"
    for length in (3, 4):
        for start in range(len(word) - length + 1):
            yield "~" + word[start : start + length]


def features(text: str, vocabulary: dict[str, int], weights: npt.NDArray[np.float32]) -> Features:
    """Indices and values, of unit length in all; a feature counts once. Unknown features are left out."""
    indices = np.array(sorted({vocabulary[n] for n in ngrams(text) if n in vocabulary}), dtype=np.int64)
    values = weights[indices]
    length = float(np.sqrt(np.sum(values * values)))
    return indices, values / np.float32(length or 1.0)
