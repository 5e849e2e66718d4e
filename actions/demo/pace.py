"""How long a shop takes for things, and how much faster the demo's time runs."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from actions.seed.load import read
from bot.messages import Model


class Pace(Model):
    factor: int
    hours: dict[str, int]
    completes_after_days: int

    def told(self, step: str) -> timedelta:
        """How long a shop takes for a step, and what shoppers are told."""
        return timedelta(hours=self.hours[step])

    def real(self, step: str) -> timedelta:
        """How long the demo takes for it."""
        return self.told(step) / self.factor

    @property
    def longest(self) -> timedelta:
        """After so long nothing follows any more from a request."""
        return 2 * timedelta(hours=sum(self.hours.values())) / self.factor


@cache
def pace() -> Pace:
    return Pace.model_validate(read("pace.yml"))
