"""The pages as files: small, without inline code, the same words in every language."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from bot.dialogue.texts import SHIPPED, read_lines
from bot.inbox import REACHABLE

ROOT = Path(__file__).parents[2]
WIDGET = ROOT / "channels/web/static/widget.js"
DEMO = ROOT / "bot/demo/static"
WORKSPACE = ROOT / "handoff/workspace/static/texts.js"
LANGUAGES = ("zh-Hans", "zh-Hant", "en")


def test_the_widget_stays_under_25_kilobytes_on_the_wire() -> None:
    assert len(gzip.compress(WIDGET.read_bytes())) < 25_000


def test_the_demo_page_passes_a_policy_without_inline_code() -> None:
    page = (DEMO / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\bstyle=|\bon\w+=|<script(?![^>]*\bsrc=)", page)


@pytest.mark.parametrize("script", [WIDGET, DEMO / "demo.js"], ids=lambda path: path.stem)
def test_no_text_from_outside_becomes_markup(script: Path) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script.read_text("utf-8"))


@pytest.mark.parametrize("script", [WIDGET, DEMO / "demo.js"], ids=lambda path: path.stem)
def test_every_text_is_there_in_every_language(script: Path) -> None:
    chinese, traditional, english = (_keys(script.read_text("utf-8"), language) for language in LANGUAGES)
    assert chinese == traditional == english
    assert len(chinese) > 10


def _keys(source: str, language: str) -> list[str]:
    block = re.search(rf'^( *)"?{language}"?: {{\n(.*?)^\1}},', source, re.DOTALL | re.MULTILINE)
    assert block, language
    return re.findall(rf"^{block[1]}  (\w+):", block[2], re.MULTILINE)


def test_the_workspace_says_every_event_in_both_languages() -> None:
    said = dict(re.findall(r'^  "event\.(\w+)": (\[".+", ".+"\]),$', WORKSPACE.read_text("utf-8"), re.MULTILINE))
    refusals = {key.replace(".", "_") for key in read_lines(SHIPPED / "en.yml") if re.fullmatch(r"link\.\w+", key)}
    moves = {"joined", "requeued", "handed_back", "closed", "left"}
    asked = {"offered", "declined", "missed"}
    times = {"overdue", "reminded", "silent", "gone", "closing", "shopper_silent"}
    after = {"rated", "wrapped", "snoozed", "woken"}
    joins = {"link", "linked", "signed_in", "unlinked", *(refusals - {"link_done", "link_undone"})}
    assert said.keys() >= {*moves, *asked, *times, *joins, *REACHABLE, "scanned", "later", *after}
