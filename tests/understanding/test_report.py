"""Scores count what was accepted, answered and wrongly answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.understanding.bundle import shipped_bundle
from bot.understanding.catalogue import NO_PRODUCTS
from bot.understanding.examples import Example, read_file
from bot.understanding.hint3 import Row, measures, read_rows, write_project
from bot.understanding.port import Understanding
from bot.understanding.report import folds, report
from bot.understanding.report.folds import Guess, confusions, curve, intent_scores
from bot.understanding.report.rows import Labelled, in_traditional, is_chinese, read_folder, read_labelled, scored
from bot.understanding.report.spans import Found, Spans, compared
from bot.understanding.workshop import RasaMissing


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


def write(file: Path, *rows: dict[str, object]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def test_only_files_of_utterances_are_read_and_unclear_rows_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / "natural.jsonl", {"text": "a", "intent": "greet"}, {"text": "b", "intent": "unclear"})
    write(tmp_path / "dialogs.jsonl", {"turns": []})
    assert {name: [row.text for row in rows] for name, rows in read_folder(tmp_path).items()} == {"natural": ["a"]}


def test_chinese_rows_are_measured_in_traditional_characters_too() -> None:
    rows = [Labelled(text="订单到哪了", intent="track_order")]
    assert is_chinese(rows)
    assert not is_chinese([Labelled(text="hi", intent="greet")])
    assert [row.text for row in in_traditional(rows)] == ["訂單到哪了"]


def guess(meant: str, taken: str, confidence: float, language: str = "zh") -> Guess:
    return Guess(Example("x", meant, language), taken, confidence, 0.1)


GUESSES = [
    guess("greet", "greet", 0.9),
    guess("greet", "thank", 0.8),
    guess("greet", "thank", 0.7),
    guess("thank", "thank", 0.6),
    guess("thank", "greet", 0.5, "en"),
]


def test_scores_of_an_intent_are_those_of_one_language_worst_first() -> None:
    first, second = intent_scores(GUESSES, "zh")
    assert (first.intent, first.rows, first.precision, first.recall) == ("greet", 3, 1.0, pytest.approx(1 / 3))
    assert (second.intent, second.precision, second.recall) == ("thank", pytest.approx(1 / 3), 1.0)


def test_confusions_come_most_frequent_first_with_the_surest_example_first() -> None:
    pairs = confusions(reversed(GUESSES))
    assert [(pair, len(found)) for pair, found in pairs] == [(("greet", "thank"), 2), (("thank", "greet"), 1)]
    assert [one.confidence for one in pairs[0][1]] == [0.8, 0.7]


def test_the_curve_falls_from_the_surest_guess_to_all() -> None:
    assert curve([(0.1, False), (0.9, True)]) == [(0.5, 1.0), (1.0, 0.5)]


def test_a_span_is_right_only_with_its_name_and_both_ends() -> None:
    rows = [Spans(text="12345", entities=[("size", 0, 2), ("money", 3, 5)])]
    found = compared(rows, lambda text: {("size", 0, 2), ("money", 3, 4)})
    assert found == {"size": Found(1, 0, 0), "money": Found(0, 1, 1)}
    assert (found["size"].f1, found["money"].f1) == (1.0, 0.0)


def test_the_report_writes_lines_and_a_page_that_hides_nothing_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path / "natural_x.jsonl",
        {"text": "你好<b>", "intent": "greet"},
        {"text": "转人工", "intent": "request_human"},
    )
    monkeypatch.setattr(report, "guesses", lambda: GUESSES)
    monkeypatch.setattr(report, "read_held_out", dict)
    measured = report.write_report(tmp_path, shipped_bundle(), NO_PRODUCTS, tmp_path / "page.html")
    values = {name: value for name, value, _ in measured}
    assert (values["natural_x.rows"], values["natural_x.strict"]) == (2, 100)
    assert {"natural.coverage", "entities.f1", "bundle.load", "bundle.memory"} < set(values)
    html = (tmp_path / "page.html").read_text("utf-8")
    assert "你好&lt;b&gt;" in html
    assert html.count("<svg") == 2


def test_without_rasa_the_page_says_why_there_is_no_cross_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> list[Guess]:
        raise RasaMissing("Rasa is missing")

    monkeypatch.setattr(report, "guesses", missing)
    monkeypatch.setattr(report, "read_held_out", dict)
    report.write_report(tmp_path, shipped_bundle(), NO_PRODUCTS, tmp_path / "page.html")
    assert "Rasa is missing" in (tmp_path / "page.html").read_text("utf-8")


def test_cross_validation_is_worked_out_once_for_each_state_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[int] = []

    def work(examples: list[Example]) -> list[list[object]]:
        worked.append(len(examples))
        return [["greet", 0.5, 0.1] for _ in examples]

    monkeypatch.setattr(folds, "_worked_out", work)
    first, again = (folds.guesses(tmp_path / "build" / "folds.json") for _ in range(2))
    assert first == again
    assert len(worked) == 1
    monkeypatch.setattr(folds, "data_hash", lambda: "another")
    folds.guesses(tmp_path / "build" / "folds.json")
    assert len(worked) == 2


def test_other_data_becomes_a_project_rasa_reads(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text('sentence,label\n"Order: my\nproduct",TAKE\nhi,HI\n', "utf-8")
    write_project(read_rows(tmp_path / "train.csv"), tmp_path)
    examples = [(example.text, example.intent) for example in read_file(tmp_path / "nlu.yml")]
    assert examples == [("Order: my product", "TAKE"), ("hi", "HI")]


def test_what_no_intent_covers_counts_as_right_when_it_is_not_answered() -> None:
    rows = [
        Row(sentence="你好", label="greet"),
        Row(sentence="转人工", label="thank"),
        Row(sentence="", label="NO_NODES_DETECTED"),
    ]
    assert dict(measures(shipped_bundle(), rows)) == {
        "in_scope_accuracy": 50.0,
        "out_of_scope_recall_at_threshold": 100.0,
        "n": 3,
    }
