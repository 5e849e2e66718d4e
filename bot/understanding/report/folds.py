"""What models that have not seen them say of the training examples, worked out once for each state of the data."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.bundle import BUNDLE
from bot.understanding.calibration import OUT_OF_SCOPE, Calibration
from bot.understanding.examples import Example, read_examples
from bot.understanding.export import ROOT, config_hash, data_hash
from bot.understanding.workshop import run_rasa

KEPT = ROOT / "build" / "nlu-folds.json"


@dataclass(frozen=True)
class Guess:
    """An example, and the intent given to it with a confidence and a lead over the runner-up."""

    example: Example
    intent: str
    confidence: float
    lead: float

    @property
    def right(self) -> bool:
        return self.intent == self.example.intent

    def answered(self, calibration: Calibration) -> bool:
        """Whether these thresholds let the bot act on it."""
        return calibration.answers(self.intent, self.confidence, self.confidence - self.lead)


@dataclass(frozen=True)
class IntentScore:
    """Precision, recall and F1 of an intent among the `rows` examples of a language."""

    intent: str
    rows: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def guesses(kept: Path = KEPT) -> list[Guess]:
    """One a training example, by cross-validation (some minutes where data or settings are new).

    Raises RasaMissing without the environment of Rasa.
    """
    examples = read_examples(ROOT / "nlu_data")
    source = {"data": data_hash(), "config": config_hash()}
    known = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    if known.get("source") != source:
        known = {"source": source, "rows": _worked_out(examples)}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(known), "utf-8")
    return [Guess(example, *row) for example, row in zip(examples, known["rows"], strict=True)]


def intent_scores(guessed: Sequence[Guess], language: str) -> list[IntentScore]:
    """Scores by intent within one language, worst F1 first."""
    of = [guess for guess in guessed if guess.example.language == language]
    right = Counter(guess.intent for guess in of if guess.right)
    told = Counter(guess.intent for guess in of)
    meant = Counter(guess.example.intent for guess in of)
    scores = [
        IntentScore(name, rows, right[name] / told[name] if told[name] else 0.0, right[name] / rows)
        for name, rows in meant.items()
    ]
    return sorted(scores, key=lambda score: score.f1)


def confusions(guessed: Iterable[Guess]) -> list[tuple[tuple[str, str], list[Guess]]]:
    """Wrong guesses by (meant, taken for), the most frequent pair first, the surest guess first in each."""
    pairs: dict[tuple[str, str], list[Guess]] = defaultdict(list)
    for guess in sorted(guessed, key=lambda one: -one.confidence):
        if not guess.right:
            pairs[guess.example.intent, guess.intent].append(guess)
    return sorted(pairs.items(), key=lambda pair: -len(pair[1]))


def curve(sure: Iterable[tuple[float, bool]]) -> list[tuple[float, float]]:
    """(coverage, precision) as the bar falls, from (confidence, right) of in-scope guesses; at most 200 points."""
    ordered = sorted(sure, key=lambda pair: -pair[0])
    points, right = [], 0
    for place, (_, is_right) in enumerate(ordered, start=1):
        right += is_right
        points.append((place / len(ordered), right / place))
    step = max(1, len(points) // 200)
    return points[step - 1 :: step]


def in_scope(guessed: Iterable[Guess]) -> list[Guess]:
    """Those of examples that ask for something the bot can do."""
    return [guess for guess in guessed if guess.example.intent != OUT_OF_SCOPE]


def _worked_out(examples: Iterable[Example]) -> list[list[object]]:
    sent = json.dumps([{"text": example.text, "intent": example.intent} for example in examples])
    command = ["-m", "bot.understanding.rasa.folds", str(BUNDLE), str(ROOT / "config.yml")]
    rows: list[list[object]] = json.loads(run_rasa(command, stdin=sent))
    return rows
