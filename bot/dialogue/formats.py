"""Writes money and times the way the reader expects them."""

from __future__ import annotations

from datetime import datetime

from actions.shop import Money
from bot.messages import Language

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
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
