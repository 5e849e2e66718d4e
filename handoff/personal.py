"""What belongs to one shopper alone: told from a text, so that it is not said to another one, and masked where kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.understanding.entities import find_entities
from bot.understanding.text import View, view_of

OF_ONE = frozenset({"order_number", "tracking_number", "phone", "money", "date"})
"""Entities that are true for one order only."""
MASKED = frozenset({"order_number", "tracking_number", "phone"})

_SURNAME = (
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
    "闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤]"
)
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_DIGITS = re.compile(r"\d{4,}|\d(?:[\s.\-]\d){3,}|\d{2,3}(?:[\s.\-]\d{2,3}){2,}|[零〇一二三四五六七八九幺]{4,}")
_CODE = re.compile(r"(?<![a-z0-9])(?=[a-z\-]*\d[a-z\-]*\d)(?=[\d\-]*[a-z])[a-z0-9\-]{6,}(?![a-z0-9])")
_REACHED = re.compile(
    r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+|@[\w.]{3,}|(?:微信|v信|qq|telegram|whatsapp|weixin|wechat)(?:号|id)?\s?[:是]\s?\S|https?://\S*\?"
)
_ADDRESS = re.compile(
    r"[省市区县镇乡道路街巷弄村苑园城]\S{0,12}?\s?(?:\d+|[一二三四五六七八九十]+)\s?(?:号(?!码|线)|栋|幢|单元|室|弄)"
    r"|\d+\s?(?:栋|幢|单元|号楼|室)|[一-鿿]{2}(?:省|自治区)[一-鿿]{2,8}[市州]|[一-鿿]{2}市[一-鿿]{2,8}[区县]"
    r"|\d+[a-z]?,? (?:[a-z]+ ){1,4}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|court|square)(?![a-z])"
    r"|(?<![a-z])(?:apt|apartment|flat|unit|suite)\.? ?#?\d+|(?<![a-z0-9])[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}(?![a-z0-9])"
)
_NO_NAME = (
    "the|an?|our|your|not|what|how|why|to|in|on|only|because|covered|normal|included|possible|sorry|afraid|happy|glad"
    "|sure|looking|checking|here|very|so|it|free|usual|usually|expected|correct|right"
)
_NAME = re.compile(
    rf"{_SURNAME}[一-鿿]{{0,2}}(?:先生|女士|小姐|太太|阿姨|叔叔)|(?:收件人|收货人|联系人|姓名|签收人)\s?(?:是|为|:)?\s?[一-鿿a-z]{{2,}}"
    rf"|(?:^|[,。!\s]){_SURNAME}[一-鿿]{{1,2}}[您你]好|我(?:是|叫)\s?(?!您|这|那|客服|人工|专|店|负责|本店|售|在线)[一-鿿a-z]"
    r"|(?<![a-z])(?:mr|mrs|ms|miss|dr)\.? [a-z]{2,}|(?:recipient|name)(?: is|:) ?[a-z]+|signed (?:for )?by [a-z]+"
    rf"|(?<![a-z])(?:my name is|this is|i am|i'm) (?!(?:{_NO_NAME})(?![a-z]))[a-z]+"
)
_CALLED = re.compile(
    r"\b(?:Hi|Hello|Hey|Dear|Thanks|Thank you|Sorry|[Rr]egards),? +"
    r"(?!(?:There|Customer|Sir|Madam|We|The|You|Your|Our|It|I|Please|This|For|If|A|And|To)\b)[A-Z][a-z]+"
)
_SPOKEN = (_DIGITS, _CODE, _REACHED, _ADDRESS, _NAME)


def is_personal(text: str, names: Iterable[str | None] = ()) -> bool:
    """Whether a text carries what is one shopper's or one order's: numbers, codes, addresses, names, amounts, days.

    `names` are those of the people in that conversation. In doubt it does: a text less is no loss.
    """
    view = view_of(text)
    if any(entity.name in OF_ONE for entity in find_entities(view)) or _CALLED.search(text):
        return True
    plain = _CLOCK.sub(" ", view.text)
    return any(rule.search(plain) for rule in _SPOKEN) or any(_places(view, name) for name in _folded(names))


def mask(text: str, names: Iterable[str | None] = ()) -> str:
    """A text with zeros for the digits of numbers and addresses, and stars for names and mail addresses."""
    view = view_of(text)
    masked = list(text)
    for entity in find_entities(view):
        if entity.name in MASKED:
            _zero(masked, entity.start, entity.end)
    for rule in (_DIGITS, _CODE, _ADDRESS):
        for found in rule.finditer(view.text):
            _zero(masked, *view.span(*found.span()))
    hidden = [match.span() for rule in (_REACHED, _NAME) for match in rule.finditer(view.text)]
    hidden += [place for name in _folded(names) for place in _places(view, name)]
    for start, end in hidden:
        first, last = view.span(start, end)
        masked[first:last] = ["*"] * (last - first)
    return "".join(masked)


def _zero(masked: list[str], start: int, end: int) -> None:
    masked[start:end] = ["0" if sign.isdigit() else sign for sign in masked[start:end]]


def _folded(names: Iterable[str | None]) -> Iterator[str]:
    """The names as a view has them, whole and in parts; single letters are no names."""
    for name in names:
        whole = view_of(name or "").text
        yield from {part for part in (whole, *whole.split()) if len(part) > 1}


def _places(view: View, name: str) -> list[tuple[int, int]]:
    edge = r"(?<![a-z])" if name[0].isascii() else ""
    end = r"(?![a-z])" if name[-1].isascii() else ""
    return [found.span() for found in re.finditer(f"{edge}{re.escape(name)}{end}", view.text)]
