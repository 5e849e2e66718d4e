"""When a team is there: its week, public holidays and days of its own, and whether a moment lies in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from bot.messages import Model

DAY = timedelta(days=1)
MINUTES_A_DAY = 1_440
HORIZON = 60
"""Days that the next opening is looked for: longer than any holiday."""
WINDOWS_A_DAY = 8
OWN_DAYS = 400
TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


def minutes_of(time_of_day: str) -> int:
    """Minutes since midnight of `HH:MM`; of `24:00` they are a whole day's."""
    hours, minutes = time_of_day.split(":")
    return int(hours) * 60 + int(minutes)


def _check_time(value: str) -> str:
    if not TIME_OF_DAY.fullmatch(value):
        raise ValueError("a time is written HH:MM, from 00:00 to 24:00")
    return value


def _check_zone(value: str) -> str:
    if value not in zones():
        raise ValueError("there is no such time zone; one is written as Asia/Shanghai")
    return value


def _check_region(value: str) -> str:
    if value not in regions():
        raise ValueError("the holidays of this region are not known; a region is written as CN, HK or TW")
    return value


@cache
def zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(available_timezones())


TimeOfDay = Annotated[str, AfterValidator(_check_time)]


class Window(Model):
    """Open from one time of day to another; up to one that is not later, it lasts into the next day."""

    opens: TimeOfDay
    closes: TimeOfDay

    @property
    def span(self) -> tuple[int, int]:
        """Minutes from the midnight its day begins with; the end may lie in the next day."""
        opens, closes = minutes_of(self.opens), minutes_of(self.closes)
        return opens, closes if closes > opens else closes + MINUTES_A_DAY


def _check_apart(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """The windows in order. What lies between two is a break, so they may touch but not overlap."""
    ordered = tuple(sorted(windows, key=lambda window: window.span))
    for window in ordered:
        if window.opens in ("24:00", window.closes):
            raise ValueError(f"{window.opens}-{window.closes} is no time at all; a whole day is 00:00-24:00")
    for one, next_one in pairwise(ordered):
        if next_one.span[0] < one.span[1]:
            raise ValueError(f"{one.opens}-{one.closes} and {next_one.opens}-{next_one.closes} overlap")
    return ordered


Windows = Annotated[tuple[Window, ...], Field(max_length=WINDOWS_A_DAY), AfterValidator(_check_apart)]
Week = Annotated[tuple[Windows, ...], Field(min_length=7, max_length=7)]
ROUND_THE_CLOCK = (Window(opens="00:00", closes="24:00"),)


class Calendar(Model):
    """When a team is there, in the time zone `zone`.

    `week`: the windows of each day from Monday on, which belong to the day they open on. `region` (as `CN`, `HK`): on
    its public holidays the windows are those of `holiday`, on days worked in exchange those of `makeup` (Monday's if
    None). `days`: the windows of single days, whatever else they are.
    """

    zone: Annotated[str, AfterValidator(_check_zone)] = "Asia/Shanghai"
    week: Week = (ROUND_THE_CLOCK,) * 7
    region: Annotated[str, AfterValidator(_check_region)] | None = None
    holiday: Windows = ()
    makeup: Windows | None = None
    days: dict[date, Windows] = Field({}, max_length=OWN_DAYS)

    @property
    def time_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows that open on a day."""
        if day in self.days:
            return self.days[day]
        match kind_of(self.region, day):
            case DayKind.HOLIDAY:
                return self.holiday
            case DayKind.MAKEUP:
                return self.week[0] if self.makeup is None else self.makeup
        return self.week[day.weekday()]


def is_open(calendar: Calendar, instant: datetime) -> bool:
    """Whether a moment (with a time zone, whichever) lies in a window: its first moment does, its last does not.

    Where clocks are put back, a time that comes twice is the first of the two; where they are put forward, a time that
    they skip is as long after the change as it would have been. So windows are never cut in two.
    """
    return any(opens <= instant < closes for opens, closes in _near(calendar, instant))


def next_opening(calendar: Calendar, instant: datetime) -> datetime | None:
    """The first open moment from `instant` on, in the calendar's time zone; None if there is none for HORIZON days."""
    return instant.astimezone(calendar.time_zone) if is_open(calendar, instant) else next_change(calendar, instant)


def next_change(calendar: Calendar, instant: datetime) -> datetime | None:
    """The first moment after `instant` at which it opens or closes; None if there is none for HORIZON days.

    The days after are looked at too: where a zone leaves out a whole day, its windows come later than the next one's.
    """
    open_now = is_open(calendar, instant)

    def changes(first: date, days: int) -> list[datetime]:
        edges = (edge for span in spans(calendar, first, days) for edge in span)
        return [edge for edge in edges if edge > instant and is_open(calendar, edge) is not open_now]

    today = instant.astimezone(calendar.time_zone).date()
    for day in (today + ahead * DAY for ahead in range(-2, HORIZON)):
        if changes(day, days=1):
            return min(changes(day, days=3)).astimezone(calendar.time_zone)
    return None


def _near(calendar: Calendar, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Every window a moment may lie in: those of its day and of its neighbours, for clocks change at midnight too."""
    return spans(calendar, instant.astimezone(calendar.time_zone).date() - 2 * DAY, days=4)


def spans(calendar: Calendar, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    """First and last moment (UTC) of the windows of `days` days; one that a change of clocks leaves empty is none."""
    for day in (first + ahead * DAY for ahead in range(days)):
        for window in calendar.windows_on(day):
            opens, closes = (_moment(day, minutes, calendar.time_zone) for minutes in window.span)
            if opens < closes:
                yield opens, closes


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, minutes = divmod(minutes, MINUTES_A_DAY)
    return datetime.combine(day + days * DAY, time(*divmod(minutes, 60)), zone).astimezone(UTC)


class DayKind(StrEnum):
    HOLIDAY = "holiday"
    MAKEUP = "makeup"
    """worked in exchange for a day of a long holiday (调休)"""


@cache
def regions() -> frozenset[str]:
    """The regions whose holidays are known, by their ISO 3166 code."""
    import holidays  # half a second: only for those who use it

    return frozenset(holidays.list_supported_countries(include_aliases=False))


@cache
def _holidays_of(region: str) -> Any:
    import holidays

    return holidays.country_holidays(region)


def look_up_holidays(region: str | None) -> None:
    """Have a region's holidays at hand: the first look takes up to a second, the others microseconds."""
    if region is not None:
        _holidays_of(region)


def kind_of(region: str | None, day: date) -> DayKind | None:
    """What a day is by its region's public holidays; None for an ordinary one.

    In China a weekend that touches a holiday is part of it: those announced leave it out, as nobody works then anyway.
    """
    if region is None:
        return None
    known = _holidays_of(region)
    if day in known:
        return DayKind.HOLIDAY
    if day in known.weekend_workdays:
        return DayKind.MAKEUP
    if region == "CN" and day.weekday() >= 5 and any(_touches_holiday(known, day, step) for step in (DAY, -DAY)):
        return DayKind.HOLIDAY
    return None


def _touches_holiday(known: Any, day: date, step: timedelta) -> bool:
    while day.weekday() >= 5 and day not in known and day not in known.weekend_workdays:
        day += step
    return day in known
