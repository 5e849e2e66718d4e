"""The dispatcher brings waiting chats and free agents together, whenever either changes; any number may run at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from uuid import uuid4

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.messages import State
from bot.store.store import Store
from bot.wire import AGENTS, MOVES, Listener, Signal, Wire
from bot.wire import Moved as Asked
from handoff.broker import Agent, Broker, Moved, Outcome
from handoff.presence import Availability, Presence
from handoff.routing import SECOND, Candidate, Chat, Profile, Routing, is_last, make_pairs
from handoff.rules import DeskRules

log = logging.getLogger(__name__)

TICK = 2.0
"""Seconds after which it looks even if nothing happened: waits grow, pauses end, skills widen."""
PAGE = 200
"""Waiting chats looked at in one go: the head of the queue is what matters while few are free."""
FIELDS = ("place", "since", "topic", "reason", "channel", "language", "last_agent", "passed", "state")

Profiles = Callable[[], Awaitable[Sequence[Profile]]]


class Dispatcher:
    """`profiles`: the agents who may sign in and what they can do; `rules`: those that count now."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        wire: Wire,
        broker: Broker,
        presence: Presence,
        profiles: Profiles,
        rules: Callable[[], DeskRules],
    ) -> None:
        self._store = store
        self._clock = clock
        self._wire = wire
        self._broker = broker
        self._presence = presence
        self._profiles = profiles
        self._rules = rules

    async def dispatch_for_ever(self) -> None:
        new: Sequence[str] = ()
        with self._wire.follow(MOVES, AGENTS) as signals:
            while True:
                try:
                    await self.dispatch(new)
                except (RedisError, SQLAlchemyError, OSError) as error:
                    log.warning("chats are not dispatched: %s", type(error).__name__)
                new = await _next(signals)

    async def dispatch(self, new: Sequence[str] = ()) -> int:
        """Give or offer what can be given now. Returns how many found an agent; losing a race is nothing.

        `new`: only these chats are looked at, as nothing but their asking has changed since the last look. A chat that
        has come back from an agent is not new: there is room for others then.
        """
        rules = self._rules()
        if rules.routing.mode == "pull":
            return 0
        if new and not any(chat.passed for chat in await self._chats(new)):
            return await self._go_through(new, rules)
        return await self._go_through(await self._store.redis.zrange(self._store.keys.queue, 0, -1), rules)

    async def _go_through(self, ids: Sequence[str], rules: DeskRules) -> int:
        agents, done = await self._candidates() if ids else [], 0
        for start in range(0, len(ids), PAGE):
            if not any(agent.free > 0 and not agent.asked for agent in agents):
                break
            given = await self._pair(ids[start : start + PAGE], agents, rules)
            if given:
                agents = await self._candidates()
            done += given
        return done

    async def _pair(self, ids: Sequence[str], agents: Sequence[Candidate], rules: DeskRules) -> int:
        here = frozenset(agent.profile.id for agent in agents)
        chats = self._in_hours(await self._chats(ids), rules)
        pairs = make_pairs(chats, agents, here, self._clock.now(), rules.routing)
        outcomes = [await self._give(chat, profile, rules.routing) for chat, profile in pairs]
        return sum(isinstance(outcome, Moved) for outcome in outcomes)

    def _in_hours(self, chats: Sequence[Chat], rules: DeskRules) -> list[Chat]:
        """Those whose team is open now; the others keep their places."""
        now = self._clock.moment()
        here = {topic for topic in {chat.topic for chat in chats} if rules.is_open(topic, now)}
        return [chat for chat in chats if chat.topic in here]

    async def may_rest(self, agent: str) -> bool:
        """Whether others who are here and not away can do all that an agent can."""
        everyone = {profile.id: profile for profile in await self._profiles()}
        others = [one.profile for one in await self._candidates() if one.profile.id != agent]
        return agent in everyone and not is_last(everyone[agent], others)

    async def _give(self, chat: Chat, to: Profile, routing: Routing) -> Outcome:
        agent, command = Agent(to.id, to.name), uuid4().hex
        if routing.mode == "push":
            return await self._broker.assign(chat.id, agent, command, to.capacity)
        until = self._clock.now() + routing.countdown * SECOND
        return await self._broker.offer(chat.id, agent, command, to.capacity, until)

    async def _candidates(self) -> list[Candidate]:
        """Everybody who is here and not away."""
        online = set(await self._presence.online())
        availabilities, now = await self._presence.availabilities(), self._clock.now()
        nothing = Availability()
        here = [
            profile
            for profile in (await self._profiles() if online else ())
            if profile.id in online and availabilities.get(profile.id, nothing).takes(now)
        ]
        async with self._store.redis.pipeline(transaction=False) as pipe:
            for profile in here:
                pipe.scard(self._store.keys.load(profile.id))
            loads = await pipe.execute()
        return [
            _candidate(profile, int(load), availabilities.get(profile.id, nothing))
            for profile, load in zip(here, loads, strict=True)
        ]

    async def _chats(self, ids: Sequence[str]) -> list[Chat]:
        async with self._store.redis.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hmget(self._store.keys.conversation(id), FIELDS)
            found = await pipe.execute()
        return [_chat(id, *values[:-1]) for id, values in zip(ids, found, strict=True) if values[-1] == "queued"]


async def _next(signals: Listener) -> Sequence[str]:
    """Until something changed, or for a tick. Returns the chats that ask, if nothing else has changed."""
    heard: list[Signal | None] = [None]
    with suppress(TimeoutError):
        async with asyncio.timeout(TICK):
            heard = [await signals.get()]
    while not signals.empty():
        heard.append(signals.get_nowait())
    new = [one.conversation for one in heard if isinstance(one, Asked) and one.state is State.QUEUED]
    return new if len(new) == len(heard) else ()


def _candidate(profile: Profile, load: int, availability: Availability) -> Candidate:
    """An open offer takes a place."""
    asked = availability.offer is not None
    return Candidate(profile, load + asked, availability.given, asked)


def _chat(
    id: str,
    place: str | None,
    since: str | None,
    topic: str | None,
    reason: str | None,
    channel: str | None,
    language: str | None,
    last: str | None,
    passed: str | None,
) -> Chat:
    return Chat(
        id=id,
        place=int(float(place or 0)),
        since=int(since or 0),
        topic=topic or reason or "",
        channel=channel or "",
        language=language or "",
        last=last,
        passed=frozenset((passed or "").split()),
    )
