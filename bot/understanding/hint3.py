"""A check of the pipeline on other people's data: `python -m bot.understanding.hint3 train.csv test.csv`.

The files have the columns `sentence` and `label`; the label NO_NODES_DETECTED is out of scope.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from pydantic import BaseModel

from bot.understanding.bundle import Bundle
from bot.understanding.export import export, note_source
from bot.understanding.workshop import train_nlu

OUTSIDE = "NO_NODES_DETECTED"


class Row(BaseModel):
    """One line of a file."""

    sentence: str
    label: str


def read_rows(file: Path) -> list[Row]:
    """The rows of a CSV; raises pydantic's ValidationError where a column is missing."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return [Row.model_validate(row) for row in csv.DictReader(lines)]


def train_on(rows: Iterable[Row]) -> Bundle:
    """A bundle that the committed config.yml makes of these rows, trained in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="jieli-hint3") as name:
        folder = Path(name)
        archive = folder / "archive" / "model.tar.gz"
        write_project(rows, folder)
        note_source(archive)
        train_nlu(folder / "nlu.yml", folder / "domain.yml", archive)
        export(archive, folder / "bundle")
        return Bundle.load(folder / "bundle")


def write_project(rows: Iterable[Row], folder: Path) -> None:
    """Write `nlu.yml` and `domain.yml` as Rasa reads them."""
    examples: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        examples[row.label].append(" ".join(row.sentence.split()))
    blocks = [{"intent": label, "examples": "".join(f"- {one}\n" for one in of)} for label, of in examples.items()]
    _write(folder / "nlu.yml", {"version": "3.1", "nlu": blocks})
    _write(folder / "domain.yml", {"version": "3.1", "intents": list(examples)})


def measures(bundle: Bundle, rows: Iterable[Row]) -> Iterator[tuple[str, float]]:
    """Names and shares in percent: the right intent of in-scope rows, however sure, and the others not answered."""
    right, refused = [], []
    for row in rows:
        meaning = bundle.parse(row.sentence)
        if row.label == OUTSIDE:
            refused.append(not meaning.answered)
        else:
            right.append(meaning.intent == row.label)
    yield "in_scope_accuracy", _percent(right)
    yield "out_of_scope_recall_at_threshold", _percent(refused)
    yield "n", len(right) + len(refused)


def _percent(found: list[bool]) -> float:
    return round(100 * sum(found) / len(found), 1) if found else float("nan")


def _write(file: Path, content: object) -> None:
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


if __name__ == "__main__":
    for name, value in measures(train_on(read_rows(Path(sys.argv[1]))), read_rows(Path(sys.argv[2]))):
        print(f"{name} {value:g}")
