"""Joins against a plain model: whatever is said, joined, parted and handed over, nothing goes astray."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from bot import joins
from bot.joins import Identity
from bot.messages import Entry, State
from handoff.broker import Agent, Moved
from tests.machine import StoreMachine
from tests.threads import COURIERED, Desk

PEOPLE = [
    Identity(channel=channel, identity=f"{channel}{n}") for channel in ("web", "telegram", "wechat") for n in "12"
]
ADA, BOB = (Identity(channel="web", identity=f"user:{name}") for name in ("ada", "bob"))
EVERYBODY = [*PEOPLE, ADA, BOB]
AGENTS = [Agent("a1", "Lin"), Agent("a2", "Mei")]
people = st.sampled_from(PEOPLE)
everybody = st.sampled_from(EVERYBODY)


class Threads(StoreMachine):
    """`groups` is the model: who has proven to be the same; `said`: every message, by its text."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.store)
        self.numbers = itertools.count()
        self.groups = {who: frozenset({who}) for who in EVERYBODY}
        self.said: dict[str, Identity] = {}
        self.sent_again: list[tuple[Identity, str]] = []
        self.codes: list[str] = []

    @rule(who=everybody, digits=st.booleans())
    def somebody_writes(self, who: Identity, digits: bool) -> None:
        """Order numbers and phones among it: the same ones from different people."""
        number = next(self.numbers)
        text = f"202611220{number}" if digits else f"message {number}"
        received = self.run(self.desk.say(who, text, f"m{number}"))
        assert received.conversation == self.run(self.desk.thread(who))
        self.said[text] = who
        self.sent_again.append((who, text))

    @rule(who=everybody)
    def somebody_sends_an_order_number(self, who: Identity) -> None:
        number = f"m{next(self.numbers)}"
        self.run(self.desk.say(who, "20261122001", number))

    @rule(index=st.integers(0, 50))
    def a_message_comes_again(self, index: int) -> None:
        if self.sent_again:
            who, text = self.sent_again[index % len(self.sent_again)]
            self.run(self.desk.say(who, text, "m" + text.removeprefix("message ").removeprefix("202611220")))

    @rule()
    def what_is_due_is_done(self) -> None:
        self.run(self.desk.work())

    @rule(maker=everybody, redeemer=everybody)
    def a_code_is_said(self, maker: Identity, redeemer: Identity) -> None:
        before = self.places()
        code = self.run(self.desk.joins.make_code(maker))
        self.codes.append(code)
        self.run(self.desk.say(redeemer, code))
        if self.last_event(redeemer) == "linked":
            self.merge(maker, redeemer)
        self.keeps_places(before)

    @rule(who=everybody, index=st.integers(0, 50))
    def a_used_code_is_said(self, who: Identity, index: int) -> None:
        """Codes that did not join are still good: those are left out."""
        used = [code for code in self.codes if not self.run(self.store.redis.exists(self.desk.joins._key(code)))]
        if used:
            self.run(self.desk.say(who, used[index % len(used)]))

    @rule(visitor=people, account=st.sampled_from([ADA, BOB]))
    def somebody_signs_in(self, visitor: Identity, account: Identity) -> None:
        before = self.places()
        self.run(self.desk.joins.sign_in(visitor, account))
        if self.run(self.desk.thread(visitor)) == self.run(self.desk.thread(account)):
            self.merge(visitor, account)
        self.keeps_places(before)

    @rule(who=everybody)
    def somebody_ends_the_join(self, who: Identity) -> None:
        self.run(self.desk.say(who, "unlink", f"m{next(self.numbers)}"))
        for member in self.groups[who]:
            self.groups[member] = frozenset({member})

    @rule(who=everybody)
    def somebody_wants_a_person(self, who: Identity) -> None:
        self.run(self.desk.ask_for_human(who))

    @rule(who=everybody, agent=st.sampled_from(AGENTS), index=st.integers(0, 99))
    def an_agent_replies(self, who: Identity, agent: Agent, index: int) -> None:
        text, thread = f"reply {next(self.numbers)}", self.run(self.desk.thread(who))
        self.run(self.desk.broker.reply(thread, agent, text, text))

    @rule(who=everybody, agent=st.sampled_from(AGENTS))
    def an_agent_is_asked(self, who: Identity, agent: Agent) -> None:
        thread = self.run(self.desk.thread(who))
        self.run(self.desk.broker.offer(thread, agent, f"o{next(self.numbers)}", 8, 9_000_000))

    @rule(who=everybody, agent=st.sampled_from(AGENTS))
    def an_agent_closes(self, who: Identity, agent: Agent) -> None:
        thread = self.run(self.desk.thread(who))
        outcome = self.run(self.desk.broker.close(thread, agent, f"k{next(self.numbers)}"))
        assert isinstance(outcome, Moved) or outcome.reason in ("state", "owner", "unknown")

    def last_event(self, who: Identity) -> str:
        events = self.run(self.desk.events(who))
        return str(events[-1]) if events else ""

    def merge(self, one: Identity, other: Identity) -> None:
        group = self.groups[one] | self.groups[other]
        assert not {ADA, BOB} <= group, "two accounts are one"
        for member in group:
            self.groups[member] = group

    def places(self) -> dict[Identity, tuple[int, float]]:
        """How well each person stands with the humans: assigned, in line since, or not at all."""
        return {who: self.place(who) for who in EVERYBODY}

    def place(self, who: Identity) -> tuple[int, float]:
        known = self.run(self.desk.store.conversation(self.run(self.desk.thread(who))))
        score = self.run(self.store.redis.zscore(self.desk.store.keys.queue, known.id))
        return {State.ASSIGNED: 2, State.QUEUED: 1, State.OFFERED: 1}.get(known.state, 0), -(score or 0)

    def keeps_places(self, before: dict[Identity, tuple[int, float]]) -> None:
        for who, place in self.places().items():
            assert place == max(before[member] for member in self.groups[who])

    def logs(self) -> dict[Identity, list[Entry]]:
        store = self.desk.store
        return {who: self.run(store.entries(self.desk.home(who), 0)) for who in EVERYBODY}

    @invariant()
    def those_who_proved_it_and_no_others_share_a_thread(self) -> None:
        threads = {who: self.run(self.desk.thread(who)) for who in EVERYBODY}
        for one, other in itertools.combinations(EVERYBODY, 2):
            assert (threads[one] == threads[other]) == (other in self.groups[one])

    @invariant()
    def every_message_is_in_one_log_once_and_says_its_channel(self) -> None:
        found = [
            entry
            for log in self.logs().values()
            for entry in log
            if entry.author == "shopper" and entry.kind == "message" and entry.content.text in self.said
        ]
        assert sorted(entry.content.text for entry in found) == sorted(self.said)
        assert all(entry.channel == self.said[entry.content.text].channel for entry in found)

    @invariant()
    def a_log_that_rests_is_nobodys(self) -> None:
        keys = self.desk.store.keys
        queue = self.run(self.store.redis.zrange(keys.queue, 0, -1))
        held = [self.run(self.store.redis.smembers(keys.load(agent.id))) for agent in AGENTS]
        for who in EVERYBODY:
            home = self.desk.home(who)
            known = self.run(self.desk.store.conversation(home))
            if known.joined:
                assert home not in self.run(self.store.redis.hgetall(keys.agents)).values()
                assert known.state is State.BOT
                assert home not in queue
                assert not any(home in load for load in held)
                assert home in self.run(self.desk.store.conversation(known.joined)).joined_by

    @invariant()
    def what_is_sent_goes_to_somebody_of_the_thread_once(self) -> None:
        for name in COURIERED:
            replies = [text for _, text in self.desk.channels[name].sent if text.startswith(("re: message", "reply"))]
            assert len(replies) == len(set(replies))


Threads.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is busy is refused at once: nothing else does the work meanwhile."""
    monkeypatch.setattr(joins, "PATIENCE", 0)
    monkeypatch.setattr(joins, "TRIES", 1_000)
    monkeypatch.setattr(joins, "CODES", 1_000)


TestThreads = Threads.TestCase
