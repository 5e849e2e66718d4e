"""Texts in three languages say the same things, and a shop's own lines lie over them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.dialogue.intents import TASKS
from bot.dialogue.texts import SHIPPED, Texts, fields, read_lines
from bot.messages import LANGUAGES, Language

LINES = {language: read_lines(SHIPPED / f"{language}.yml") for language in LANGUAGES}
CODE = "\n".join(path.read_text("utf-8") for path in SHIPPED.parent.glob("dialogue/**/*.py"))
ELSEWHERE = ("human.", "queue.", "link.", "door.", "rating.", "ticket.", "trigger.")
"""Families said around a human chat, by the handoff, and around a joined one."""
BUILT = (
    "intent.",
    "status.",
    "stock.",
    "return.",
    "again.",
    "need.",
    "explain.",
    "button.",
    "promotion.",
    "coupon.",
    "received.",
    "refused.",
    "state.",
    "worry.",
    "filed.",
    "outcome.",
    "kind.",
    "fault.",
    "address.",
    "coupon_why.",
    "customs.",
    "protection.",
    "invoice_line.",
    "news.",
)
"""Families whose keys the code puts together from a value."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_fields(language: Language) -> None:
    expected = {key: fields(line) for key, line in LINES["zh-Hans"].items()}
    assert {key: fields(line) for key, line in LINES[language].items()} == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: Language) -> None:
    assert all(line.strip() for line in LINES[language].values())


def test_every_task_has_a_name() -> None:
    assert {key.removeprefix("intent.") for key in LINES["en"] if key.startswith("intent.")} == TASKS


def test_every_text_of_the_dialogue_is_used() -> None:
    unused = [key for key in LINES["en"] if f'"{key}"' not in CODE and not key.startswith((*BUILT, *ELSEWHERE))]
    small_talk = {"thank", "goodbye", "deny", "affirm"}
    assert set(unused) <= small_talk


def test_traditional_texts_hold_no_simplified_characters() -> None:
    simplified_only = set("们这时说请单发货优务员转没问题还应为订运费换选后无与")
    assert not simplified_only & set("".join(LINES["zh-Hant"].values()))


def test_a_missing_field_is_an_error_and_values_are_not_templates() -> None:
    texts = Texts.load()
    with pytest.raises(KeyError):
        texts.say("en", "price.now", product="lamp")
    assert texts.say("en", "price.now", product="{price}", price="¥1.00") == "The price of the {price} is ¥1.00."


def write(path: Path, text: str, stamp: int) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, ns=(stamp, stamp))


def test_a_shops_line_wins_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    texts, own = Texts.load(overrides=tmp_path), tmp_path / "en.yml"
    shipped = texts.say("en", "thank")
    write(own, "thank: Cheers!", 1_000)
    assert texts.say("en", "thank") == "Cheers!"
    assert texts.say("zh-Hans", "thank") == LINES["zh-Hans"]["thank"]
    write(own, "thank: Any time!", 2_000)
    assert texts.say("en", "thank") == "Any time!"
    own.unlink()
    assert texts.say("en", "thank") == shipped


def test_a_line_with_an_unknown_field_or_key_is_left_out_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "en.yml", "thank: 'Thanks, {name}'\nno_such: hi\ngoodbye: Ciao!", 1_000)
    texts = Texts.load(overrides=tmp_path)
    assert texts.say("en", "thank") == LINES["en"]["thank"]
    assert texts.say("en", "goodbye") == "Ciao!"
    assert "thank" in caplog.text
    assert "no_such" in caplog.text


def test_a_broken_file_leaves_the_last_good_lines(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    texts, own = Texts.load(overrides=tmp_path), tmp_path / "en.yml"
    write(own, "thank: Cheers!", 1_000)
    assert texts.say("en", "thank") == "Cheers!"
    write(own, "thank: [", 2_000)
    assert texts.say("en", "thank") == "Cheers!"
    assert "cannot be read" in caplog.text
