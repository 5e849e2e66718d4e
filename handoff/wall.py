"""What the live wall shows besides the feed: today's figures, and how many chats each agent takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.clock import Clock
from bot.messages import Model
from handoff.broker import Agent
from handoff.report import Reports, Times
from handoff.rules import DeskRules

FRESH = 5_000
"""ms for which all walls are shown the same figures."""


class Today(Model):
    """The day so far, as in `handoff.report.Report`; `capacity`: chats at once, by agent; `at`: ms of the count."""

    at: int
    came: int
    asked: int
    answered: int
    within: int
    level: int
    waits: Times
    first_reply: Times
    capacity: dict[str, int]


class Wall:
    """`colleagues`: the agents who take chats; `rules`: those that count now."""

    def __init__(
        self,
        reports: Reports,
        colleagues: Callable[[], Awaitable[Sequence[Agent]]],
        rules: Callable[[], DeskRules],
        clock: Clock,
    ) -> None:
        self._reports = reports
        self._colleagues = colleagues
        self._rules = rules
        self._clock = clock
        self._counting = asyncio.Lock()
        self._known: Today | None = None

    async def today(self) -> Today:
        """The figures, counted once for all who look within `FRESH`."""
        async with self._counting:
            if self._known is None or self._known.at + FRESH <= self._clock.now():
                self._known = await self._count()
            return self._known

    async def _count(self) -> Today:
        at, rules = self._clock.now(), self._rules()
        report = await self._reports.make(self._reports.span(None, None))
        figures = report.model_dump(include=set(Today.model_fields) - {"at", "capacity"})
        capacity = {agent.id: rules.capacity(agent.id) for agent in await self._colleagues()}
        return Today(at=at, capacity=capacity, **figures)
