"""What is counted of answers from knowledge."""

from __future__ import annotations

from handoff.knowledgereport import SOON, Happened, KnowledgeReport, Told, count_told


def test_a_human_asked_for_soon_after_an_answer_is_its_consequence() -> None:
    lines = [
        Happened("known", "c1", 0, {"entry": "washing.en"}),
        Happened("known", "c2", 0, {"entry": "washing.en"}),
        Happened("known", "c3", 0, {"entry": "washing.en"}),
        Happened("request", "c1", SOON, {}),
        Happened("request", "c2", SOON + 1, {}),
        Happened("request", "c1", SOON, {}),
    ]
    assert count_told(lines) == [Told(entry="washing.en", told=3, handed=1, helped=0, not_helped=0)]


def test_the_last_answer_before_a_human_is_the_one_that_counts() -> None:
    lines = [
        Happened("known", "c1", 0, {"entry": "washing.en"}),
        Happened("known_no", "c1", 1, {"entry": "washing.en"}),
        Happened("known", "c1", 2, {"entry": "fraud.en"}),
        Happened("known_yes", "c1", 3, {"entry": "fraud.en"}),
        Happened("request", "c1", 4, {}),
    ]
    assert count_told(lines) == [
        Told(entry="fraud.en", told=1, handed=1, helped=1, not_helped=0),
        Told(entry="washing.en", told=1, handed=0, helped=0, not_helped=1),
    ]


def test_a_report_is_a_table_on_a_terminal() -> None:
    told = (Told(entry="washing.en", told=3, handed=1, helped=0, not_helped=2),)
    assert KnowledgeReport(days=30, told=told, missing=(), missed=0).lines() == [
        "   told  human     no    yes  entry",
        "      3      1      2      0  washing.en",
        "0 questions found nothing:",
    ]
