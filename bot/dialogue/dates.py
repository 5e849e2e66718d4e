"""Reads the day somebody names, and notices one that is in no calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = rf"({'|'.join(MONTHS)})[a-z]*\.?"
CHINESE = re.compile(r"(?:(20\d{2})\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]?")
ISO = re.compile(r"(?<!\d)(20\d{2})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
ENGLISH = re.compile(rf"\b{MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\b", re.I)
ENGLISH_TURNED = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH}(?![a-z])", re.I)
NEAR = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "後天": 2, "today": 0, "tomorrow": 1}
PASSED = timedelta(days=180)
"""A day without a year that long ago is the next year's."""


@dataclass(frozen=True)
class Day:
    """A day as it was written; `day` is None where the calendar has none."""

    written: str
    day: date | None


def read_day(text: str, now: datetime) -> Day | None:
    """The first day named in `text`, None if there is none."""
    for word, ahead in NEAR.items():
        if word in text.lower():
            return Day(word, now.date() + timedelta(days=ahead))
    if found := ISO.search(text):
        return Day(found[0], _day(int(found[1]), int(found[2]), int(found[3])))
    if found := CHINESE.search(text):
        return _of(found[0], found[1], int(found[2]), int(found[3]), now)
    if found := ENGLISH.search(text):
        return _of(found[0], None, _month(found[1]), int(found[2]), now)
    if found := ENGLISH_TURNED.search(text):
        return _of(found[0], None, _month(found[2]), int(found[1]), now)
    return None


def _month(name: str) -> int:
    return MONTHS.index(name[:3].lower()) + 1


def _of(written: str, year: str | None, month: int, day: int, now: datetime) -> Day:
    found = _day(int(year) if year else now.year, month, day)
    if found and not year and now.date() - found > PASSED:
        found = _day(now.year + 1, month, day)
    return Day(written.strip(), found)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
