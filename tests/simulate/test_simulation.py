"""The simulation itself: its phrases are its own, a sample of it comes out well, and its judge sees what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from bot.understanding.examples import read_examples
from bot.understanding.text import view_of
from tests.simulate.__main__ import SEED, measure
from tests.simulate.cases import dialogues, read_cases
from tests.simulate.judge import Outcome
from tests.simulate.play import play_all

CASES = read_cases()
ALL = dialogues(CASES, SEED)
NLU_DATA = Path(__file__).parents[2] / "nlu_data"
SAMPLE = 40


def bare(text: str) -> str:
    """A text without marks, case and script."""
    return re.sub(r"\W+", "", view_of(text).text)


def test_there_are_many_dialogues_and_phrases() -> None:
    openings = {bare(one.opening) for one in ALL}
    assert len(ALL) >= 300
    assert len(openings) >= 150
    assert len({one.id for one in ALL}) == len(ALL)


def test_every_area_and_language_is_played() -> None:
    assert {case.area for case in CASES} >= {"price", "logistics", "returns", "orders", "product", "account", "human"}
    assert {one.language for one in ALL} == {"zh-Hans", "zh-Hant", "en"}


def test_no_opening_is_a_training_example() -> None:
    known = {bare(example.text) for example in read_examples(NLU_DATA)}
    assert not [one.opening for one in ALL if bare(one.opening) in known]


def test_the_same_seed_makes_the_same_dialogues() -> None:
    assert dialogues(CASES, SEED) == ALL
    assert dialogues(CASES, SEED + 1) != ALL


@pytest.mark.timeout(300)
async def test_a_sample_comes_out_well() -> None:
    played = await play_all(Random(SEED).sample(ALL, SAMPLE))
    figures = {name: value for name, value, _ in measure(played)}
    failed = "\n".join("\n".join(one.transcript) for one in played if one.outcome is Outcome.WRONG)
    assert figures["unsafe"] == 0, failed
    assert sum(bool(one.wrong) for one in played) <= 1, failed
    assert figures["finished_by_bot"] >= 80, failed
