"""Answers to press, as agents write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.quick import with_answers


@pytest.mark.parametrize(
    ("text", "said", "labels"),
    [
        ("Which size?\n[S] [M] [L]", "Which size?", ["S", "M", "L"]),
        ("您要哪一种？\n\n[退款][ 换货 ]  ", "您要哪一种？", ["退款", "换货"]),
        ("[S] [M]", "[S] [M]", []),
        ("See [1]", "See [1]", []),
        ("Which?\n[S] or [M]", "Which?\n[S] or [M]", []),
        ("Which?\n[S] [M]\nThanks", "Which?\n[S] [M]\nThanks", []),
        ("Which?\n[S] [ ]", "Which?\n[S] [ ]", []),
        ("Which?\n" + "[a] " * 7, "Which?\n" + "[a] " * 7, []),
    ],
)
def test_a_last_line_of_brackets_becomes_buttons(text: str, said: str, labels: list[str]) -> None:
    content = with_answers(text)
    assert (content.text, [one.label for one in content.buttons]) == (said, labels)


@given(st.text(alphabet="a []\n", max_size=60))
def test_nothing_an_agent_writes_is_lost(text: str) -> None:
    content = with_answers(text)
    kept = content.text + "".join(f"[{one.label}]" for one in content.buttons)
    assert "".join(kept.split()) == "".join(text.split())
