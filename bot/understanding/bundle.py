"""The trained model as the server loads it: no Rasa, no TensorFlow, no pickle."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from bot.understanding.calibration import OUT_OF_SCOPE, Calibration
from bot.understanding.cascade import NO_VECTOR, Cascade, script_of
from bot.understanding.catalogue import NO_PRODUCTS, Catalogue
from bot.understanding.clauses import Clause, clauses, combined, may_add
from bot.understanding.encoder import Encoder
from bot.understanding.entities import find_entities, without_overlaps
from bot.understanding.files import read_calibration, read_model, read_vocabulary
from bot.understanding.ngrams import Features, features, units
from bot.understanding.port import Understanding
from bot.understanding.softmax import Confidences, Floats
from bot.understanding.text import View, view_of

RUNNERS_UP = 4
ROOM = 64
"""Words and Chinese characters that a message and its encoded clauses have together at most: each costs 0.2 ms."""
BUNDLE = Path(__file__).resolve().parents[2] / "models" / "jieli"


@dataclass(frozen=True)
class Bundle:
    """Everything that turns a text into an `Understanding`; safe to use from many threads."""

    vocabulary: dict[str, int]
    rarity: Floats
    model: Cascade
    calibration: Calibration
    encoder: Encoder = field(default_factory=Encoder)

    @classmethod
    def load(cls, folder: Path = BUNDLE) -> Bundle:
        """Read a bundle; raises OSError, ValueError or KeyError where a file is missing or damaged."""
        return cls(*read_vocabulary(folder), read_model(folder), read_calibration(folder))

    def warm(self) -> None:
        """Load what would otherwise be loaded by the first message."""
        self.parse("您好 hello")
        self.encoder.encode("您好 hello")
        _give_memory_back()

    def understand(self, text: str, catalogue: Catalogue = NO_PRODUCTS) -> Understanding:
        """Understand any string, which may say several things; nothing raises, nothing takes long."""
        whole = self.parse(text, catalogue)
        return combined(whole, list(self._heard(whole)))

    def understand_at_once(self, text: str, catalogue: Catalogue = NO_PRODUCTS) -> Understanding | None:
        """The same in a fraction of a millisecond for a short text; None where the encoder is needed."""
        view = view_of(text)
        confidences = self.model.decided(view.text, self._features(view))
        if confidences is None:
            return None
        whole = self._meaning(text, view, confidences, catalogue)
        guesses = self._guesses(whole)
        if any(guess and self._leaves_open(whole, clause, guess) for clause, guess in guesses):
            return None
        return combined(whole, guesses)

    def parse(self, text: str, catalogue: Catalogue = NO_PRODUCTS) -> Understanding:
        """Understand any string as one thing, as Rasa does."""
        view = view_of(text)
        if not view.text:
            return Understanding(text, OUT_OF_SCOPE, 0.0, False, (), ())
        vector = partial(self.encoder.encode, view.text)
        confidences = self.model.probabilities(view.text, self._features(view), vector)
        return self._meaning(text, view, confidences, catalogue)

    def _guesses(self, whole: Understanding) -> list[tuple[Clause, Understanding | None]]:
        """The clauses of a message and what the n-grams say of them; nothing for one whose act is known."""
        found = clauses(whole)
        return [(part, None if part.act else self._guess(whole.text[part.start : part.end])) for part in found]

    def _guess(self, piece: str) -> Understanding:
        view = view_of(piece)
        return self._meaning(piece, view, self.model.quick.probabilities(NO_VECTOR, self._features(view)), NO_PRODUCTS)

    def _heard(self, whole: Understanding) -> Iterator[tuple[Clause, Understanding | None]]:
        """The clauses and what they mean, encoded where that is worth it and there is room."""
        room = ROOM - len(units(whole.text))
        for clause, guess in self._guesses(whole):
            if guess and self._leaves_open(whole, clause, guess) and len(units(guess.text)) <= room:
                room -= len(units(guess.text))
                yield clause, self.parse(guess.text)
            else:
                yield clause, guess

    def _leaves_open(self, whole: Understanding, clause: Clause, guess: Understanding) -> bool:
        """Whether a clause is worth encoding: the n-grams hint at something that the whole does not say."""
        sure = self.model.sure[script_of(view_of(guess.text).text)]
        return guess.confidence < sure and may_add(whole, clause, guess)

    def _features(self, view: View) -> Features:
        return features(view.text, self.vocabulary, self.rarity)

    def _meaning(self, text: str, view: View, confidences: Confidences, catalogue: Catalogue) -> Understanding:
        best_first = np.argsort(-confidences, kind="stable")[: 1 + RUNNERS_UP]
        (intent, confidence), *others = [(self.model.intents[i], float(confidences[i])) for i in best_first]
        answered = self.calibration.answers(intent, confidence, others[0][1] if others else 0.0)
        entities = without_overlaps(catalogue.find(view), find_entities(view))
        return Understanding(text, intent, confidence, answered, entities, tuple(others))


@functools.cache
def shipped_bundle() -> Bundle:
    """The bundle in the repository, loaded once a process."""
    return Bundle.load()


def _give_memory_back() -> None:
    """Loading needs 35 MB for a moment; glibc would keep them."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
