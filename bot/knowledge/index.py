"""Finds the entries that answer a question, by meaning and by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.entries import Entry
from bot.knowledge.markdown import passages
from bot.record.grams import grams
from bot.understanding.encoder import Vector
from bot.understanding.text import view_of

PASSAGE = 0.85
"""What the nearness of a passage counts beside that of a question: a text touches on more than it answers."""
WORDS = 0.25
"""What all words of the question standing in the entry adds to the nearness of its meaning, which is 1 at most."""
NEAREST = 0.82
"""How near the same question in other words comes at most; what comes nearer has the same words."""
PASSAGES = 8
"""Passages of a text that are looked at; what it is about comes early."""


@dataclass(frozen=True)
class Hit:
    """An entry that may answer; `score` is 0 where nothing speaks for it and seldom over 1."""

    entry: Entry
    score: float


def texts_of(entry: Entry) -> list[tuple[str, float]]:
    """What of an entry is compared with a question, and how much it counts."""
    asked = dict.fromkeys((entry.title, *entry.questions))
    return [*((text, 1.0) for text in asked), *((text, PASSAGE) for text in passages(entry.text)[:PASSAGES])]


class Index:
    """Of entries in one language. 10,000 of them are searched in about 20 ms."""

    def __init__(self, entries: Sequence[Entry], vectors: Mapping[str, Vector]) -> None:
        """`vectors`: of all their texts (`texts_of`)."""
        self._entries = entries
        rows = [(number, text, weight) for number, entry in enumerate(entries) for text, weight in texts_of(entry)]
        owners = np.array([number for number, _, _ in rows], dtype=np.int64)
        self._firsts = np.flatnonzero(np.diff(owners, prepend=-1))  # where the rows of each entry begin
        self._weights = np.array([weight for _, _, weight in rows], dtype=np.float32)
        self._matrix = np.array([vectors[text] for _, text, _ in rows], dtype=np.float32).reshape(len(rows), -1)
        self._pairs = _Pairs([_words(entry) for entry in entries])

    def find(self, question: str, vector: Vector) -> list[Hit]:
        """Every entry that anything speaks for, the best first."""
        if not self._entries:
            return []
        near = np.maximum.reduceat((self._matrix @ vector) * self._weights, self._firsts)
        scores = near + WORDS * self._pairs.share(question)
        best = np.argsort(-scores)[:50]
        return [Hit(self._entries[number], float(scores[number])) for number in best if scores[number] > 0]

    def may_reach(self, question: str, score: float) -> bool:
        """Whether the words of a question leave it possible that an entry comes to `score`: a fraction of a ms."""
        return bool(self._entries) and NEAREST + WORDS * float(self._pairs.share(question).max()) >= score


class _Pairs:
    """Which pairs of signs stand in which text; rare ones say more."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._count = len(texts)
        found: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            for gram in _grams(text):
                found.setdefault(gram, []).append(number)
        self._found = {gram: np.array(numbers, dtype=np.int64) for gram, numbers in found.items()}

    def share(self, question: str) -> NDArray[np.float32]:
        """For each text, how much of what the question says stands in it: 0 to 1."""
        shares = np.zeros(self._count, dtype=np.float32)
        total = 0.0
        for gram in _grams(question):
            where = self._found.get(gram)
            weight = float(np.log((1 + self._count) / (1 + (0 if where is None else len(where)))) + 0.1)
            total += weight
            if where is not None:
                shares[where] += weight
        return shares / np.float32(total or 1.0)


def _words(entry: Entry) -> str:
    return "\n".join((entry.title, *entry.questions, *passages(entry.text)))


def _grams(text: str) -> frozenset[str]:
    """As understanding reads the text: simplified, in one case."""
    return grams(view_of(text).text)
