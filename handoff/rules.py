"""The desk's rules: what its leads set in the workspace, as data. One model, checked whole, kept by version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from bot.messages import Model
from handoff.afterwards import RatingRules, WrapUpRules
from handoff.checks import CheckRules
from handoff.hours import Calendar, is_open, look_up_holidays, next_opening
from handoff.routing import CAPACITY, AgentRules, Profile, Routing
from handoff.service import Service
from handoff.tickets import TicketRules
from handoff.triggers import SHIPPED, Trigger, check_always_reached

Skill = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_:.-]{0,39}$")]
TEAMS = 100
AGENTS = 1_000
TRIGGERS = 50


class Closed(Model):
    """What a shopper may choose outside of the opening hours, besides staying with the bot."""

    wait: bool = True
    message: bool = True

    @model_validator(mode="after")
    def _check_choice(self) -> Self:
        if not (self.wait or self.message):
            raise ValueError("waiting or leaving a message has to be possible")
        return self


class DeskRules(Model):
    """`hours`: when the desk is there; `teams`: the hours of single skills, where they differ.

    `routing`: how chats find agents; `agents`: what single agents can do, by their id; `service`: how fast chats are
    answered; `triggers`: when the bot hands over, the first that matches; `tickets`: how fast tickets are; `ratings`
    and `wrapup`: what follows a chat; `checks`: which chats are scored, and by what.
    """

    hours: Calendar = Calendar()
    teams: dict[Skill, Calendar] = Field({}, max_length=TEAMS)
    closed: Closed = Closed()
    routing: Routing = Routing()
    agents: dict[Annotated[str, Field(max_length=32)], AgentRules] = Field({}, max_length=AGENTS)
    service: Service = Service()
    triggers: tuple[Trigger, ...] = Field(SHIPPED, max_length=TRIGGERS)
    tickets: TicketRules = TicketRules()
    ratings: RatingRules = RatingRules()
    wrapup: WrapUpRules = WrapUpRules()
    checks: CheckRules = CheckRules()

    @field_validator("triggers")
    @classmethod
    def _check_triggers(cls, triggers: tuple[Trigger, ...]) -> tuple[Trigger, ...]:
        check_always_reached(triggers)
        return triggers

    def calendar(self, skill: str | None) -> Calendar:
        """The opening hours of a skill."""
        return self.teams.get(skill, self.hours) if skill else self.hours

    def is_open(self, skill: str | None, instant: datetime) -> bool:
        return is_open(self.calendar(skill), instant)

    def next_opening(self, skill: str | None, instant: datetime) -> datetime | None:
        """When the skill is there again, in its time zone; now if it is, None if not for a long time."""
        return next_opening(self.calendar(skill), instant)

    def counted_from(self, skill: str | None, since: int) -> int:
        """From when a wait since `since` counts (ms since the epoch): when closed then, from the opening after it."""
        opening = self.next_opening(skill, datetime.fromtimestamp(since / 1000, UTC))
        return max(since, int(opening.timestamp() * 1000)) if opening else since

    def capacity(self, agent: str) -> int:
        """Chats an agent holds at once."""
        return self.agents[agent].capacity if agent in self.agents else CAPACITY

    def profile(self, id: str, name: str) -> Profile:
        """An agent as the dispatcher sees them."""
        able = self.agents.get(id, AgentRules())
        skills = {kind: frozenset(getattr(able, kind)) for kind in ("topics", "channels", "languages")}
        return Profile(id, name, capacity=able.capacity, **skills)

    def look_up_holidays(self) -> None:
        """Have the holidays of all regions at hand: the first look at one takes up to a second."""
        for calendar in (self.hours, *self.teams.values()):
            look_up_holidays(calendar.region)
