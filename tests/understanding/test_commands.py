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
    assert set(first) == {*("text", "intent", "confidence", "answered", "entities", "intents", "mood", "mood_words")}
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


def test_several_things_and_the_mood_are_shown() -> None:
    (found,) = parsed("垃圾店铺！这个多少钱 有货吗\n")
    intents = found["intents"]
    assert isinstance(intents, list)
    assert [span["name"] for span in intents][-2:] == ["ask_price", "ask_stock"]
    assert found["mood"] == "angry"
    assert found["mood_words"] == [{"text": "垃圾", "start": 0, "end": 2}]


def test_one_thing_spans_the_whole_text() -> None:
    (found,) = parsed("我的快递到哪了\n")
    assert found["intents"] == [{"name": "track_order", "confidence": found["confidence"], "start": 0, "end": 7}]


@pytest.mark.parametrize(
    ("after", "text", "intent", "follow_up"),
    [
        ('{"asked": "order_number"}', "查到了吗", "track_order", "again"),
        ('{"last": "ask_shipping_fee"}', "什么意思", "ask_shipping_fee", "explain"),
        ('{"asked": "tail", "last": "track_order"}', "8671", "inform", None),
        ('{"asked": "order_number"}', "这个多少钱", "ask_price", None),
    ],
)
def test_a_text_is_parsed_after_what_went_before(after: str, text: str, intent: str, follow_up: str | None) -> None:
    (found,) = parsed(f"{text}\n", "--after", after)
    assert (found["intent"], found["answered"], found["follow_up"]) == (intent, True, follow_up)


@pytest.mark.parametrize("after", ["asked", "[]", '{"asked": 1}', '{"ask": "tail"}'])
def test_an_unusable_context_is_refused_with_the_reason(after: str) -> None:
    result = CliRunner().invoke(commands.app, ["parse", "--after", after], input="hi\n")
    assert result.exit_code == 2
    assert "--after" in result.output
