"""The sentence encoder: a text in any language to 384 numbers (multilingual-e5-small)."""

from __future__ import annotations

from threading import Lock

from bot.understanding.e5.network import Network
from bot.understanding.e5.weights import Floats, Weights
from bot.understanding.e5.words import Words

MOST_CHARS = 128
MOST_TOKENS = 48  # each costs about 0.2 ms of one core; cropping to 24 would cost 2 points of accuracy

Vector = Floats


class Encoder:
    """Encodes normalised texts; one instance serves any number of threads. Loaded by the first text."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: tuple[Words, Network] | None = None

    def encode(self, text: str) -> Vector:
        """A vector of length one, shape (384,)."""
        _, network = self._loaded()
        return network.run(self.tokens(text))

    def tokens(self, text: str) -> list[int]:
        """The words of a text as the network knows them; of its head and tail where it takes too long to encode."""
        words, _ = self._loaded()
        kept = min(len(text), MOST_CHARS)
        while len(ids := words.ids(_ends(text, kept))) > MOST_TOKENS:
            kept = kept * MOST_TOKENS // len(ids)
        return ids

    def _loaded(self) -> tuple[Words, Network]:
        with self._lock:
            if self._parts is None:
                weights = Weights()
                self._parts = Words(weights), Network(weights)
            return self._parts


def _ends(text: str, kept: int) -> str:
    """The first two thirds and the last third of `kept` characters; a request often comes last."""
    if kept >= len(text):
        return text
    tail = kept // 3
    return f"{text[: kept - tail]} {text[len(text) - tail :]}"
