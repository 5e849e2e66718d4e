"""Data in a message by rules, in Chinese and English: order and tracking numbers, phones, money, dates, sizes, colours.

Rules look at the normalised view (simplified, half-width, lower-case); places are those of the message as typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.understanding.text import View


@dataclass(frozen=True)
class Entity:
    """`value` is canonical (digits of a phone, upper-case numbers); the message has it at [start, end)."""

    name: str
    value: str
    start: int
    end: int


# A pattern's group "v" is the entity; without it, the whole match. Earlier rules win where two overlap.
_LINK = r"https?://[^\s一-鿿]+|www\.[^\s一-鿿]+"
_NOT_IN_WORD = r"(?<![a-z0-9])"
_WORD_ENDS = r"(?![a-z0-9])"
_PHONE_GAP = r"[\s\-]?"
_MOBILE = (
    rf"(?:\+?86{_PHONE_GAP})?1[3-9]\d{_PHONE_GAP}\d{{4}}{_PHONE_GAP}\d{{4}}"  # mainland
    rf"|\+?886{_PHONE_GAP}9\d{{2}}{_PHONE_GAP}\d{{3}}{_PHONE_GAP}\d{{3}}"  # Taiwan
    rf"|09\d{{2}}{_PHONE_GAP}\d{{3}}{_PHONE_GAP}\d{{3}}"
    rf"|\+852{_PHONE_GAP}\d{{4}}{_PHONE_GAP}\d{{4}}"  # Hong Kong
    rf"|\+\d{{1,3}}{_PHONE_GAP}\(?\d{{2,4}}\)?(?:{_PHONE_GAP}\d{{2,4}}){{2,3}}"  # elsewhere
    r"|\(\d{3}\)\s?\d{3}-\d{4}|\d{3}-\d{3}-\d{4}"  # North America
    r"|0\d{2,3}-\d{7,8}|400-?\d{3}-?\d{4}"  # fixed lines and service numbers
)
_CARRIER = r"(?:sf|yt|jt|jd[a-z]{1,3}|jdv[a-z]?|jdx|zto|sto|db|dpk|ems|yunda|lp|rb|cn)"
_TRACKING = rf"{_CARRIER}\d{{9,18}}(?:-\d-\d)?|1z[0-9a-z]{{16}}|[a-z]{{2}}\d{{9}}[a-z]{{2}}|7[3-8]\d{{12}}|43\d{{13}}"
_NUMBER = r"[a-z0-9][a-z0-9\-]{3,29}"
_HAS_DIGITS = r"(?=(?:[a-z\-]{0,4}\d){4})"
_CARRIER_NAME = (
    r"(?:[顺申圆中]通|顺丰|韵达|极兔|德邦|邮政|百世|菜鸟|京东快递|ems|dhl|ups|fedex|usps|royal mail)"
    r"(?:快递|速递|速运|物流| express)?"
)
_SAID_IS = r"(?:号码|编号|号|number|num|no\.?|id|#)?\s*(?:是|为|就是|is|was)?\s*[:#(]?\s*"
# After a bare number: it counts something, so it is no price and no size.
_COUNTERS = "件个双天年月日号次盒包瓶台条套斤组只岁位张根颗粒片支袋罐桶杯箱本枚把份卷排层块元小分秒米寸%折码楼点多几"
_NO_COUNT = rf"(?![\d.a-z]|\s?[{_COUNTERS}])"
_CN_NUMBER = r"[一二两三四五六七八九十百千万零半几]+"
_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,7}(?:\.\d{1,2})?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_CN_DIGITS = "一二三四五六七八九十"
_CN_DAY = "二?十[一二三四五六七八九]?|三十一?"
_COUNTED = "one|item|time|order|piece|pair|parcel|package|attempt|floor|hand|party|day"  # the 2nd of them is no date
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)day"
_COLOUR_EN = (
    r"(?:(?:dark|light|navy|sky|rose|off|deep|pale|army|royal|hot|matte"
    r"|mint|olive|sage|forest|baby|bright|lime|wine)[ -])?"
    r"(?:black|white|red|blue|green|yellow|pink|purple|gr[ae]y|brown|orange|beige|khaki|navy|silver|gold|burgundy"
    r"|ivory|teal|maroon|turquoise|lavender|cream|mint|coral)"
)
_COLOUR_ZH = (
    r"(?:深|浅|淡|亮|暗|哑光|磨砂|纯|大)?(?:红|白|黑|蓝|绿|黄|紫|粉|灰|棕|橙|银|金|青|褐|米白|米|杏|咖啡|咖|驼|卡其|藏青|藏蓝|酒红|香槟"
    r"|天蓝|宝蓝|墨绿|军绿|玫红|粉红|奶白|奶油|肉|裸|豆沙|焦糖|枣红|橘|雾霾蓝|玫瑰金|象牙白|湖蓝|樱花粉|薄荷绿|烟灰)色"
    r"|米白|藏青|藏蓝|酒红|墨绿|军绿|玫红|宝蓝|天蓝|卡其|玫瑰金|雾霾蓝|雾蓝|象牙白|粉红|樱花粉|薄荷绿|奶白|透明"
    r"|[深浅淡暗][红蓝绿黄紫粉灰棕咖橙青]"
)
_COLOUR_SHORT = "[黑白红蓝绿黄紫粉灰棕]"
_NO_COLOUR = " (?:friday|list|paper|member|medal|card|market|tea|coffee|screen|day|room)"  # black friday, white paper
_LETTER = r"(?<![a-z0-9'])[sml](?![a-z0-9'])"
_FIGURE = r"(?:2[4-9]|3\d|4[0-8])(?:\.5)?"  # of shoes and trousers
_SIZE_LETTER = r"(?:[2-6]?x{1,4}[sl]|[2-6]xl|xx?s)"

RULES: tuple[tuple[str, str], ...] = (
    ("", _LINK),  # nothing inside a link is data
    ("", r"(?:商品(?:编?号|id)|商家id|税号|识别号|邮编|邮政编码|(?:pin|zip|post) ?code)\s?[:是]?\s?;?[a-z0-9]+"),
    ("order_number", rf"(?:订单|单子|order)\s*{_SAID_IS}(?P<v>{_HAS_DIGITS}{_NUMBER})"),
    (
        "tracking_number",
        rf"(?:运单|快递单|物流单|快递|物流|tracking|waybill|awb|parcel)\s*{_SAID_IS}(?P<v>{_HAS_DIGITS}{_NUMBER})",
    ),
    ("tracking_number", rf"{_CARRIER_NAME}\s*{_SAID_IS}(?P<v>{_HAS_DIGITS}[a-z]{{0,4}}\d{{8,20}}){_WORD_ENDS}"),
    ("phone", rf"(?<![a-z\d\-])(?:{_MOBILE})(?![a-z\d\-])"),
    ("phone", rf"(?:电话|手机|座机|联系方式|tel|phone|cell)\s*{_SAID_IS}(?P<v>\+?\d[\d\- ]{{5,12}}\d)(?![\d\-])"),
    ("phone", rf"(?:call|text|ring|reach|phone) (?:me ?)?(?:at |on )?(?:: ?)?(?P<v>\d{{10,11}}){_WORD_ENDS}"),
    ("phone", r"(?:打|拨|电话)\s?(?P<v>9[56]\d{3})(?!\d)"),
    ("tracking_number", rf"{_NOT_IN_WORD}(?:{_TRACKING}){_WORD_ENDS}"),
    ("date", r"(?:20\d{2})[年\-/.](?:1[0-2]|0?[1-9])[月\-/.](?:3[01]|[12]\d|0?[1-9])[日号]?(?!\d)"),
    ("money", rf"(?:us\$|hk\$|nt\$|[¥$€£₹]|{_NOT_IN_WORD}(?:rmb|usd|rs\.?|inr))\s?(?P<n>{_AMOUNT})"),
    (
        "money",
        rf"(?<![\d.])(?P<n>{_AMOUNT})[多来几]?\s?(?:元(?:钱)?|块(?:钱|\d)?|圆|刀|美元|美金|港币|台币|人民币|rmb|dollars?|bucks|usd|cny|yuan"
        rf"|euros?|pounds?|quid|[$€£¥])(?![a-z])",
    ),
    ("money", rf"{_CN_NUMBER}(?:元|块钱)|(?:{_CN_NUMBER}[十百千万]|十)(?:{_CN_NUMBER})?块"),
    ("money", rf"(?:金额|总价|实付|应付|total|amount)\s?[:是为]?\s?(?P<v>(?P<n>{_AMOUNT})){_NO_COUNT}"),
    ("money", r"满\s?(?P<v>(?P<n>\d{2,5}))\s?(?=[减送打返]|包邮)"),
    ("money", rf"满\s?\d{{2,5}}(?:元|块)?\s?[减返]\s?(?P<v>(?P<n>\d{{1,4}})){_NO_COUNT}"),
    (
        "money",
        r"(?:卖|降到|降成|降价到|涨到|变成|到手价?|原价|现价|价格是?|付了|花了|退了|退我|收了|扣了|便宜了?|差了|少了|多收了?|补)"
        rf"\s?(?=\d[\d.,])(?P<v>(?P<n>{_AMOUNT})){_NO_COUNT}",
    ),
    ("order_number", r"#\s?(?P<v>\d{5,12})(?![\da-z])"),
    ("order_number", rf"{_NOT_IN_WORD}[a-z]{{1,4}}-?\d[\d\-]{{6,22}}\d{_WORD_ENDS}"),
    ("order_number", r"(?<![\da-z.])\d{6,8}-\d{3,20}(?:-\d+)*(?![\da-z])|(?<![\da-z.])\d{10,24}(?![\da-z])"),
    ("date", r"(?:1[0-2]|0?[1-9])月(?:3[01]|[12]\d|0?[1-9])[日号]?|(?:1[0-2]|[1-9])月(?:初|中|底)"),
    ("date", r"(?<![\d.:路街道巷弄段元栋楼村])(?:3[01]|[12]\d|[1-9])[日号](?!楼|线|店|机|门|仓|码|院|\d)"),
    (
        "date",
        r"大?[前后]天|[今明昨当](?:天|日|晚|早)(?:上)?|(?:[上下这本]个?)?(?:周|星期|礼拜)[一二三四五六日天末](?!\w?年)|(?:[上下这本]个?)(?:周|星期|礼拜|月)|月底|年前|年后",
    ),
    ("date", rf"(?:十[一二]?|[{_CN_DIGITS}])月(?:{_CN_DAY}|[{_CN_DIGITS}])[日号]"),
    ("date", rf"(?<![{_CN_DIGITS}])(?:{_CN_DAY})[日号](?!楼|线|店|门)"),
    ("date", r"(?<![\d.])(?:11\.11|12\.12|6\.18)(?![\d.])"),
    ("date", r"双(?:十一|11|十二|12)|(?<!\d)618(?!\d)|黑五|春节|元旦|国庆|中秋|圣诞"),
    ("date", rf"{_NOT_IN_WORD}{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?{_WORD_ENDS}"),
    ("date", rf"{_NOT_IN_WORD}\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}{_WORD_ENDS}"),
    ("date", rf"{_NOT_IN_WORD}(?:the )?\d{{1,2}}(?:st|nd|rd|th){_WORD_ENDS}(?! (?:{_COUNTED})s?)"),
    ("date", r"(?<![\d/.])(?!24/7)\d{1,2}/\d{1,2}(?:/(?:20)?\d{2})?(?![\d/])"),
    (
        "date",
        rf"{_NOT_IN_WORD}(?:the )?(?:day (?:after tomorrow|before yesterday)|today|tomorrow|yesterday|tonight"
        rf"|(?:(?:this|next|last|coming) )?{_WEEKDAY}|(?:this|next|last) (?:week(?:end)?|month)"
        rf"|black friday|christmas|new year){_WORD_ENDS}",
    ),
    ("size", rf"{_NOT_IN_WORD}{_SIZE_LETTER}(?:码|号)?{_WORD_ENDS}|{_NOT_IN_WORD}[sml](?:码|号)"),
    ("size", rf"{_NOT_IN_WORD}size (?P<v>(?:(?:eu|uk|us) ?)?\d{{1,2}}(?:\.5)?|[sml]|small|medium|large){_WORD_ENDS}"),
    ("size", rf"(?:换|要|拍|穿|买|选)(?:个|成|了)?(?P<v>[sml]){_WORD_ENDS}"),
    ("size", rf"(?:还是|或者?|换成?|[和跟、色]|{_COLOUR_SHORT}的)(?P<v>{_LETTER})"),
    ("size", rf"{_NOT_IN_WORD}(?:{_COLOUR_EN}|to|or|in) (?P<v>{_LETTER})"),
    ("size", rf"(?P<v>{_LETTER})\s?(?:还是|或|换|to |or |偏|太)"),
    (
        "size",
        rf"(?:尺[码寸]|[鞋脚]码|码数|腰围)\s?[是为:]?\s?(?P<v>\d{{2,3}}(?:\.5)?|[sml]|{_SIZE_LETTER})(?![\da-z.码])",
    ),
    ("size", rf"(?:换|改|要|拍|穿|选)(?:个|成|了)?(?P<v>{_FIGURE}){_NO_COUNT}"),
    ("size", rf"(?<![\d.])(?P<v>{_FIGURE})(?=的?(?:太|偏|有点|穿着)[小大紧松挤])"),
    ("size", r"(?<![\d.])(?:\d{2}(?:\.\d)?寸|[12](?:\.\d{1,2})?米(?=的?(?:床|被|四件套|沙发|款)))"),
    ("size", rf"(?:内衣|文胸|bra)\s?[是要]?\s?(?P<v>\d{{2}}[a-f]){_WORD_ENDS}"),
    ("size", r"(?<!\d)\d{2,3}(?:\.5)?(?:码|号码)|(?<!\d)1[4-9]\d/\d{2,3}[a-c]?(?![a-z\d])"),
    ("size", r"(?<!\d)\d{2}[a-f](?:罩杯|杯)"),
    ("size", r"[大中小均](?:码|号)|加大码|加小码"),
    (
        "size",
        rf"{_NOT_IN_WORD}(?:one size|(?:eu|uk|us) ?\d{{1,2}}(?:\.5)?|small|medium|large|extra large){_WORD_ENDS}",
    ),
    ("colour", rf"(?:{_COLOUR_ZH})(?!食品|通道|环保|笑话|电影|预警)"),
    ("colour", rf"(?:要|换|拍|买|发|是|^|[,。 ])[成了]?(?P<v>{_COLOUR_SHORT})(?=的(?!卡|酒|士))"),
    ("colour", rf"{_NOT_IN_WORD}(?<!(?:sun|eye|ice) )(?<!(?:face|hand) ){_COLOUR_EN}{_WORD_ENDS}(?!{_NO_COLOUR})"),
)  # fmt: skip
_NUMBERS = ("order_number", "tracking_number", "phone")
_DIGIT = re.compile(r"\d")
_HEAD, _TAIL = 1000, 500  # characters of a long text in which data is looked for, to stay within the time of a message
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in RULES)


def find_entities(view: View) -> tuple[Entity, ...]:
    """All entities of a view, in their order, without overlaps."""
    taken = bytearray(len(view.text))
    found: list[Entity] = []
    for name, match in _matches(view.text):
        start, end = match.span("v") if "v" in match.re.groupindex else match.span()
        if start == end or 1 in taken[start:end]:
            continue
        taken[start:end] = b"\1" * (end - start)
        if name:
            found.append(Entity(name, _value(name, match, view.text[start:end]), *view.span(start, end)))
    return tuple(sorted(found, key=lambda entity: entity.start))


def _matches(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """What each rule finds, rule by rule; of an endless text in its beginning and its end, whole ones alone."""
    windows = [(0, len(text))] if len(text) <= _HEAD + _TAIL else [(0, _HEAD), (len(text) - _TAIL, len(text))]
    digits = _DIGIT.search(text) is not None
    for name, pattern in _COMPILED:
        if not digits and name in _NUMBERS:
            continue
        for start, end in windows:
            for match in pattern.finditer(text, start, end):
                if match.end() < end or end == len(text):
                    yield name, match


def without_overlaps(first: Iterable[Entity], then: Iterable[Entity]) -> tuple[Entity, ...]:
    """Both in order; of two that overlap the one of `first` stays."""
    kept = list(first)
    kept += [late for late in then if not any(late.start < e.end and e.start < late.end for e in kept)]
    return tuple(sorted(kept, key=lambda entity: entity.start))


def _value(name: str, match: re.Match[str], text: str) -> str:
    if name == "phone":
        return re.sub(r"[^\d+]", "", text)
    if name in ("order_number", "tracking_number", "size"):
        return text.upper()
    if name == "money" and "n" in match.re.groupindex:
        return match["n"].replace(",", "")
    return text
