"""Scores on labelled utterances: JSON lines of `text`, `intent` and perhaps `also`, labels accepted too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import opencc
from pydantic import BaseModel

from bot.understanding.calibration import OUT_OF_SCOPE
from bot.understanding.examples import read_file
from bot.understanding.export import ROOT
from bot.understanding.port import Understanding

HELD_OUT = ROOT / "tests" / "nlu" / "held_out.yml"
UNCLEAR = "unclear"
"""The label of a row that means something only after the turn before it."""


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


def read_folder(folder: Path) -> dict[str, list[Labelled]]:
    """Rows by file, of the JSON Lines files of a folder that hold single utterances; unclear ones are left out."""
    files = {file.stem: read_labelled(file) for file in sorted(folder.glob("*.jsonl")) if _is_of_utterances(file)}
    return {name: [row for row in rows if row.intent != UNCLEAR] for name, rows in files.items()}


def read_held_out(file: Path = HELD_OUT) -> dict[str, list[Labelled]]:
    """The project's own turns that are never trained on, by language."""
    rows = [Labelled(text=example.text, intent=example.intent) for example in read_file(file)]
    chinese = [row for row in rows if is_chinese([row])]
    return {"held_out_zh": chinese, "held_out_en": [row for row in rows if row not in chinese]}


def read_labelled(file: Path) -> list[Labelled]:
    """The rows of a file; raises pydantic's ValidationError for a row of another shape."""
    return [Labelled.model_validate_json(line) for line in file.read_text("utf-8").splitlines() if line]


def in_traditional(rows: Iterable[Labelled]) -> list[Labelled]:
    """The same rows as somebody in Taiwan or Hong Kong would have typed them."""
    converter = opencc.OpenCC("s2t")
    return [row.model_copy(update={"text": converter.convert(row.text)}) for row in rows]


def is_chinese(rows: Sequence[Labelled]) -> bool:
    """Whether most rows hold a Chinese character."""
    return sum(any("一" <= char <= "鿿" for char in row.text) for row in rows) > len(rows) / 2


def scored(rows: Sequence[Labelled], meanings: Sequence[Understanding]) -> Scores:
    """Compare what was understood with the labels."""
    pairs = list(zip(rows, meanings, strict=True))
    asked = [pair for pair in pairs if pair[0].intent != OUT_OF_SCOPE]
    others = [pair for pair in pairs if pair[0].intent == OUT_OF_SCOPE]
    answered = [pair for pair in asked if pair[1].answered]
    return Scores(
        rows=len(rows),
        strict=_share(row.intent == meaning.intent for row, meaning in pairs),
        lenient=_share(accepts(*pair) for pair in pairs),
        coverage=_share(meaning.answered for _, meaning in asked),
        precision=_share(accepts(*pair) for pair in answered),
        out_of_scope_answered=_share(meaning.answered for _, meaning in others),
    )


def accepts(row: Labelled, meaning: Understanding) -> bool:
    """Whether the intent is the row's or one of those accepted too."""
    return meaning.intent in (row.intent, *row.also)


def _is_of_utterances(file: Path) -> bool:
    with file.open(encoding="utf-8") as lines:
        first = next((line for line in lines if line.strip()), "{}")
    return {"text", "intent"} <= set(json.loads(first))


def _share(found: Iterable[bool]) -> float:
    values = list(found)
    return round(sum(values) / len(values), 4) if values else 0.0
