"""Why a suggestion needs the likeness it needs: measured on wordings made up for it (alike.yml)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import yaml

from bot.understanding.bundle import shipped_bundle
from bot.understanding.vectors import Tongue, Vectors, tongue_of
from handoff.answers import HOLDING, TOO_ALIKE
from handoff.suggestions import CANNED_ALIKE, QUESTION_ALIKE

WORDINGS: dict[Tongue, Any] = yaml.safe_load(Path(__file__).with_name("alike.yml").read_text("utf-8"))
TONGUES = get_args(Tongue)


@cache
def vectors() -> Vectors:
    return Vectors(shipped_bundle().encoder.encode)


def encoded(texts: list[str]) -> Any:
    return np.stack([vectors().encode(text) for text in texts])


@pytest.mark.parametrize("tongue", TONGUES)
def test_another_wording_is_often_found_and_another_question_hardly_ever(tongue: Tongue) -> None:
    asked, known = (encoded([pair[side] for pair in WORDINGS[tongue]["same"]]) for side in (0, 1))
    alike = asked @ known.T
    found = np.diag(alike) >= QUESTION_ALIKE
    others = alike - 2 * np.eye(len(alike))
    assert len(alike) == 30
    assert found.sum() >= 10
    assert (others.max(axis=1) >= QUESTION_ALIKE).sum() <= 1


@pytest.mark.parametrize("tongue", TONGUES)
def test_canned_replies_are_found_by_what_they_answer_and_by_nothing_else(tongue: Tongue) -> None:
    lines = WORDINGS[tongue]["canned"]
    shortcuts, texts = encoded([line[0] for line in lines]), encoded([line[1] for line in lines])
    found = wrong = 0
    for place, (_, _, questions) in enumerate(lines):
        for question in questions:
            alike = np.maximum(shortcuts @ vectors().encode(question), texts @ vectors().encode(question))
            found += alike[place] >= CANNED_ALIKE
            wrong += max(np.delete(alike, place)) >= CANNED_ALIKE
    for question in WORDINGS[tongue]["other"]:
        wrong += max(max(part @ vectors().encode(question)) for part in (shortcuts, texts)) >= CANNED_ALIKE
    assert found >= 9
    assert wrong == 0


@pytest.mark.parametrize("tongue", TONGUES)
def test_an_answer_that_only_holds_the_line_is_told_from_one_that_says_something(tongue: Tongue) -> None:
    holding = encoded([line for line in HOLDING if tongue_of(line) == tongue])
    for shortcut, text, _ in WORDINGS[tongue]["canned"]:
        only_holds = shortcut in ("再见", "稍等", "bye", "wait")
        assert (max(holding @ vectors().encode(text)) > TOO_ALIKE) == only_holds, text
