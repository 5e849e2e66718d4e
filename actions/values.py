"""The values that everything about a shop is made of."""

from __future__ import annotations

from bot.messages import Language, Model

Words = dict[Language, str]
"""The same thing said in every language we speak."""


class Money(Model):
    amount: int
    currency: str = "CNY"
