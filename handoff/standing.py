"""Where somebody stands who waits for a human: the place in line, how long it may take, and whether we are here."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

from redis.exceptions import RedisError

from bot.clock import Clock
from bot.messages import Conversation
from bot.wire import Wire
from handoff.estimate import estimate
from handoff.lineup import Lineups
from handoff.rulebook import Rulebook
from handoff.waits import Waits

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0
"""Seconds between two looks at the opening hours."""


@dataclass(frozen=True)
class Standing:
    """`place` counts from 1, among those who wait for the same agents; `wait`: minutes, at least and at most.

    `wait` is None where it cannot be told. `here`: whether the team is open now; if not, `opens` is when it is again,
    in its time zone, as far as known.
    """

    place: int
    wait: tuple[int, int] | None = None
    here: bool = True
    opens: datetime | None = None


class Standings:
    def __init__(self, lineups: Lineups, clock: Clock, book: Rulebook, waits: Waits) -> None:
        self._lineups = lineups
        self._clock = clock
        self._book = book
        self._waits = waits

    async def of(self, conversation: Conversation) -> Standing | None:
        """Where a conversation stands; None when it waits for nobody."""
        place = (await self._lineups.newest()).places.get(conversation.id) if conversation.state.waits else None
        return await self.at(place, conversation.skill) if place else None

    async def newcomer(self, skill: str | None) -> Standing:
        """Where somebody stands who asks for a human now."""
        return await self.at((await self._lineups.newest()).newcomer(skill or ""), skill)

    async def at(self, place: int, skill: str | None) -> Standing:
        rules, now = self._book.rules, self._clock.moment()
        if not rules.is_open(skill, now):
            return Standing(place, here=False, opens=rules.next_opening(skill, now))
        return Standing(place, estimate(await self._waits.latest(skill), place, self._clock.now()))

    def open_teams(self) -> frozenset[str]:
        """The teams with hours of their own that are here now; the others together are `""`."""
        rules, now = self._book.rules, self._clock.moment()
        return frozenset(skill for skill in ("", *rules.teams) if rules.is_open(skill, now))


async def tell_openings_for_ever(standings: Standings, wire: Wire) -> None:
    """Whoever waits hears when a team opens or closes, as if the line had moved."""
    before = standings.open_teams()
    while True:
        await asyncio.sleep(LOOK_EVERY)
        now = standings.open_teams()
        if now == before:
            continue
        try:
            await wire.queue_changed()
            before = now
        except (RedisError, OSError) as error:
            log.warning("an opening is not told yet: %s", type(error).__name__)
