"""How long somebody in line may still wait, judged by how long those before them did. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MINUTE = 60_000
"""ms"""
SAMPLE = 5
"""Waits that have to be known before anything is said."""
RECENT = 2 * 60 * MINUTE
"""ms; what was long ago says nothing about now."""
QUICK, SLOW = 0.25, 0.9
"""Of ten like this, one may wait longer than we say, and two or three less."""
LONGEST = 240
"""Minutes; whoever may wait longer is better told nothing than that."""


@dataclass(frozen=True)
class Wait:
    """Somebody who joined the line at `place` (from 1) was answered at `at`, after `waited`; both in ms."""

    at: int
    waited: int
    place: int


def estimate(waits: Iterable[Wait], place: int, now: int) -> tuple[int, int] | None:
    """Minutes, at least and at most, that somebody at `place` will probably wait; None if too little is known.

    What is compared is the time a place took: the line of now may be longer than the line of then.
    """
    paces = sorted(wait.waited / max(1, wait.place) for wait in waits if now - RECENT <= wait.at <= now)
    if len(paces) < SAMPLE:
        return None
    least = math.floor(_quantile(paces, QUICK) * place / MINUTE)
    most = max(1, math.ceil(_quantile(paces, SLOW) * place / MINUTE))
    return (least, most) if most <= LONGEST else None


def _quantile(ordered: list[float], share: float) -> float:
    """The value that `share` of the others do not exceed; always one that was measured."""
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]
