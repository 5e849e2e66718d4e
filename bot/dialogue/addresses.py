"""Reads a new receiver, phone and address out of what a shopper writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from bot.dialogue.language import CHINESE

MOBILE = r"(?:\+\d{1,3}[\s-]?\d{6,12}|1[3-9]\d{9}|09\d{2}-?\d{3}-?\d{3})"
PHONE = re.compile(rf"(?<![\dA-Za-z-]){MOBILE}(?![\dA-Za-z-])")
PHONE_ALONE = re.compile(rf"(?<![\dA-Za-z-])(?:{MOBILE}|\d{{7,11}})(?![\dA-Za-z元块塊-])")
"""Of numbers that are not surely a phone's, those written when nothing else was asked for."""
LABEL_NAME = re.compile(
    r"(?:收[件货]人|姓名|名字|receiver|recipient|name)\s*(?:改成|改为|换成|是|to|is)?\s*[:：]?\s*", re.I
)
LABEL_PLACE = re.compile(
    r"(?:收[件货]?地址|地址|寄到|送到|发到|address|(?:send|deliver|ship)(?:\s+it)?\s+to)\s*(?:改成|改为|改到|换成|换到|到|是|to|is)?"
    r"\s*[:：]?\s*",
    re.I,
)
LABEL_PHONE = re.compile(r"(?:手机号?码?|电话|phone|mobile)\s*(?:改成|改为|换成|是|to|is)?\s*[:：]?\s*", re.I)
CHINESE_PLACE = re.compile(r"[省市区县镇乡村路街道巷弄号栋幢座楼室苑园厦]")
ENGLISH_PLACE = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|apt|flat|unit|building|floor|block|way)\b", re.I
)
CHINESE_NAME = re.compile(r"[\u4e00-\u9fff·]{2,6}(?:先生|女士|小姐)?")
ENGLISH_NAME = re.compile(r"[A-Z][a-z'’-]+(?:\s[A-Z][a-z'’-]+){1,3}")
BETWEEN = re.compile(r"[,，;；、\n。]|\s{2,}|(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
GOES_ON = re.compile(r"[\dA-Za-z#-]+|[\dA-Za-z#-]*\s*[号號栋棟幢座楼樓室单單元层層弄巷之段]+[\dA-Za-z#-]*")
"""What follows on a Chinese place after a space: a house, a floor, a room."""
PLACE_LIMIT, NAME_LIMIT = 300, 60


@dataclass(frozen=True)
class Destination:
    """What is new about where an order goes; None: it stays."""

    receiver: str | None = None
    phone: str | None = None
    address: str | None = None


def read_destination(text: str, *, alone: bool = False) -> Destination | None:
    """What `text` tells of a new destination, None if nothing; `alone`: the text was asked for and is only that."""
    text = text[:PLACE_LIMIT]
    pattern = PHONE_ALONE if alone else PHONE
    found = pattern.search(text)
    phone = re.sub(r"[\s-]", "", found[0]) if found else None
    parts = [part.strip() for part in BETWEEN.split(pattern.sub("，", text)) if part.strip()]
    address = _address(parts)
    bare = alone and bool(phone or address)
    receiver = next((name for part in parts if (name := _name(part, bare=bare))), None)
    if phone and not (alone or receiver or address or LABEL_PHONE.search(text)):
        return None  # a proof, more likely than a wish
    return Destination(receiver, phone, address) if receiver or phone or address else None


def _address(parts: list[str]) -> str | None:
    """The first part that is a place; with what follows it, which spaces or commas part it from."""
    for index, part in enumerate(parts):
        if place := _place(part):
            more = parts[index + 1 :]
            if CHINESE.search(place):
                return "".join((place, *takewhile(GOES_ON.fullmatch, more)))[:PLACE_LIMIT]
            return ", ".join((place, *(one for one in more if not LABEL_NAME.match(one))))[:PLACE_LIMIT]
    return None


def _place(part: str) -> str | None:
    label = LABEL_PLACE.search(part)
    place = (part[label.end() :] if label else part).strip(" .。！!")
    marks = len(set(CHINESE_PLACE.findall(place))) if CHINESE.search(place) else 0
    english = ENGLISH_PLACE.search(place) and re.search(r"\d", place)
    if len(place) >= 4 and (marks >= 2 or english):
        return place
    return None


def _name(part: str, *, bare: bool) -> str | None:
    """The name a part says to be one; `bare`: also without saying so."""
    label = LABEL_NAME.search(part)
    if not label and (not bare or _place(part) or LABEL_PHONE.search(part) or LABEL_PLACE.search(part)):
        return None
    name = (part[label.end() :] if label else part).strip(" .。！!")
    fits = CHINESE_NAME.fullmatch(name) or ENGLISH_NAME.fullmatch(name)
    return name[:NAME_LIMIT] if fits else None
