"""The whole floor against its invariants: whatever people, dispatchers, timers and the clock do, nobody is lost."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bot.messages import State
from handoff.broker import Agent, Moved
from handoff.ownership import Command, rows
from handoff.routing import Routing
from handoff.transfers import SkillWanted
from tests.handoff.floor import ADA, LIN, MEI, Floor
from tests.machine import StoreMachine

AGENTS = [LIN, MEI, ADA]
CAPACITY = 2
CONVERSATIONS = [f"c{n}" for n in range(8)]
BY_HAND = [
    *(Command.CLAIM, Command.DECLINE, Command.REPLY),
    *(Command.HAND_BACK, Command.CLOSE, Command.REQUEUE),
]
agents = st.sampled_from(AGENTS)
conversations = st.sampled_from(CONVERSATIONS)


class FloorModel(StoreMachine):
    """`places`: where each waiting conversation stood when its episode began."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(self.store, Routing())
        self.ids = (f"command{number}" for number in itertools.count())
        self.places: dict[str, tuple[int, int]] = {}
        self.last: tuple[Any, ...] | None = None

    @initialize(mode=st.sampled_from(["push", "offer"]), balance=st.sampled_from(["least_active", "round_robin"]))
    def opens(self, mode: Any, balance: Any) -> None:
        self.floor.routing = Routing(mode=mode, balance=balance)

    @rule(id=conversations, reason=st.sampled_from(["asked", "complaint", "failure"]), level=st.integers(0, 9))
    def human_is_asked_for(self, id: str, reason: str, level: int) -> None:
        self.run(self.floor.ask(id, reason, level))

    @rule(id=conversations, agent=agents, to=agents)
    def agent_passes_it_on(self, id: str, agent: Agent, to: Agent) -> None:
        self.pass_on(id, self.floor.transfers.to_agent(id, agent, next(self.ids), to.id, "请看一下"))

    @rule(id=conversations, agent=agents, topic=st.sampled_from(["returns", "price"]))
    def agent_passes_it_to_a_skill(self, id: str, agent: Agent, topic: str) -> None:
        skill = SkillWanted(topic=topic)
        self.pass_on(id, self.floor.transfers.to_skill(id, agent, next(self.ids), skill, "请看一下"))

    def pass_on(self, id: str, transfer: Any) -> None:
        """A transfer leaves a chat with an agent or in line; a refused one changes nothing."""
        before = self.run(self.floor.conversation(id))
        outcome = self.run(transfer)
        after = self.run(self.floor.conversation(id))
        if isinstance(outcome, Moved):
            assert after.state.with_humans and after.agent != before.agent
            assert (after.episode, after.place) == (before.episode, before.place)
            assert (before.agent or "") in after.passed.split()
        else:
            assert after == before

    @rule(id=conversations, agent=agents, seconds=st.integers(1, 900))
    def agent_puts_it_aside(self, id: str, agent: Agent, seconds: int) -> None:
        self.run(self.floor.broker.snooze(id, agent, next(self.ids), self.floor.now + seconds * 1_000))

    @invariant()
    def what_is_put_aside_is_an_agents(self) -> None:
        for id in CONVERSATIONS:
            known = self.run(self.floor.conversation(id))
            assert not known.snoozed_until or known.state is State.ASSIGNED

    @rule(id=conversations)
    def shopper_comes_back_to_who_closed(self, id: str) -> None:
        before = self.run(self.floor.conversation(id))
        agent = next((one for one in AGENTS if one.id == before.last_agent), None)
        if before.closed_at and agent:
            self.run(self.floor.write(id))
            before = self.run(self.floor.conversation(id))
            self.run(self.floor.broker.reopen(before, agent, next(self.ids)))

    @rule(id=conversations)
    def shopper_writes(self, id: str) -> None:
        self.run(self.floor.write(id))

    @rule(id=conversations)
    def shopper_leaves_the_queue(self, id: str) -> None:
        move: dict[str, Any] = {"now": self.floor.now, "rows": rows(Command.LEAVE)}
        self.run(self.floor.store.run("act", id, next(self.ids), **move))

    @rule(agent=agents)
    def agent_beats(self, agent: Agent) -> None:
        self.run(self.floor.presence.beat(agent.id))

    @rule(agent=agents)
    def agent_closes_the_window(self, agent: Agent) -> None:
        self.run(self.floor.presence.leave(agent.id))

    @rule(agent=agents, away=st.booleans())
    def agent_goes_away_or_comes_back(self, agent: Agent, away: bool) -> None:
        presence = self.floor.presence
        self.run((presence.rest if away else presence.resume)(agent.id))

    @rule(id=conversations, agent=agents, command=st.sampled_from(BY_HAND))
    def agent_commands(self, id: str, agent: Agent, command: Command) -> None:
        self.last = (id, agent, command, next(self.ids))
        self.carry_out(*self.last)

    @precondition(lambda self: self.last is not None)
    @rule()
    def lost_answer_is_asked_for_again(self) -> None:
        assert self.last
        before = self.run(self.floor.conversation(self.last[0]))
        self.carry_out(*self.last)
        assert self.run(self.floor.conversation(self.last[0])) == before

    @rule()
    def two_dispatchers_work_at_once(self) -> None:
        async def both() -> None:
            await asyncio.gather(*(dispatcher.dispatch() for dispatcher in self.floor.dispatchers))

        self.run(both())

    @rule(seconds=st.integers(-20, 700))
    def the_clock_jumps(self, seconds: int) -> None:
        self.floor.now += seconds * 1_000

    @rule(seconds=st.integers(0, 60))
    def time_passes(self, seconds: int) -> None:
        self.run(self.floor.after(seconds))

    @rule()
    def everybody_works_and_the_line_ends(self) -> None:
        """Nobody starves: with agents here who finish what they get, each waiting chat is served."""
        self.run(self.work_off())
        assert self.run(self.store.redis.zcard(self.floor.store.keys.queue)) == 0

    async def work_off(self) -> None:
        for agent in AGENTS:
            await self.floor.presence.resume(agent.id)
        for _ in range(12):
            for agent in AGENTS:
                await self.floor.presence.beat(agent.id)
            await self.floor.dispatchers[0].dispatch()
            for id in CONVERSATIONS:
                await self.finish(id)
            self.floor.now += 20_000

    async def finish(self, id: str) -> None:
        known = await self.floor.conversation(id)
        agent = Agent(known.agent or "", "")
        if known.state is State.OFFERED:
            assert isinstance(await self.floor.broker.claim(id, agent, next(self.ids)), Moved)
        if known.state in (State.OFFERED, State.ASSIGNED):
            assert isinstance(await self.floor.broker.close(id, agent, next(self.ids)), Moved)

    def carry_out(self, id: str, agent: Agent, command: Command, command_id: str) -> None:
        texts = ("好的",) if command is Command.REPLY else ()
        self.run(getattr(self.floor.broker, command)(id, agent, command_id, *texts))

    def everything(self) -> dict[str, Any]:
        async def read() -> list[Any]:
            return await asyncio.gather(*(self.floor.conversation(id) for id in CONVERSATIONS))

        return {known.id: known for known in self.run(read())}

    @invariant()
    def each_conversation_is_in_exactly_the_lists_of_its_owner(self) -> None:
        keys, known = self.floor.store.keys, self.everything()
        assert set(self.run(self.store.redis.zrange(keys.queue, 0, -1))) == {
            id for id, c in known.items() if c.state.waits
        }
        shown = {id for id, c in known.items() if c.state.with_humans}
        assert set(self.run(self.store.redis.zrange(keys.open, 0, -1))) == shown
        for agent in AGENTS:
            held = self.run(self.store.redis.smembers(keys.load(agent.id)))
            assert held == {id for id, c in known.items() if c.state is State.ASSIGNED and c.agent == agent.id}

    @invariant()
    def nobody_has_more_than_they_can_hold_and_one_offer_at_most(self) -> None:
        known = self.everything()
        availabilities = self.run(self.floor.presence.availabilities())
        for agent in AGENTS:
            held = [c for c in known.values() if c.agent == agent.id]
            offers = [c.id for c in held if c.state is State.OFFERED]
            offer = availabilities[agent.id].offer if agent.id in availabilities else None
            assert offers == ([offer] if offer else [])
            assert len(held) <= CAPACITY

    @invariant()
    def a_place_in_line_is_kept_for_the_whole_episode(self) -> None:
        for id, c in self.everything().items():
            episode, place = self.places.get(id, (0, 0))
            assert episode != c.episode or place == c.place
            self.places[id] = (c.episode, c.place)
            if c.state.waits:
                assert self.run(self.store.redis.zscore(self.floor.store.keys.queue, id)) == c.place

    @invariant()
    def whoever_is_with_humans_is_looked_at_again(self) -> None:
        for id, c in self.everything().items():
            told_all = c.state is State.QUEUED and c.told == c.episode
            if c.state.with_humans and not told_all:
                assert self.run(self.floor.store.is_due("watch", id))


FloorModel.TestCase.settings = settings(max_examples=12, stateful_step_count=40, deadline=None)
TestFloorModel = FloorModel.TestCase
