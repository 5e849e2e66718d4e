"""Scores of a bundle on labelled utterances: JSON lines of `text`, `intent` and perhaps `also`, labels accepted too."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from bot.understanding.bundle import Bundle
from bot.understanding.calibration import OUT_OF_SCOPE
from bot.understanding.port import Understanding


class Labelled(BaseModel):
    """One row of a file to measure on."""

    text: str
    intent: str
    also: list[str] = []


@dataclass(frozen=True)
class Scores:
    """Shares of rows; precision and coverage at the bundle's thresholds, precision lenient, both of in-scope rows."""

    rows: int
    strict: float
    lenient: float
    coverage: float
    precision: float
    out_of_scope_answered: float


def read_labelled(file: Path) -> list[Labelled]:
    """The rows of a file; raises pydantic's ValidationError for a row of another shape."""
    return [Labelled.model_validate_json(line) for line in file.read_text("utf-8").splitlines() if line]


def scored(rows: Sequence[Labelled], meanings: Sequence[Understanding]) -> Scores:
    """Compare what was understood with the labels."""
    pairs = list(zip(rows, meanings, strict=True))
    asked = [pair for pair in pairs if pair[0].intent != OUT_OF_SCOPE]
    others = [pair for pair in pairs if pair[0].intent == OUT_OF_SCOPE]
    answered = [pair for pair in asked if pair[1].answered]
    return Scores(
        rows=len(rows),
        strict=_share(row.intent == meaning.intent for row, meaning in pairs),
        lenient=_share(_accepts(*pair) for pair in pairs),
        coverage=_share(meaning.answered for _, meaning in asked),
        precision=_share(_accepts(*pair) for pair in answered),
        out_of_scope_answered=_share(meaning.answered for _, meaning in others),
    )


def report(folder: Path, bundle: Bundle) -> Iterator[str]:
    """Lines of text: the scores of each file of a folder, and the intents most often taken for another."""
    for file in sorted(folder.glob("*_dev.jsonl")):
        rows = read_labelled(file)
        meanings = [bundle.parse(row.text) for row in rows]
        yield f"{file.stem} {scored(rows, meanings)}"
        wrong = [(r.intent, m.intent) for r, m in zip(rows, meanings, strict=True) if not _accepts(r, m)]
        for (intent, taken_for), count in Counter(wrong).most_common(10):
            yield f"  {count} {intent} taken for {taken_for}"


def _accepts(row: Labelled, meaning: Understanding) -> bool:
    return meaning.intent in (row.intent, *row.also)


def _share(found: Iterable[bool]) -> float:
    values = list(found)
    return round(sum(values) / len(values), 4) if values else 0.0


if __name__ == "__main__":
    for line in report(Path(sys.argv[1]), Bundle.load()):
        print(line)
