"""Puts the report together: a line a measure as `name value unit`, and the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.understanding.bundle import Bundle
from bot.understanding.calibration import OUT_OF_SCOPE
from bot.understanding.catalogue import Catalogue
from bot.understanding.export import ROOT
from bot.understanding.hint3 import measures, read_rows, train_on
from bot.understanding.port import Understanding
from bot.understanding.report.folds import Guess, guesses
from bot.understanding.report.footprint import latencies, load_cost, percentile
from bot.understanding.report.page import Findings, Measure, page
from bot.understanding.report.rows import (
    Labelled,
    accepts,
    in_traditional,
    is_chinese,
    read_folder,
    read_held_out,
    scored,
)
from bot.understanding.report.spans import compared, finder, in_all, read_spans
from bot.understanding.workshop import RasaMissing

PAGE = ROOT / "build" / "nlu-report.html"
ENTITIES = ROOT / "tests" / "understanding" / "entities.jsonl"
NATURAL = "natural"
"""Files whose names begin so are random turns, in the real mix."""

Parsed = tuple[Sequence[Labelled], Sequence[Understanding]]


def write_report(folder: Path, bundle: Bundle, catalogue: Catalogue, target: Path = PAGE) -> list[Measure]:
    """Measure the bundle on the files of a folder and write the page to `target`; returns what it measured."""
    files = {**read_held_out(), **read_folder(folder)}
    parsed = {name: (rows, _understood(bundle, rows)) for name, rows in files.items()}
    slow = latencies(bundle, dict.fromkeys(row.text for rows, _ in parsed.values() for row in rows))
    found = [
        *(measure for name, of in parsed.items() for measure in _file_measures(name, *of, bundle)),
        *_natural_measures(parsed),
        *_entity_measures(catalogue),
        *_cost_measures([ms for ms, _ in slow]),
    ]
    guessed, missing = _guesses()
    sure = {name: _sure(*of) for name, of in parsed.items()}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(Findings(found, guessed, missing, sure, slow, bundle.calibration)), "utf-8")
    return found


def hint3_measures(folder: Path) -> Iterator[Measure]:
    """What the committed settings reach on each `<name>_train.csv` and `<name>_test.csv`; trains a minute for each."""
    for train in sorted(folder.glob("*_train.csv")):
        name = train.name.removesuffix("_train.csv")
        rows = read_rows(folder / f"{name}_test.csv")
        for measure, value in measures(train_on(read_rows(train)), rows):
            yield f"hint3.{name}.{measure}", value, "rows" if measure == "n" else "%"


def _understood(bundle: Bundle, rows: Sequence[Labelled]) -> list[Understanding]:
    return [bundle.understand(row.text) for row in rows]


def _file_measures(
    name: str, rows: Sequence[Labelled], meanings: Sequence[Understanding], bundle: Bundle
) -> Iterator[Measure]:
    scores = scored(rows, meanings)
    yield f"{name}.rows", scores.rows, "rows"
    yield f"{name}.strict", _percent(scores.strict), "%"
    yield f"{name}.lenient", _percent(scores.lenient), "%"
    if is_chinese(rows):
        other = in_traditional(rows)
        strict = scored(other, _understood(bundle, other)).strict
        yield f"{name}.strict_in_traditional", _percent(strict), "%"
        yield f"{name}.simplified_less_traditional", _percent(scores.strict - strict), "points"
    yield from _answer_measures(name, rows, meanings)
    yield f"{name}.decided_by_ngrams", _percent(_decided_by_ngrams(bundle, rows)), "%"


def _decided_by_ngrams(bundle: Bundle, rows: Sequence[Labelled]) -> float:
    return sum(bundle.understand_at_once(row.text) is not None for row in rows) / len(rows)


def _natural_measures(parsed: Mapping[str, Parsed]) -> Iterator[Measure]:
    of = [pair for name, pair in parsed.items() if name.startswith(NATURAL)]
    if of:
        rows = [row for rows, _ in of for row in rows]
        yield from _answer_measures(NATURAL, rows, [meaning for _, meanings in of for meaning in meanings])


def _answer_measures(name: str, rows: Sequence[Labelled], meanings: Sequence[Understanding]) -> Iterator[Measure]:
    scores = scored(rows, meanings)
    yield f"{name}.coverage", _percent(scores.coverage), "%"
    yield f"{name}.precision_of_answers", _percent(scores.precision), "%"
    yield f"{name}.out_of_scope_answered", _percent(scores.out_of_scope_answered), "%"


def _entity_measures(catalogue: Catalogue) -> Iterator[Measure]:
    found = compared(read_spans(ENTITIES), finder(catalogue))
    yield "entities.f1", _percent(in_all(found.values()).f1), "%"
    for name, counts in found.items():
        yield f"entities.{name}.f1", _percent(counts.f1), "%"


def _cost_measures(milliseconds: Sequence[float]) -> Iterator[Measure]:
    seconds, megabytes = load_cost()
    yield "bundle.load", seconds, "s"
    yield "bundle.memory", megabytes, "MB"
    if milliseconds:
        yield "message.p50_one_core_no_cache", round(percentile(milliseconds, 0.5), 2), "ms"
        yield "message.p99_one_core_no_cache", round(percentile(milliseconds, 0.99), 2), "ms"


def _guesses() -> tuple[list[Guess], str]:
    try:
        return guesses(), ""
    except RasaMissing as error:
        return [], f"No cross-validation: {error}"


def _sure(rows: Sequence[Labelled], meanings: Sequence[Understanding]) -> list[tuple[float, bool]]:
    pairs = zip(rows, meanings, strict=True)
    return [(meaning.confidence, accepts(row, meaning)) for row, meaning in pairs if row.intent != OUT_OF_SCOPE]


def _percent(share: float) -> float:
    return round(100 * share, 1)
