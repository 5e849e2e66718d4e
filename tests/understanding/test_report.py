"""Scores count what was accepted, answered and wrongly answered."""

from __future__ import annotations

from pathlib import Path

from bot.understanding.port import Understanding
from bot.understanding.report.rows import Labelled, read_labelled, scored


def meaning(intent: str, *, answered: bool = True) -> Understanding:
    return Understanding("x", intent, 0.9, answered, (), ())


def test_scores_are_shares_of_the_rows_they_are_about() -> None:
    rows = [
        Labelled(text="a", intent="greet"),
        Labelled(text="b", intent="ask_price", also=["bargain"]),
        Labelled(text="c", intent="ask_size"),
        Labelled(text="d", intent="ask_stock"),
        Labelled(text="e", intent="out_of_scope"),
    ]
    meanings = [
        meaning("greet"),
        meaning("bargain"),
        meaning("thank"),
        meaning("ask_stock", answered=False),
        meaning("thank"),
    ]
    scores = scored(rows, meanings)
    assert (scores.rows, scores.strict, scores.lenient) == (5, 0.4, 0.6)
    assert (scores.coverage, scores.precision, scores.out_of_scope_answered) == (0.75, 0.6667, 1.0)


def test_rows_of_a_file_may_name_other_labels_to_accept(tmp_path: Path) -> None:
    file = tmp_path / "a_dev.jsonl"
    file.write_text('{"text": "a", "intent": "greet", "also": ["thank"]}\n\n{"text": "b", "intent": "deny"}\n', "utf-8")
    assert [row.also for row in read_labelled(file)] == [["thank"], []]
