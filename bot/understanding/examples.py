"""Training examples as the data files have them, for checks and reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, field_validator

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

    @field_validator("examples")
    @classmethod
    def _listed(cls, examples: str) -> str:
        stray = [line for line in examples.splitlines() if line.strip() and not line.strip().startswith("- ")]
        if stray or not examples.strip():
            raise ValueError(f"each example is a line that begins with `- `, unlike {stray[:1]}")
        return examples


class _File(BaseModel):
    version: str
    nlu: list[_Intent]


def read_examples(folder: Path) -> list[Example]:
    """All examples of a data folder; raises pydantic's ValidationError for a file of another shape."""
    return [example for file in sorted(folder.rglob("*.yml")) for example in read_file(file)]


def read_file(file: Path) -> list[Example]:
    """The examples of one file; raises pydantic's ValidationError, yaml.YAMLError or UnicodeDecodeError."""
    blocks = _File.model_validate(yaml.safe_load(file.read_text("utf-8"))).nlu
    lines = [(block.intent, line.strip()) for block in blocks for line in block.examples.splitlines()]
    return [Example(line[2:], intent, file.parent.name) for intent, line in lines if line]


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
