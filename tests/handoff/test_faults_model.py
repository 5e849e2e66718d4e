"""The floor once more, while the store is killed, processes die in the middle of a move, and messages come twice."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from bot.messages import Author, Content
from bot.store.store import new_entry
from bot.worker import LEASE
from handoff.broker import Agent, Broker
from handoff.ownership import Command
from tests.handoff.floor import DAY, Echo
from tests.handoff.test_floor_model import BY_HAND, CONVERSATIONS, FloorModel, agents, conversations

commands = st.sampled_from(BY_HAND)


class FaultsModel(FloorModel):
    """`taken`: what a worker that died had in hand, with its tokens; `epochs`: the newest of each conversation."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[str, str]] = []
        self.said: list[tuple[str, str]] = []
        self.epochs: dict[str, int] = {}

    @rule()
    def the_store_is_killed(self) -> None:
        self.run(self.strike())

    @rule(id=conversations, agent=agents, command=commands)
    def the_store_is_killed_during_a_command(self, id: str, agent: Agent, command: Command) -> None:
        known = next(self.ids)

        async def both() -> Any:
            moving = asyncio.create_task(self.do(self.floor.broker, id, agent, command, known))
            await asyncio.sleep(0)
            await self.strike()
            return await moving

        assert self.run(both()) == self.again(id, agent, command, known)

    @rule(id=conversations, agent=agents, command=commands, steps=st.integers(0, 12))
    def a_process_dies_in_the_middle_of_a_command(self, id: str, agent: Agent, command: Command, steps: int) -> None:
        """Another one is asked again, as the workspace does: whether the first one got through, nobody can see."""
        known = next(self.ids)

        async def die() -> None:
            moving = asyncio.create_task(self.do(self.floor.broker, id, agent, command, known))
            for _ in range(steps):
                await asyncio.sleep(0)
            moving.cancel()
            await asyncio.gather(moving, return_exceptions=True)

        self.run(die())
        assert self.again(id, agent, command, known) == self.again(id, agent, command, known)

    @rule()
    def a_worker_dies_with_what_it_had_in_hand(self) -> None:
        self.taken += [
            tuple(item) for item in self.run(self.store.claim(self.floor.now, limit=5, lease=LEASE))["items"]
        ]

    @precondition(lambda self: self.taken)
    @rule()
    def a_worker_thought_dead_commits_late(self) -> None:
        member, token = self.taken.pop()
        kind, id = member.split(":", 1)
        self.run(self.floor.after(LEASE / 1_000 + 1))
        before = self.run(self.floor.entries(id))
        late = self.store.run(
            "commit", id, token, kind=kind, token=token, now=self.floor.now, entries=[self.entry("late")]
        )
        assert self.run(late) == {"lost": True}
        assert self.run(self.floor.entries(id)) == before

    @rule(id=conversations)
    def a_message_comes(self, id: str) -> None:
        self.said.append((id, next(self.ids)))
        self.receive(*self.said[-1])

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def an_earlier_message_comes_again(self, data: st.DataObject) -> None:
        id, known = data.draw(st.sampled_from(self.said))
        before = self.run(self.floor.entries(id))
        self.receive(id, known)
        assert self.run(self.floor.entries(id)) == before

    @invariant()
    def every_log_is_whole_and_says_nothing_twice(self) -> None:
        for id in CONVERSATIONS:
            entries = self.run(self.floor.entries(id))
            assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
            named = [entry.external_id for entry in entries if entry.external_id]
            assert len(named) == len(set(named))

    @invariant()
    def an_epoch_never_comes_again(self) -> None:
        for id, conversation in self.everything().items():
            assert conversation.epoch >= self.epochs.get(id, 0)
            self.epochs[id] = conversation.epoch

    async def strike(self) -> None:
        """kill -9; the store is there again afterwards, as it starts again by itself."""
        os.kill(self.server.pid, signal.SIGKILL)
        await asyncio.sleep(0)
        await self.store.now()

    async def do(self, broker: Broker, id: str, agent: Agent, command: Command, known: str) -> Any:
        texts = ("好的",) if command is Command.REPLY else ()
        return await getattr(broker, command)(id, agent, known, *texts)

    def again(self, id: str, agent: Agent, command: Command, known: str) -> Any:
        """The same command, asked of another process."""
        other = Broker(self.store, self.floor.clock, Echo(), frozenset(), DAY, capacity=lambda _: 2)
        return self.run(self.do(other, id, agent, command, known))

    def entry(self, known: str) -> dict[str, Any]:
        return new_entry(Author.SHOPPER, Content(text=known), external_id=known)

    def receive(self, id: str, known: str) -> None:
        where: dict[str, Any] = {"channel": "web", "identity": id, "archive_at": self.floor.now + DAY}
        now = self.floor.now
        self.run(self.store.run("receive", id, f"m{known}", now=now, turn_at=now, entries=[self.entry(known)], **where))


FaultsModel.TestCase.settings = settings(max_examples=5, stateful_step_count=30, deadline=None)
TestFaultsModel = FaultsModel.TestCase
