"""Spares a shop that is down, and everybody who would wait for it: after some failures in a row, calls fail at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from actions.shop import ShopFailed

FAILURES = 5
"""In a row, until calls fail at once."""
REST = 5.0
"""Seconds until one call may try again."""


class Circuit:
    """`clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around a call. Raises `ShopFailed` without making it while the shop rests."""
        now = self._clock()
        if self._failures >= FAILURES:
            if now < self._until:
                raise ShopFailed("the shop has failed several times in a row and is left alone for a moment")
            self._until = now + REST  # this call looks whether it is back, the others go on failing
        try:
            yield
        except ShopFailed:
            self._failures += 1
            self._until = self._clock() + REST
            raise
        self._failures = 0
