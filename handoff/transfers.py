"""Passes a chat on: to a colleague who is here and has room, or to whoever can do something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.messages import Language, Model
from bot.store.store import Store
from handoff.broker import Agent, Broker, Outcome, Refused, read_outcome
from handoff.dispatcher import Profiles
from handoff.presence import Availability, Presence, Status, status_of
from handoff.routing import SECOND, Word
from handoff.rules import DeskRules


class SkillWanted(Model):
    """What the next agent has to be able to do; what is None stays as it is."""

    topic: Word | None = None
    language: Language | None = None

    @property
    def named(self) -> dict[str, str]:
        return {name: value for name, value in self.model_dump(mode="json").items() if value}


@dataclass(frozen=True)
class Colleague:
    """An agent as somebody sees them who wants to pass a chat on. `load`: chats held, or being asked to take."""

    id: str
    name: str
    status: Status
    load: int
    capacity: int
    topics: tuple[str, ...]


class Transfers:
    """`profiles`: the agents who may sign in; `rules`: those that count now."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        broker: Broker,
        presence: Presence,
        profiles: Profiles,
        rules: Callable[[], DeskRules],
    ) -> None:
        self._store = store
        self._clock = clock
        self._broker = broker
        self._presence = presence
        self._profiles = profiles
        self._rules = rules

    async def to_agent(self, id: str, agent: Agent, command: str, to: str, note: str) -> Outcome:
        """Give the chat to a colleague, or ask them first where the desk offers its chats.

        Refused, besides what the move is refused for: `self`, `unknown_agent`, `gone` (not here now).
        """
        if known := await self._store.result(f"{agent.id}:{command}"):
            return read_outcome(known)
        if to == agent.id:
            return Refused("self")
        found = next((profile for profile in await self._profiles() if profile.id == to), None)
        if found is None:
            return Refused("unknown_agent")
        if to not in await self._presence.online():
            return Refused("gone")
        routing = self._rules().routing
        until = self._clock.now() + routing.countdown * SECOND if routing.mode == "offer" else None
        return await self._broker.transfer(id, agent, command, Agent(found.id, found.name), note, until)

    async def to_skill(self, id: str, agent: Agent, command: str, skill: SkillWanted, note: str) -> Outcome:
        """Put the chat back into the queue, at its old place."""
        return await self._broker.transfer_to_skill(id, agent, command, skill.named, note)

    async def colleagues(self, of: str) -> list[Colleague]:
        """Everybody else; who takes chats now first, and of these who has the most room."""
        online = frozenset(await self._presence.online())
        known, nothing = await self._presence.availabilities(), Availability()
        profiles = [profile for profile in await self._profiles() if profile.id != of]
        async with self._store.redis.pipeline(transaction=False) as pipe:
            for profile in profiles:
                pipe.scard(self._store.keys.load(profile.id))
            loads = await pipe.execute()
        found = []
        for profile, load in zip(profiles, loads, strict=True):
            at_hand = known.get(profile.id, nothing)
            status = status_of(profile.id, online, at_hand)
            held = int(load) + (at_hand.offer is not None)
            topics = tuple(sorted(profile.topics))
            found.append(Colleague(profile.id, profile.name, status, held, profile.capacity, topics))
        order = list(Status)
        return sorted(found, key=lambda one: (order.index(one.status), one.load - one.capacity, one.name))
