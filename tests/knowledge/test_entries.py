"""Entries: read, written and told as their authors meant them, and nothing else of theirs gets onto a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.knowledge
from bot.clock import Clock
from bot.knowledge.entries import BadEntry, Entry, read_entry, write_entry
from bot.knowledge.library import Library
from bot.knowledge.markdown import to_html, to_words
from bot.record.database import Database
from bot.record.documents import Documents

DEMO = Path(bot.knowledge.__file__).parent / "demo"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SOURCE = """---
title: Gift wrapping
questions: ["Can you wrap it?", "Is there a card?"]
ends: 2026-12-24T18:00:00+08:00
---
Yes, **free** of charge.
"""
lines = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=2, max_size=40)


def test_a_file_is_read_whole() -> None:
    entry = read_entry("gift-wrapping.en", SOURCE)
    assert (entry.key, entry.title, len(entry.questions)) == ("gift-wrapping.en", "Gift wrapping", 2)
    assert entry.text == "Yes, **free** of charge."


@given(title=lines, questions=st.lists(lines, max_size=5), text=lines, days=st.integers(1, 99))
def test_what_is_written_is_read_again(title: str, questions: list[str], text: str, days: int) -> None:
    entry = Entry(
        id="a",
        language="zh",
        title=title,
        questions=tuple(questions),
        text=text,
        channels=("web",),
        starts=NOW,
        ends=NOW + timedelta(days=days),
        link="/help",
    )
    assert read_entry("a.zh", write_entry(entry)) == entry


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("no head", "begins with a head"),
        ("---\ntitle: [\n---\nx", "no YAML"),
        ("---\n- a\n---\nx", "no names"),
        ("---\ntitle: t\n---\n", "text"),
        ("---\nquestions: [ab]\n---\nx", "title"),
        ("---\ntitle: t\ncolour: red\n---\nx", "colour"),
        ("---\ntitle: t\nlink: javascript:alert(1)\n---\nx", "link"),
        ("---\ntitle: t\nstarts: 2026-12-02T00:00:00Z\nends: 2026-12-01T00:00:00Z\n---\nx", "ends before it begins"),
    ],
)
def test_what_is_no_entry_is_refused_with_a_reason(source: str, why: str) -> None:
    with pytest.raises(BadEntry, match=why):
        read_entry("a.zh", source)


@given(st.integers(-10, 10))
def test_an_entry_is_told_only_while_it_holds(hours: int) -> None:
    at = NOW + timedelta(hours=hours)
    entry = Entry(id="a", language="zh", title="t", text="x", starts=NOW, ends=NOW + timedelta(hours=5))
    assert entry.is_told(at) is (0 <= hours < 5)


def test_an_entry_for_one_channel_is_told_there_and_on_the_help_page() -> None:
    entry = Entry(id="a", language="zh", title="t", text="x", channels=("wechat",))
    assert entry.is_told(NOW, "wechat") and entry.is_told(NOW) and not entry.is_told(NOW, "web")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        "[a](//evil.example)",
        "![a](https://evil.example/x.png)",
        '<a href="x" onclick="y">',
    ],
)
def test_nothing_an_author_writes_runs_or_loads_anything(text: str) -> None:
    html = to_html(text)
    assert not any(
        bad in html for bad in ("<script", "<img", 'href="javascript', 'href="data', 'href="//', '<a href="x"')
    )


def test_a_chat_gets_plain_words() -> None:
    text = "# Head\n\nYes, **free**: see [the page](/help/a).\n\n- one\n- `two`\n\n1. first\n2. second"
    assert to_words(text) == "Head\nYes, free: see the page (/help/a).\n· one\n· two\n1. first\n2. second"


async def library(database: Database) -> Library:
    return Library(Documents(database, Clock(lambda: 1_000.0)), DEMO)


async def test_the_demos_entries_come_in_both_languages(database: Database) -> None:
    entries = (await library(database)).entries()
    assert {key.rpartition(".")[0] for key in entries if key.endswith(".zh")} == {
        key.rpartition(".")[0] for key in entries if key.endswith(".en")
    }
    assert all(len(entry.questions) >= 4 for entry in entries.values())


async def test_the_desks_own_entry_takes_the_place_of_the_shipped_one(database: Database) -> None:
    books = await library(database)
    own = Entry(id="fraud", language="zh", title="防骗", text="只有这句")
    await books.save(own, "Lin", books.version("fraud.zh"))
    assert books.entries()["fraud.zh"] == own
    await books.remove("fraud.zh", "Lin", 1)
    assert "fraud.zh" not in books.entries() and "fraud.en" in books.entries()
    assert [one.version for one in await books.history("fraud.zh")] == [2, 1]


async def test_an_entry_that_cannot_be_read_is_left_out(database: Database) -> None:
    documents = Documents(database, Clock(lambda: 1_000.0))
    await documents.save("knowledge/odd.zh", "no head", "Lin", 0)
    assert "odd.zh" not in Library(documents, DEMO).entries()
