"""`jieli parse`, as other programs use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.understanding import commands, workshop


def parsed(stdin: bytes | str, *arguments: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(commands.app, ["parse", *arguments], input=stdin)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_text_a_line_gives_an_object_a_line(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.json"
    catalogue.write_text('[{"id": "P1", "names": ["星空杯"]}]', "utf-8")
    first, empty, last = parsed("星空杯多少钱\n\nwhere is my parcel\n", "--catalogue", str(catalogue))
    assert set(first) == {"text", "intent", "confidence", "answered", "entities"}
    assert (first["text"], first["intent"], first["answered"]) == ("星空杯多少钱", "ask_price", True)
    assert first["entities"] == [{"name": "product", "value": "P1", "start": 0, "end": 3}]
    assert (empty["text"], empty["answered"]) == ("", False)
    assert last["intent"] == "track_order"


def test_bytes_that_are_no_utf8_are_parsed_too() -> None:
    (found,) = parsed(b"\xff\xfe hello\n")
    assert found["intent"] == "greet"


@pytest.mark.parametrize("arguments", [[], ["--shipped"]])
def test_training_without_python_3_10_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str]
) -> None:
    monkeypatch.setattr(workshop, "RASA_PYTHON", tmp_path / ".venv-nlu" / "bin" / "python")
    result = CliRunner().invoke(commands.app, ["train", *arguments, "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "Python 3.10" in result.output
