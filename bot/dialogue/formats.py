"""Writes money and times the way the reader expects them."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.values import Money
from bot.messages import Language

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CITIES: dict[str, dict[Language, str]] = {
    "Asia/Shanghai": {"zh-Hans": "北京时间", "zh-Hant": "北京時間", "en": "Beijing time"},
    "Asia/Hong_Kong": {"zh-Hans": "香港时间", "zh-Hant": "香港時間", "en": "Hong Kong time"},
    "Asia/Macau": {"zh-Hans": "澳门时间", "zh-Hant": "澳門時間", "en": "Macau time"},
    "Asia/Taipei": {"zh-Hans": "台北时间", "zh-Hant": "台北時間", "en": "Taipei time"},
}
"""What a time zone is called; one without a name here is called by its distance from UTC."""
SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$"}


def money(value: Money) -> str:
    """Two decimals behind the currency's sign, or behind its code where it has no sign of its own: ¥1,299.00."""
    return f"{SIGNS.get(value.currency, value.currency + ' ')}{value.amount / 100:,.2f}"


def day(language: Language, at: datetime) -> str:
    """The day in the time zone `at` carries: 11月21日, Nov 21."""
    if language == "en":
        return f"{MONTHS[at.month - 1]} {at.day}"
    return f"{at.month}月{at.day}日"


def moment(language: Language, at: datetime) -> str:
    """Day and time: 11月21日 14:05, Nov 21, 14:05."""
    between = ", " if language == "en" else " "
    return f"{day(language, at)}{between}{at:%H:%M}"


def zone(language: Language, at: datetime) -> str:
    """The time zone `at` carries: 北京时间, Beijing time, UTC+5:45."""
    names = CITIES.get(str(at.tzinfo))
    if names:
        return names[language]
    ahead = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    hours, minutes = divmod(abs(ahead), 60)
    return f"UTC{'-' if ahead < 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")


def coming(language: Language, at: datetime, now: datetime) -> str:
    """A moment to come, in the time zone it carries: 北京时间明天（周一） 09:00, tomorrow at 09:00 (Beijing time)."""
    days = (at.date() - now.astimezone(at.tzinfo).date()).days
    where = zone(language, at)
    if language == "en":
        when = ("today", "tomorrow")[days] if 0 <= days < 2 else f"on {WEEKDAYS[at.weekday()]}, {day(language, at)},"
        return f"{when} at {at:%H:%M} ({where})"
    week = "周" if language == "zh-Hans" else "週"
    weekday = f"（{week}{'一二三四五六日'[at.weekday()]}）"
    when = ("今天", f"明天{weekday}")[days] if 0 <= days < 2 else f"{day(language, at)}{weekday}"
    return f"{where}{when} {at:%H:%M}"
