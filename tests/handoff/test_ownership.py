"""The broker against a plain model of it: whatever is done in whatever order, one owner, one queue, no lost word."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from bot.clock import Clock
from bot.messages import Audience, Author, Content, State
from bot.store.store import new_entry
from handoff.broker import Agent, Broker, Moved, Outcome, request_entry
from handoff.ownership import MOVES, Command, rows
from tests.machine import StoreMachine

AGENTS = [Agent("a1", "Lin"), Agent("a2", "Mei"), Agent("a3", "Ada")]
CONVERSATIONS = ["c1", "c2", "c3"]
agents = st.sampled_from(AGENTS)
conversations = st.sampled_from(CONVERSATIONS)
SPEAKING = [Command.REPLY, Command.NOTE, Command.WHISPER]
COMMANDS = [
    *(Command.CLAIM, Command.TAKE_OVER, Command.HAND_BACK, Command.CLOSE, Command.REQUEUE),
    *SPEAKING,
]


class Echo:
    def say(self, language: str, key: str, **fields: str) -> str:
        return key


class Ownership(StoreMachine):
    """`owners` is the model: state and agent of each conversation that somebody wrote in."""

    def __init__(self) -> None:
        super().__init__()
        self.broker = Broker(self.store, Clock(), Echo(), frozenset(), 86_400_000)
        self.ids = (f"id{number}" for number in itertools.count())
        self.owners: dict[str, tuple[State, str | None]] = {}
        self.epochs: dict[str, int] = {}
        self.last: tuple[Any, ...] | None = None
        self.done = 0

    @rule(id=conversations)
    def shopper_writes(self, id: str) -> None:
        entry = new_entry(Author.SHOPPER, Content(text="在吗"), external_id=next(self.ids))
        where = {"channel": "web", "identity": id, "now": 1_000, "turn_at": 1_000, "archive_at": 9_000_000}
        self.run(self.store.run("receive", id, next(self.ids), entries=[entry], **where))
        state, agent = self.owners.get(id, (State.BOT, None))
        self.owners[id] = (State.BOT if state is State.CLOSED else state, agent)

    @rule(id=conversations)
    def human_is_asked_for(self, id: str) -> None:
        entry = request_entry("asked", "人工", {})
        given = {"now": 2_000, "rows": rows(Command.REQUEST), "entries": [entry], "reason": "asked"}
        result = self.run(self.store.run("act", id, next(self.ids), **given))
        self.expect(id, Command.REQUEST, None, "refused" not in result)

    @rule(id=conversations)
    def shopper_leaves_the_queue(self, id: str) -> None:
        result = self.run(self.store.run("act", id, next(self.ids), now=2_000, rows=rows(Command.LEAVE)))
        self.expect(id, Command.LEAVE, None, "refused" not in result)

    @rule(id=conversations, agent=agents, command=st.sampled_from(COMMANDS))
    def agent_commands(self, id: str, agent: Agent, command: Command) -> None:
        self.last = (id, agent, command, next(self.ids))
        self.expect(id, command, agent.id, isinstance(self.carry_out(*self.last), Moved))

    @rule(id=conversations, agent=agents, to=agents)
    def agent_passes_it_on(self, id: str, agent: Agent, to: Agent) -> None:
        outcome = self.run(self.broker.transfer(id, agent, next(self.ids), to, "请看一下"))
        allowed = self.owners.get(id) == (State.ASSIGNED, agent.id)
        assert isinstance(outcome, Moved) == allowed
        self.done += allowed
        if allowed:
            self.owners[id] = (State.ASSIGNED, to.id)

    @rule()
    def lost_answer_is_asked_for_again(self) -> None:
        """A repeated command id changes nothing, whatever happened since."""
        if self.last:
            self.carry_out(*self.last)

    def carry_out(self, id: str, agent: Agent, command: Command, command_id: str) -> Outcome:
        work = getattr(self.broker, command)
        texts = ("好的",) if command in SPEAKING else ()
        outcome: Outcome = self.run(work(id, agent, command_id, *texts))
        return outcome

    def expect(self, id: str, command: Command, agent: str | None, done: bool) -> None:
        """What the table says of the command; `done` is what the store did."""
        known = self.owners.get(id)
        move = MOVES.get((known[0], command)) if known else None
        allowed = move is not None and (not move.owner_only or known == (State.ASSIGNED, agent))
        if command is Command.TAKE_OVER:
            allowed = move is not None and known != (State.ASSIGNED, agent)
        assert done == allowed, (known, command, agent)
        self.done += done
        if move and allowed and known:
            stays = move.to is known[0] and command is not Command.TAKE_OVER
            holder = known[1] if stays else agent
            self.owners[id] = (move.to, holder if move.to is State.ASSIGNED else None)

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        for id, (state, agent) in self.owners.items():
            conversation = self.run(self.store.conversation(id))
            assert (conversation.state, conversation.agent) == (state, agent)
            assert conversation.epoch >= self.epochs.get(id, 0)
            self.epochs[id] = conversation.epoch

    @invariant()
    def every_conversation_is_in_exactly_the_lists_of_its_owner(self) -> None:
        keys = self.store.keys
        queue = set(self.run(self.store.redis.zrange(keys.queue, 0, -1)))
        shown = set(self.run(self.store.redis.zrange(keys.open, 0, -1)))
        held = {agent.id: self.run(self.store.redis.smembers(keys.load(agent.id))) for agent in AGENTS}
        assert queue == {id for id, (state, _) in self.owners.items() if state is State.QUEUED}
        assert shown == {id for id, (state, _) in self.owners.items() if state in (State.QUEUED, State.ASSIGNED)}
        for agent_id, ids in held.items():
            assert ids == {id for id, owner in self.owners.items() if owner == (State.ASSIGNED, agent_id)}

    @invariant()
    def the_ledger_has_a_line_for_each_move_that_was_made(self) -> None:
        lines = [json.loads(fields["line"]) for _, fields in self.run(self.store.redis.xrange(self.store.keys.ledger))]
        assert len([line for line in lines if line["kind"] in set(Command)]) == self.done

    @invariant()
    def every_log_is_whole_and_in_order_for_each_audience(self) -> None:
        for id in self.owners:
            entries = self.run(self.store.entries(id, 0))
            assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
            seen = 0
            for entry in entries:
                assert entry.prev == (seen if entry.audience is Audience.ALL else entry.seq - 1)
                seen = entry.seq if entry.audience is Audience.ALL else seen


TestOwnership = Ownership.TestCase
TestOwnership.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
