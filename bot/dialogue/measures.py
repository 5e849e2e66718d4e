"""Reads heights, weights and foot lengths, in the units people use: "170 60公斤", "5'7\", 130 lb", "脚长24.5厘米"."""

from __future__ import annotations

import re
from dataclasses import dataclass

LB, JIN, INCH = 0.4536, 0.5, 2.54
HEIGHTS, WEIGHTS, FEET = range(50, 231), range(10, 201), range(100, 331)
"""What a height in cm, a weight in kg and a foot in mm may be."""
_FEET = re.compile(r"(\d)\s*(?:'|’|′|ft|feet|foot|英尺)\s*(\d{1,2})?\s*(?:\"|”|″|''|in(?:ch(?:es)?)?|英寸)?", re.I)
_METRES = re.compile(r"(?<![\d.])([12])\s*(?:\.(\d{1,2})\s*(?:m|米)?|[m米](\d{1,2})?)(?![\d.]|\s*(?:kg|公斤|斤))", re.I)
_SPOKEN = re.compile(r"一米([四五六七八九])([一二三四五六七八九])?")
_CM = re.compile(r"(\d{2,3}(?:\.\d)?)\s*(?:cm|厘米|公分)", re.I)
_KG = re.compile(r"(\d{2,3}(?:\.\d)?)\s*(?:kg|kilos?|公斤|千克)", re.I)
_JIN = re.compile(r"(\d{2,3})(?:\.\d)?\s*(?:斤)")
_LB = re.compile(r"(\d{2,3})(?:\.\d)?\s*(?:lbs?|pounds?|磅)", re.I)
_FOOT = re.compile(r"(?:脚长?|腳長?|foot|feet)\D{0,8}?(\d{2,3}(?:\.\d)?)\s*(mm|毫米|公厘|cm|厘米|公分)?", re.I)
_HEIGHT = re.compile(r"(?:身高|高|height|tall)\D{0,6}?(\d{3})", re.I)
_WEIGHT = re.compile(r"(?:体重|體重|重|weight|weigh)\D{0,6}?(\d{2,3})", re.I)
_PAIR = re.compile(r"(?<!\d)(1[3-9]\d|2[0-2]\d)\D{1,4}(\d{2,3})(?!\d)")


@dataclass(frozen=True)
class Measures:
    """`height` in cm, `weight` in kg, `foot` in mm."""

    height: int | None = None
    weight: int | None = None
    foot: int | None = None

    def __bool__(self) -> bool:
        return any((self.height, self.weight, self.foot))


def read_measures(text: str) -> Measures:
    """What a text tells of somebody's body; what nobody measures is left out."""
    foot = _foot(text)
    rest = _FOOT.sub(" ", text) if foot else text
    height, weight = _height(rest), _weight(rest)
    if height is not None and FEET.start <= height * 10 < FEET.stop:
        return Measures(foot=round(height * 10))
    if (pair := _PAIR.search(rest)) and height in (None, int(pair[1])):
        height = int(pair[1])
        weight = weight if weight is not None else int(pair[2])
    return Measures(_within(height, HEIGHTS), _within(weight, WEIGHTS), _within(foot, FEET))


def read_foot(text: str) -> int | None:
    """A length alone ("24.5"), where a foot was asked for."""
    found = re.fullmatch(r"\D{0,4}(\d{2,3}(?:\.\d)?)\D{0,4}", text)
    length = float(found[1]) if found else 0.0
    return _within(length if length >= FEET.start else length * 10, FEET)


def _within(value: float | None, among: range) -> int | None:
    return round(value) if value is not None and round(value) in among else None


def _foot(text: str) -> float | None:
    if not (found := _FOOT.search(text)):
        return None
    length = float(found[1])
    return length if (found[2] or "").lower() in ("mm", "毫米", "公厘") or length >= FEET.start else length * 10


def _height(text: str) -> float | None:
    if found := _CM.search(text) or _HEIGHT.search(text):
        return float(found[1])
    if found := _SPOKEN.search(text):
        return 100.0 + 10 * "零一二三四五六七八九".index(found[1]) + "零一二三四五六七八九".index(found[2] or "零")
    if found := _METRES.search(text):
        part = found[2] or found[3] or "0"
        return int(found[1]) * 100 + int(part.ljust(2, "0"))
    if found := _FEET.search(text):
        return (int(found[1]) * 12 + int(found[2] or 0)) * INCH
    return None


def _weight(text: str) -> float | None:
    for pattern, unit in ((_KG, 1.0), (_JIN, JIN), (_LB, LB), (_WEIGHT, 1.0)):
        if found := pattern.search(text):
            return float(found[1]) * unit
    return None
