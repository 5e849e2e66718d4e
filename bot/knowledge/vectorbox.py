"""Keeps the vectors of known texts in a file, so that 10,000 entries are encoded once and not at every start."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from threading import Event
from time import perf_counter

import numpy as np

from bot.understanding.encoder import Vector

log = logging.getLogger(__name__)

SAVE_AFTER = 500
"""Texts encoded, after which the work so far is saved, or as many as there were: the file is written as a whole."""


class Stopped(Exception):
    """There is no time for more vectors: the desk closes."""


class VectorBox:
    """`encode` makes a vector, shape (384,), of length one; it takes milliseconds. Not for several threads at once."""

    def __init__(self, path: Path, encode: Callable[[str], Vector]) -> None:
        self._path = path
        self._encode = encode
        self._stopped = Event()

    def of(self, texts: Iterable[str]) -> Mapping[str, Vector]:
        """The vectors of texts, from the file or made now, which may take minutes; others are forgotten.

        Raises `Stopped`.
        """
        known = self._load()
        saved, wanted = len(known), {_name(text): text for text in texts}
        for name, text in wanted.items():
            if name not in known:
                known[name] = self._make(text)
                if len(known) - saved >= max(SAVE_AFTER, saved):
                    self._save(known)
                    saved = len(known)
        if known.keys() != wanted.keys() or saved < len(known):
            known = {name: known[name] for name in wanted}
            self._save(known)
        return {text: known[name] for name, text in wanted.items()}

    def stop(self) -> None:
        """Make no more vectors, whoever waits for them."""
        self._stopped.set()

    def _make(self, text: str) -> Vector:
        """A vector, and a rest as long as it took: whoever waits for an answer goes first."""
        begun = perf_counter()
        vector = self._encode(text)
        if self._stopped.wait(perf_counter() - begun):
            raise Stopped
        return vector

    def _load(self) -> dict[str, Vector]:
        try:
            with np.load(self._path) as file:
                return dict(zip(file["names"].tolist(), file["vectors"], strict=True))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, EOFError) as error:
            log.warning("knowledge: %s cannot be read and is made anew: %s", self._path.name, type(error).__name__)
            return {}

    def _save(self, known: Mapping[str, Vector]) -> None:
        """In one step, so that a reader never sees half of it. Without room for it the vectors are made again."""
        draft = self._path.with_suffix(".new.npz")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(draft, names=np.array(list(known), dtype="U64"), vectors=np.array(list(known.values())))
            draft.replace(self._path)
        except OSError as error:
            log.warning("knowledge: %s cannot be saved: %s", self._path.name, type(error).__name__)


def _name(text: str) -> str:
    return sha256(text.encode()).hexdigest()
