"""Whether two ways to run one model give the same answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOLERANCE = 1e-3  # of confidences


@dataclass(frozen=True)
class Answer:
    """What is compared; entities are (name, value, start, end)."""

    intent: str | None
    confidence: float
    entities: tuple[tuple[str, str, int, int], ...]


def differences(texts: Sequence[str], wanted: Sequence[Answer], found: Sequence[Answer]) -> list[str]:
    """A line for each text with another intent, a confidence further off than the tolerance, or other entities."""
    pairs = zip(texts, wanted, found, strict=True)
    return [f"{text!r}: {one} but {other}" for text, one, other in pairs if not _same(one, other)]


def same_intents(wanted: Sequence[Answer], found: Sequence[Answer]) -> float:
    """The share of texts with the same intent."""
    return sum(a.intent == b.intent for a, b in zip(wanted, found, strict=True)) / len(wanted)


def _same(one: Answer, other: Answer) -> bool:
    near = abs(one.confidence - other.confidence) <= TOLERANCE
    return near and (one.intent, one.entities) == (other.intent, other.entities)
