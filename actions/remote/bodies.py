"""What the contract adds to the port's own values, so that both sides read the same bodies."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.messages import Model

KEY = "Idempotency-Key"
"""The header that has the key of what is asked: the same key again has no second effect and gets the same answer."""


class CodeWish(Model):
    key: str = Field(min_length=8, max_length=128)


class CodeSent(Model):
    """`to`: where the code went, masked; None: the order has no contact."""

    to: str | None


class CodeGuess(Model):
    code: str = Field(min_length=1, max_length=16)


class CodeChecked(Model):
    right: bool


class Fault(Model):
    code: Literal["unauthorized", "not_found", "bad_request", "unavailable", "too_large"]
    message: str


class Failure(Model):
    """The one shape of every error."""

    error: Fault
