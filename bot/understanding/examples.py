"""Training examples as the data files have them, for checks and reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel

from bot.understanding.entities import find_entities
from bot.understanding.ngrams import units
from bot.understanding.text import view_of


@dataclass(frozen=True)
class Example:
    """One line of `nlu_data/<language>/`."""

    text: str
    intent: str
    language: str


class _Intent(BaseModel):
    intent: str
    examples: str


class _File(BaseModel):
    version: str
    nlu: list[_Intent]


def read_examples(folder: Path) -> list[Example]:
    """All examples of a data folder; raises pydantic's ValidationError for a file of another shape."""
    found = []
    for file in sorted(folder.rglob("*.yml")):
        for block in _File.model_validate(yaml.safe_load(file.read_text("utf-8"))).nlu:
            lines = (line.strip() for line in block.examples.splitlines())
            found += [Example(line[2:], block.intent, file.parent.name) for line in lines if line.startswith("- ")]
    return found


def near_duplicates(examples: Iterable[Example]) -> list[Example]:
    """Examples that differ from an earlier one only in data, marks, case, width or script."""
    seen: set[str] = set()
    repeated = []
    for example in examples:
        skeleton = _skeleton(example.text)
        if skeleton in seen:
            repeated.append(example)
        seen.add(skeleton)
    return repeated


def _skeleton(text: str) -> str:
    masked = list(text)
    for entity in reversed(find_entities(view_of(text))):
        masked[entity.start : entity.end] = f" {entity.name.replace('_', '')} "
    return " ".join(unit for unit in units(view_of("".join(masked)).text) if unit.isalnum() or unit.startswith("<"))
