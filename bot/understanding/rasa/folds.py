"""What a model that has not seen it says of each training example: examples on stdin, guesses on stdout, both as JSON.

Needs SciPy beside what the server has, so it runs where Rasa lives; n-grams are those of the bundle given.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.sparse import csr_matrix, vstack

from bot.understanding.calibration import held_out, staged
from bot.understanding.cascade import script_of
from bot.understanding.encoder import Encoder
from bot.understanding.files import read_vocabulary
from bot.understanding.ngrams import features
from bot.understanding.rasa.fitting import fit_full, fit_quick
from bot.understanding.softmax import Floats
from bot.understanding.text import view_of

CLASSIFIER = "bot.understanding.rasa.classifier.CalibratedClassifier"


def guesses(examples: list[dict[str, str]], bundle: Path, config: Path) -> list[list[Any]]:
    """For each example (`text`, `intent`): the intent guessed, its confidence and its lead over the next."""
    settings = _settings(config)
    labels = [example["intent"] for example in examples]
    vectors, grams = features_of([example["text"] for example in examples], bundle)
    quick, intents = held_out(vectors[:, :0], grams, labels, partial(fit_quick, settings), settings["folds"])
    full, _ = held_out(vectors, grams, labels, partial(fit_full, settings), settings["folds"])
    right = np.array([intents.index(label) for label in labels])
    _, confidences = staged(quick, full, right, [script_of(view_of(example["text"]).text) for example in examples])
    ordered = np.sort(confidences, axis=1)
    rows = zip(confidences.argmax(axis=1), ordered[:, -1], ordered[:, -1] - ordered[:, -2], strict=True)
    return [[intents[best], round(float(top), 4), round(float(lead), 4)] for best, top, lead in rows]


def features_of(texts: list[str], bundle: Path) -> tuple[Floats, csr_matrix]:
    """Vectors (m, d) and n-grams (m, n) of texts; about 15 ms a text."""
    vocabulary, rarity = read_vocabulary(bundle)
    views = [view_of(text).text for text in texts]
    rows = []
    for view in views:
        indices, values = features(view, vocabulary, rarity)
        rows.append(csr_matrix((values, indices, [0, len(indices)]), shape=(1, len(vocabulary))))
    with ThreadPoolExecutor(2) as pool:
        vectors = np.vstack(list(pool.map(Encoder().encode, views)))
    return vectors, vstack(rows).tocsr()


def _settings(config: Path) -> dict[str, Any]:
    pipeline = yaml.safe_load(config.read_text("utf-8"))["pipeline"]
    return next(component for component in pipeline if component["name"] == CLASSIFIER)


if __name__ == "__main__":
    json.dump(guesses(json.load(sys.stdin), Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
