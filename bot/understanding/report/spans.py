"""How well data is found in messages: spans compared with labelled ones, a span being right when name and ends are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from bot.understanding.catalogue import Catalogue
from bot.understanding.entities import find_entities, without_overlaps
from bot.understanding.text import view_of

SpanOf = tuple[str, int, int]
"""Name, start and end of an entity."""


class Spans(BaseModel):
    """One row: a text and every entity in it, as [name, start, end]."""

    text: str
    entities: list[SpanOf]


@dataclass(frozen=True)
class Found:
    """Counts over rows: spans found and right, found and wrong, not found."""

    right: int
    wrong: int
    missed: int

    @property
    def f1(self) -> float:
        """Between 0 and 1; 1 where there was nothing to find and nothing was found."""
        all_twice = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / all_twice if all_twice else 1.0


def read_spans(file: Path) -> list[Spans]:
    """The rows of a file; raises pydantic's ValidationError for a row of another shape."""
    return [Spans.model_validate_json(line) for line in file.read_text("utf-8").splitlines() if line]


def finder(catalogue: Catalogue) -> Callable[[str], set[SpanOf]]:
    """What finds the entities of a text as the bundle does, products included."""

    def find(text: str) -> set[SpanOf]:
        view = view_of(text)
        entities = without_overlaps(catalogue.find(view), find_entities(view))
        return {(entity.name, entity.start, entity.end) for entity in entities}

    return find


def compared(rows: Iterable[Spans], find: Callable[[str], set[SpanOf]]) -> dict[str, Found]:
    """Counts by the name of the entity."""
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        wanted, found = set(row.entities), find(row.text)
        right.update(name for name, _, _ in wanted & found)
        wrong.update(name for name, _, _ in found - wanted)
        missed.update(name for name, _, _ in wanted - found)
    names = sorted({*right, *wrong, *missed})
    return {name: Found(right[name], wrong[name], missed[name]) for name in names}


def in_all(found: Iterable[Found]) -> Found:
    """The sum of counts."""
    counts: Sequence[Found] = list(found)
    return Found(sum(f.right for f in counts), sum(f.wrong for f in counts), sum(f.missed for f in counts))
