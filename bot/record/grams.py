"""What a text is found by: every two signs that stand together in it, which works for Chinese and for words alike."""

from __future__ import annotations

LENGTH = 2


def fold(text: str) -> str:
    """The text as it is compared: in one case, with single blanks."""
    return " ".join(text.casefold().split())


def grams(text: str) -> frozenset[str]:
    """The pairs of signs in a text, blanks left out; a sign alone where there are no two."""
    found = {pair for word in fold(text).split() for pair in _pairs(word)}
    return frozenset(found)


def _pairs(word: str) -> list[str]:
    if len(word) < LENGTH:
        return [word]
    return [word[at : at + LENGTH] for at in range(len(word) - LENGTH + 1)]
