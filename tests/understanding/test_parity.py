"""Rasa and the exported bundle say the same of every text."""

from __future__ import annotations

import os

import pytest
from typer.testing import CliRunner

from bot.understanding.commands import app
from bot.understanding.export import trained_from_here
from bot.understanding.parity import Answer, differences, same_intents
from bot.understanding.workshop import RASA_PYTHON

IN_CI = os.environ.get("CI") == "true"


@pytest.mark.rasa
@pytest.mark.timeout(1500)
def test_rasa_and_the_bundle_agree() -> None:
    if not IN_CI and not (RASA_PYTHON.exists() and trained_from_here()):
        pytest.skip("no model trained by Rasa from this working tree: `make train` makes one (needs Python 3.10)")
    result = CliRunner().invoke(app, ["parity"])
    assert result.exit_code == 0, result.output


def test_a_confidence_slightly_off_is_the_same_and_another_entity_is_not() -> None:
    wanted = Answer("greet", 0.9, ())
    near, far = Answer("greet", 0.9005, ()), Answer("greet", 0.902, ())
    other = Answer("greet", 0.9, (("size", "XL", 0, 2),))
    assert differences(["a", "b", "c"], [wanted] * 3, [near, far, other]) == [
        f"'b': {wanted} but {far}",
        f"'c': {wanted} but {other}",
    ]
    assert same_intents([wanted, wanted], [near, Answer(None, 0.0, ())]) == 0.5
