"""Cuts a text into the words of the model's vocabulary: the likeliest pieces (Kudo 2018, a unigram model)."""

from __future__ import annotations

import re

from bot.understanding.e5.weights import Weights

PREFIX = "query: "
"""What the model was trained to see before a text that looks for its like."""
SPACE = "▁"
_SPACES = re.compile(" {2,}")
_PENALTY = 10.0
"""How much less likely than the rarest word a character is that no word has (as SentencePiece has it)."""
_CONTROL = 4
"""The words that begin, pad, end and stand for unknown ones: nobody types them."""


class Words:
    """The vocabulary of `weights`: `ids` cuts a text; both ends are added."""

    def __init__(self, weights: Weights) -> None:
        self._spelling = weights.spelling
        self._scores = weights.scores
        self._ids = {word: id for id, word in enumerate(weights.words) if id >= _CONTROL}
        self._longest = max(map(len, self._ids))
        self._unknown = weights.unknown, min(weights.scores) - _PENALTY
        self._ends = weights.begin, weights.end

    def ids(self, text: str) -> list[int]:
        """At most one more than `text` and its prefix have characters, and two ends."""
        begin, end = self._ends
        return [begin, *self._likeliest(self._spelt(PREFIX + text)), end]

    def _spelt(self, text: str) -> str:
        text = _SPACES.sub(" ", text.translate(self._spelling))
        return f" {text}".replace(" ", SPACE)

    def _likeliest(self, text: str) -> list[int]:
        """Viterbi's way: the best cut up to each character, and with which word it ends there."""
        unknown, rare = self._unknown
        best = [0.0] + [float("-inf")] * len(text)
        last = [(0, unknown)] * (len(text) + 1)
        find, scores = self._ids.get, self._scores
        for start in range(len(text)):
            so_far = best[start]
            if so_far + rare > best[start + 1]:
                best[start + 1], last[start + 1] = so_far + rare, (start, unknown)
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                id = find(text[start:end])
                if id is not None and so_far + scores[id] > best[end]:
                    best[end], last[end] = so_far + scores[id], (start, id)
        return _walked_back(last)


def _walked_back(last: list[tuple[int, int]]) -> list[int]:
    ids, at = [], len(last) - 1
    while at:
        at, id = last[at]
        ids.append(id)
    return ids[::-1]
