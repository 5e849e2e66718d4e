"""The normalised view: what it unifies, and that places stay true."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.text import MAX_CHARS, view_of

ANY_TEXT = st.text(st.characters(codec=None), max_size=300)  # lone surrogates included


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("請問運費多少", "请问运费多少"),
        ("ＸＬ１２３", "xl123"),
        ("  hi \n\t there  ", "hi there"),
        ("怎么还没到！！！！！", "怎么还没到!"),
        ("哈哈哈哈哈哈", "哈哈哈"),
        ("[OK]", "👌"),
        ("[图片]", "[图片]"),
        ("快\u200b递\u202e到哪", "快递到哪"),
        ("👍🏻", "👍"),
        ("\ud800好", "好"),
        ("10000000", "10000000"),
        ("https://a.example/x", "https://a.example/x"),
        ("", ""),
    ],
)
def test_a_view_unifies_what_means_the_same(typed: str, seen: str) -> None:
    assert view_of(typed).text == seen


def test_a_span_of_the_view_points_into_the_message() -> None:
    message = "訂單  ＪＬ\u200b１２[微笑]！！！好"
    view = view_of(message)
    start = view.text.index("jl12")
    place = slice(*view.span(start, start + 4))
    assert message[place] == "ＪＬ\u200b１２"


@given(ANY_TEXT)
def test_places_cover_the_message_in_order(message: str) -> None:
    view = view_of(message)
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert all(0 <= start < end <= len(message) for start, end in zip(view.starts, view.ends, strict=True))
    assert list(view.starts) == sorted(view.starts)
    assert list(view.ends) == sorted(view.ends)


@given(ANY_TEXT)
def test_a_view_can_be_written_as_utf8(message: str) -> None:
    view_of(message).text.encode()


@given(st.text(max_size=100))
def test_looking_at_a_view_changes_nothing_more(message: str) -> None:
    seen = view_of(view_of(message).text).text
    assert view_of(seen).text == seen


def test_only_the_beginning_of_an_endless_message_is_looked_at() -> None:
    assert len(view_of("7" * 100_000).text) == MAX_CHARS
