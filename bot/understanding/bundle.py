"""The trained model as the server loads it: no Rasa, no TensorFlow, no pickle."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.understanding.calibration import OUT_OF_SCOPE, Calibration
from bot.understanding.catalogue import NO_PRODUCTS, Catalogue
from bot.understanding.clauses import Clause, clauses, combined
from bot.understanding.encoder import Encoder
from bot.understanding.entities import find_entities, without_overlaps
from bot.understanding.files import read_calibration, read_model, read_vocabulary
from bot.understanding.ngrams import features
from bot.understanding.port import Understanding
from bot.understanding.softmax import Floats, Model
from bot.understanding.text import View, view_of

RUNNERS_UP = 4
BUNDLE = Path(__file__).resolve().parents[2] / "models" / "jieli"


@dataclass(frozen=True)
class Bundle:
    """Everything that turns a text into an `Understanding`; safe to use from many threads."""

    vocabulary: dict[str, int]
    rarity: Floats
    model: Model
    calibration: Calibration
    encoder: Encoder = field(default_factory=Encoder)

    @classmethod
    def load(cls, folder: Path = BUNDLE) -> Bundle:
        """Read a bundle; raises OSError, ValueError or KeyError where a file is missing or damaged."""
        return cls(*read_vocabulary(folder), read_model(folder), read_calibration(folder))

    def warm(self) -> None:
        """Load what would otherwise be loaded by the first message."""
        self.parse("您好 hello")

    def understand(self, text: str, catalogue: Catalogue = NO_PRODUCTS) -> Understanding:
        """Understand any string, which may say several things; nothing raises, nothing takes long."""
        whole = self.parse(text, catalogue)
        return combined(whole, [(part, self._part(text, part)) for part in clauses(whole)])

    def _part(self, text: str, clause: Clause) -> Understanding | None:
        return None if clause.act else self.parse(text[clause.start : clause.end])

    def parse(self, text: str, catalogue: Catalogue = NO_PRODUCTS) -> Understanding:
        """Understand any string as one thing, as Rasa does."""
        view = view_of(text)
        if not view.text:
            return Understanding(text, OUT_OF_SCOPE, 0.0, False, (), ())
        ranking = self._ranking(view)
        (intent, confidence), runners_up = ranking[0], ranking[1 : 1 + RUNNERS_UP]
        answered = self.calibration.answers(intent, confidence, runners_up[0][1] if runners_up else 0.0)
        entities = without_overlaps(catalogue.find(view), find_entities(view))
        return Understanding(text, intent, confidence, answered, entities, tuple(runners_up))

    def _ranking(self, view: View) -> Sequence[tuple[str, float]]:
        grams = features(view.text, self.vocabulary, self.rarity)
        confidences = self.model.probabilities(self.encoder.encode(view.text), grams)
        best_first = np.argsort(-confidences, kind="stable")[: 1 + RUNNERS_UP]
        return [(self.model.intents[i], float(confidences[i])) for i in best_first]


@functools.cache
def shipped_bundle() -> Bundle:
    """The bundle in the repository, loaded once a process."""
    return Bundle.load()
