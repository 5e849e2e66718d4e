"""Reads which products and how many of each somebody names: "两个瑜伽垫和一个充电宝", "3 yoga mats"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.understanding.port import Entity

DIGITS = {
    "一": 1,
    "两": 2,
    "兩": 2,
    "俩": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "dozen": 12}
UNITS = "个個件双雙条條台臺盒瓶包袋只隻套张張把块塊份支副部床箱本"
MOST = 999
_COUNT = rf"\d{{1,3}}|[{''.join(DIGITS)}]"
_BEFORE = re.compile(
    rf"(?:(?<![\d.¥$])(?P<count>{_COUNT})\s*(?:[{UNITS}xX×]\s*|(?<=\d)\s*)|\b(?P<word>{'|'.join(WORDS)})\s+(?:of\s+)?"
    rf"(?:the\s+)?|\b(?P<plain>\d{{1,3}})\s+(?:of\s+)?(?:the\s+)?)$",
    re.I,
)
_AFTER = re.compile(
    rf"\s*(?:[xX×*]\s*(?P<times>\d{{1,3}})(?!\d)|[,，]?\s*(?:要|买|買|来|來)?\s*(?P<count>{_COUNT})\s*[{UNITS}])"
)
_ALONE = re.compile(
    rf"(?<![第\d.¥$])(?P<count>{_COUNT})\s*[{UNITS}](?!月|天|号)|\b(?:buy|get|take|for)\s+(?P<word>{'|'.join(WORDS)}|\d{{1,3}})\b",
    re.I,
)

Basket = tuple[tuple[str, int], ...]
"""Products by id, and how many of each."""


def read_basket(text: str, entities: Iterable[Entity]) -> Basket:
    """The products named in a text, each with its number; one where none is said."""
    named = sorted((one for one in entities if one.name == "product"), key=lambda one: one.start)
    found, begin = dict[str, int](), 0
    for n, one in enumerate(named):
        until = named[n + 1].start if n + 1 < len(named) else len(text)
        if before := _BEFORE.search(text[begin : one.start]):
            count, begin = _number(before.groupdict()), one.end
        elif after := _AFTER.match(text[one.end : until]):
            count, begin = _number(after.groupdict()), one.end + after.end()
        else:
            count, begin = 1, one.end
        found[one.value] = min(MOST, found.get(one.value, 0) + count)
    return tuple(found.items())


def read_quantity(text: str) -> int | None:
    """How many of something that is not named ("买三件多少钱")."""
    found = _ALONE.search(text)
    return _number(found.groupdict()) if found else None


def _number(groups: dict[str, str | None]) -> int:
    said = next(value for value in groups.values() if value).lower()
    return max(1, DIGITS.get(said) or WORDS.get(said) or int(said))
