"""Languages, money, dates and slots: the small things a conversation stands on."""

from __future__ import annotations

from datetime import datetime

import pytest

from actions.values import Money
from bot.dialogue.formats import day, moment, money
from bot.dialogue.language import choose_language
from bot.dialogue.port import Reason
from bot.dialogue.slots import Slots
from bot.messages import Language

AT = datetime.fromisoformat("2026-11-21T09:05:00+08:00")


@pytest.mark.parametrize(
    ("usual", "last", "text", "expected"),
    [
        ("zh-Hans", None, "多少钱", "zh-Hans"),
        ("zh-Hans", None, "多少錢", "zh-Hant"),
        ("zh-Hant", None, "多少钱", "zh-Hant"),
        ("zh-Hant", "en", "多少", "zh-Hant"),
        ("en", None, "多少钱", "zh-Hans"),
        ("zh-Hans", None, "how much", "en"),
        ("zh-Hans", None, "I'd like it", "en"),
        ("zh-Hans", None, "ok", "zh-Hans"),
        ("zh-Hans", None, "hello", "zh-Hans"),
        ("zh-Hans", "en", "ok", "en"),
        ("zh-Hans", None, "JL6338013277 8671", "zh-Hans"),
        ("zh-Hans", None, "iPhone 15", "zh-Hans"),
        ("en", "zh-Hans", "8671", "zh-Hans"),
        ("en", None, "", "en"),
    ],
)
def test_the_language_changes_only_when_it_is_clear(
    usual: Language, last: Language | None, text: str, expected: Language
) -> None:
    assert choose_language(usual, last, text) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [(19900, "CNY", "¥199.00"), (129905, "CNY", "¥1,299.05"), (5, "USD", "$0.05"), (1200, "CHF", "CHF 12.00")],
)
def test_money_is_written_with_its_sign(amount: int, currency: str, written: str) -> None:
    assert money(Money(amount=amount, currency=currency)) == written


def test_dates_are_written_as_the_reader_expects() -> None:
    assert day("zh-Hans", AT) == day("zh-Hant", AT) == "11月21日"
    assert day("en", AT) == "Nov 21"
    assert moment("zh-Hans", AT) == "11月21日 09:05"
    assert moment("en", AT) == "Nov 21, 09:05"


def test_slots_come_back_as_they_were() -> None:
    slots = Slots(todo=("track_order",), asked="tail", order_number="JL1", offer=Reason.BUSINESS, proved=("JL2",))
    assert Slots.read(slots.write()) == slots


def test_slots_of_another_version_never_crash() -> None:
    assert Slots.read({"flow_v0": {"deep": [1]}, "order_number": "JL1"}).order_number == "JL1"
    assert Slots.read({"asked": "shoe size", "order_number": ["JL1"]}) == Slots()
