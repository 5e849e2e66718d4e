"""The trained model as the server loads it: no Rasa, no TensorFlow, no pickle."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.understanding.calibration import OUT_OF_SCOPE, Calibration
from bot.understanding.cascade import NO_VECTOR, Cascade, script_of
from bot.understanding.catalogue import NO_PRODUCTS, Catalogue
from bot.understanding.clauses import Clause, clauses, combined, may_add
from bot.understanding.encoder import Encoder
from bot.understanding.entities import find_entities, without_overlaps
from bot.understanding.files import read_calibration, read_model, read_vocabulary
from bot.understanding.ngrams import features
from bot.understanding.port import Understanding
from bot.understanding.softmax import Confidences, Floats
from bot.understanding.text import View, view_of

RUNNERS_UP = 4
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

    def understand(self, text: str, catalogue: Catalogue = NO_PRODUCTS) -> Understanding:
        """Understand any string, which may say several things; nothing raises, nothing takes long."""
        return self._with_clauses(self.parse(text, catalogue))

    def understand_at_once(self, text: str, catalogue: Catalogue = NO_PRODUCTS) -> Understanding | None:
        """The same in a fraction of a millisecond for a short text; None where the encoder is needed."""
        view = view_of(text)
        confidences = self.model.decided(view.text, features(view.text, self.vocabulary, self.rarity))
        return None if confidences is None else self._with_clauses(self._meaning(text, view, confidences, catalogue))

    def parse(self, text: str, catalogue: Catalogue = NO_PRODUCTS) -> Understanding:
        """Understand any string as one thing, as Rasa does."""
        view = view_of(text)
        if not view.text:
            return Understanding(text, OUT_OF_SCOPE, 0.0, False, (), ())
        grams = features(view.text, self.vocabulary, self.rarity)
        confidences = self.model.probabilities(view.text, grams, lambda: self.encoder.encode(view.text))
        return self._meaning(text, view, confidences, catalogue)

    def _with_clauses(self, whole: Understanding) -> Understanding:
        return combined(whole, [(clause, self._heard(whole, clause)) for clause in clauses(whole)])

    def _heard(self, whole: Understanding, clause: Clause) -> Understanding | None:
        """A clause by its n-grams; it is encoded only where these hint at something that the whole does not say."""
        if clause.act:
            return None
        piece = whole.text[clause.start : clause.end]
        view = view_of(piece)
        grams = features(view.text, self.vocabulary, self.rarity)
        guess = self._meaning(piece, view, self.model.quick.probabilities(NO_VECTOR, grams), NO_PRODUCTS)
        worth = guess.confidence < self.model.sure[script_of(view.text)] and may_add(whole, clause, guess)
        return self.parse(piece) if worth else guess

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
