"""Whether a Chinese tax number is well formed: 18 characters with a check digit by GB 32100-2015, or 15 or 20."""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Without I, O, S, V and Z, which look like others."""
OLD = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{20}")
UNIFIED = re.compile(rf"[{ALPHABET}]{{18}}")


def is_tax_id(text: str) -> bool:
    """Whether a number, in capitals and without spaces, may be a tax number."""
    if UNIFIED.fullmatch(text):
        return text[-1] == check_digit(text[:-1])
    return bool(OLD.fullmatch(text))


def check_digit(body: str) -> str:
    """The last character of a unified social credit code by the 17 before it."""
    total = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return ALPHABET[-total % 31]
