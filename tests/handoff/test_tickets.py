"""Tickets: what leads where, whose they are, and what time says about them. Then the same in the record, by machine."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from bot.clock import Clock
from bot.record.database import Database
from handoff.broker import Agent
from handoff.hours import Calendar, Window, is_open
from handoff.rules import DeskRules
from handoff.ticketbook import Ticketbook, Wanted
from handoff.tickets import (
    ALPHABET,
    DESK,
    MOVES,
    Act,
    AddStep,
    Assign,
    Change,
    Do,
    Edit,
    FinishStep,
    Hand,
    Kind,
    NewTicket,
    Remark,
    Ticket,
    TicketRefused,
    TicketRules,
    TicketState,
    What,
    alarms,
    apply,
    due_in_hours,
    late_from,
    make_number,
    next_look,
    ringing,
)

HOUR = 3_600_000
NOW = 1_795_300_000_000
LIN, MEI, BOSS = Hand("a1", "Lin"), Hand("a2", "Mei"), Hand("a3", "Ada", leads=True)
WEEKDAYS = Calendar(week=((Window(opens="09:00", closes="18:00"),),) * 5 + ((),) * 2)


def a_ticket(**fields: Any) -> Ticket:
    dues = {"first_answer_due": NOW + HOUR, "solution_due": NOW + 24 * HOUR}
    return Ticket(**{"number": "T-261122-7K3", "kind": Kind.COMPLAINT, "title": "broken", "at": NOW, **dues, **fields})


def an_act(act: Act, **fields: Any) -> Do:
    match act:
        case Act.EDIT:
            dues = {"first_answer_due": NOW + HOUR, "solution_due": NOW + 24 * HOUR}
            return Edit(**{"version": 1, "title": "new", **dues, **fields})
        case Act.ASSIGN:
            return Assign(**{"owner": "a2", **fields})
        case Act.REMARK:
            return Remark(text="called")
        case Act.ADD_STEP:
            return AddStep(**{"party": "warehouse", "what": "look for it", "due": NOW + HOUR, **fields})
        case Act.FINISH_STEP:
            return FinishStep(**{"step": 1, "outcome": "done", **fields})
        case _:
            return Change(act=act)


def after(ticket: Ticket, *acts: Do) -> Ticket:
    for do in acts:
        done = apply(ticket, do, BOSS, NOW)
        assert isinstance(done, Ticket)
        ticket = done
    return ticket


@pytest.mark.parametrize("state", TicketState)
@pytest.mark.parametrize("act", Act)
def test_whatever_is_not_in_the_table_is_refused(state: TicketState, act: Act) -> None:
    ticket = a_ticket(state=state)
    done = apply(ticket, an_act(act), BOSS, NOW)
    if (state, act) not in MOVES:
        assert done == TicketRefused("state")
    elif isinstance(done, Ticket):
        assert done.version == 2
    else:
        assert (act, done) == (Act.FINISH_STEP, TicketRefused("step"))


def test_a_ticket_waits_for_its_steps_and_is_open_after_the_last() -> None:
    two = after(a_ticket(), an_act(Act.ADD_STEP), an_act(Act.ADD_STEP, party="finance"))
    assert (two.state, [step.party for step in two.open_steps]) == (TicketState.WAITING, ["warehouse", "finance"])
    assert apply(two, an_act(Act.SOLVE), BOSS, NOW) == TicketRefused("steps")
    one = after(two, an_act(Act.FINISH_STEP))
    assert (one.state, [step.party for step in one.open_steps]) == (TicketState.WAITING, ["finance"])
    none = after(one, an_act(Act.FINISH_STEP, step=2, outcome="failed", remark="no money"))
    assert (none.state, none.steps[1].outcome, none.steps[1].ended_by) == (TicketState.OPEN, "failed", "Ada")
    assert after(none, an_act(Act.SOLVE)).solved_at == NOW


def test_only_its_owner_or_a_lead_does_something_with_it_but_everybody_may_remark() -> None:
    mine = a_ticket(owner="a1")
    assert apply(mine, an_act(Act.SOLVE), MEI, NOW) == TicketRefused("owner")
    assert isinstance(apply(mine, an_act(Act.REMARK), MEI, NOW), Ticket)
    assert isinstance(apply(mine, an_act(Act.SOLVE), LIN, NOW), Ticket)
    assert isinstance(apply(mine, an_act(Act.SOLVE), BOSS, NOW), Ticket)
    assert isinstance(apply(a_ticket(), Assign(owner="a2"), MEI, NOW), Ticket)


def test_an_edit_of_what_was_changed_meanwhile_is_refused() -> None:
    remarked = after(a_ticket(), an_act(Act.REMARK))
    assert apply(remarked, an_act(Act.EDIT), BOSS, NOW) == TicketRefused("changed")
    assert after(remarked, an_act(Act.EDIT, version=2)).title == "new"


def test_a_first_answer_is_given_once() -> None:
    answered = after(a_ticket(), an_act(Act.ANSWER))
    assert answered.answered_at == NOW
    assert apply(answered, an_act(Act.ANSWER), BOSS, NOW + 1) == TicketRefused("answered")


def test_a_complaint_has_an_hour_for_the_answer_and_a_day_for_the_solution() -> None:
    assert TicketRules().dues(Kind.COMPLAINT, NOW, WEEKDAYS) == (NOW + HOUR, NOW + 24 * HOUR)


def test_times_count_in_opening_hours_only_where_that_is_set() -> None:
    friday = int(datetime.fromisoformat("2026-11-20T17:30:00+08:00").timestamp() * 1000)
    first, solution = TicketRules(open_hours_only=True).dues(Kind.COMPLAINT, friday, WEEKDAYS)
    assert (
        datetime.fromtimestamp(first / 1000).astimezone(WEEKDAYS.time_zone).isoformat() == "2026-11-23T09:30:00+08:00"
    )
    assert (
        datetime.fromtimestamp(solution / 1000)
        .astimezone(WEEKDAYS.time_zone)
        .isoformat()
        .startswith("2026-11-25T14:30")
    )


@given(st.integers(0, 10**9), st.integers(60, 200_000))
@settings(max_examples=40)
def test_as_much_opening_time_goes_by_as_was_asked_for(after: int, seconds: int) -> None:
    at = NOW + after * 1_000
    due = due_in_hours(WEEKDAYS, at, seconds)
    assert due >= at + seconds * 1_000
    assert is_open(WEEKDAYS, Clock(lambda: due / 1000 - 1).moment())


def test_a_desk_that_never_opens_has_its_due_times_all_the_same() -> None:
    assert due_in_hours(Calendar(week=((),) * 7), NOW, 60) == NOW + 60_000
    assert due_in_hours(Calendar(), NOW, 60) == NOW + 60_000


def test_what_is_late_is_not_soon_late_any_more_and_each_is_told_once() -> None:
    ticket = a_ticket()
    assert [alarm.what for alarm in ringing(ticket, 900_000, NOW + HOUR - 1)] == [What.ANSWER_SOON]
    assert [alarm.what for alarm in ringing(ticket, 900_000, NOW + HOUR)] == [What.ANSWER_LATE]
    assert next_look(ticket, 900_000) == NOW + HOUR - 900_000
    told = ticket.model_copy(update={"told": tuple(alarm.key for alarm in ringing(ticket, 900_000, NOW + HOUR))})
    assert next_look(told.model_copy(update={"answered_at": NOW}), 900_000) == NOW + 24 * HOUR - 900_000


def test_nothing_is_late_about_what_is_solved() -> None:
    solved = after(a_ticket(follow_up=NOW), an_act(Act.SOLVE))
    assert (alarms(solved, 0), next_look(solved, 0), late_from(solved)) == ((), None, None)


def test_a_number_has_no_sign_that_is_mistaken_for_another() -> None:
    assert make_number(datetime.fromisoformat("2026-11-22T10:00:00+08:00"), "7K3") == "T-261122-7K3"
    assert not set("ILOU01") & set(ALPHABET)


# In the record


class Now:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.ms = NOW

    def book(self, database: Database, **rules: Any) -> Ticketbook:
        async def colleagues() -> list[Agent]:
            return [Agent("a1", "Lin"), Agent("a2", "Mei"), Agent("a3", "Ada")]

        return Ticketbook(database, Clock(lambda: self.ms / 1000), lambda: DeskRules(**rules), colleagues)


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def book(database: Database, now: Now) -> Ticketbook:
    return now.book(database)


COMPLAINT = NewTicket(kind=Kind.COMPLAINT, title="杯子碎了", conversation="c1")


async def test_the_same_origin_opens_one_ticket_whoever_asks_how_often(book: Ticketbook) -> None:
    opened = await asyncio.gather(*(book.open(COMPLAINT, "episode:c1:1") for _ in range(5)))
    assert len({ticket.number for ticket in opened}) == 1
    other = await book.open(COMPLAINT, "episode:c1:2")
    assert other.number != opened[0].number
    assert [line.act for line in await book.history(other.number)] == ["open"]


async def test_a_number_that_is_taken_is_not_given_again(database: Database, now: Now) -> None:
    book = now.book(database)
    book._draw = lambda length: "AAAA"[:length]
    numbers = [(await book.open(COMPLAINT, origin)).number for origin in ("one", "two")]
    assert numbers == ["T-261122-AAA", "T-261122-AAAA"]


async def test_a_repeated_command_is_done_once(book: Ticketbook) -> None:
    number = (await book.open(COMPLAINT, "x")).number
    step = an_act(Act.ADD_STEP)
    results = await asyncio.gather(*(book.act(number, "same-command", step, LIN) for _ in range(4)))
    assert all(isinstance(result, Ticket) and len(result.steps) == 1 for result in results)
    assert [line.act for line in await book.history(number)] == ["open", "add_step"]


async def test_what_only_the_desk_knows_is_refused_with_its_reason(book: Ticketbook) -> None:
    number = (await book.open(COMPLAINT, "x")).number
    assert await book.act(number, "1", AddStep(party="nobody", what="x", due=NOW), LIN) == TicketRefused("party")
    assert await book.act(number, "2", Assign(owner="gone"), LIN) == TicketRefused("agent")
    assert await book.act("T-000000-AAA", "3", Remark(text="x"), LIN) == TicketRefused("unknown")
    assert len(await book.history(number)) == 1


async def test_alarms_are_given_once_by_several_processes_and_after_a_restart(database: Database, now: Now) -> None:
    books = [now.book(database) for _ in range(3)]
    number = (await books[0].open(COMPLAINT, "x")).number
    now.ms += HOUR
    await asyncio.gather(*(book.ring() for book in books))
    again = now.book(database)
    await again.ring()
    given = [line.data["what"] for line in await again.history(number) if line.act == "alarm"]
    assert given == ["answer_late"]
    await again.refresh()
    assert [(one.ticket.number, one.is_late) for one in again.ringing] == [(number, True)]


async def test_another_process_sees_a_change_at_its_next_look(database: Database, now: Now) -> None:
    here, there = now.book(database), now.book(database)
    number = (await here.open(COMPLAINT, "x")).number
    now.ms += 25 * HOUR
    await here.ring()
    await there.refresh()
    assert {alarm.what for alarm in there.ringing[0].alarms} == {What.ANSWER_LATE, What.SOLUTION_LATE}
    await here.act(number, "c", Change(act=Act.SOLVE), LIN)
    await there.refresh()
    assert there.ringing == ()


async def test_workspaces_are_told_of_which_tickets_there_may_be_news(database: Database, now: Now) -> None:
    told: list[frozenset[str] | None] = []
    here, there = now.book(database), now.book(database)
    there._changed = told.append
    await there.refresh()
    ticket = await here.open(COMPLAINT, "x")
    await there.refresh()
    await there.refresh()
    assert told == [None, frozenset({ticket.number, "c1"})]


async def test_tickets_are_found_by_shelf_and_by_words(book: Ticketbook, now: Now) -> None:
    first = await book.open(COMPLAINT, "x")
    second = await book.open(NewTicket(kind=Kind.TASK, title="100% off?", order="JL2611", owner="a1"), "y")

    async def found(**wanted: Any) -> list[str]:
        return [ticket.number for ticket in (await book.find(Wanted(**wanted)))[0]]

    assert await found(shelf="mine", agent="a1") == [second.number]
    assert await found(shelf="unassigned") == [first.number]
    assert await found(shelf="overdue") == []
    assert await found(words=first.number[-7:].lower()) == [first.number]
    assert await found(words="100%") == [second.number]
    assert await found(words="杯子") == [first.number]
    assert await found(kind="task") == [second.number]
    now.ms += HOUR
    assert await found(shelf="overdue") == [first.number]


async def test_a_title_that_grows_where_case_is_no_matter_still_fits(book: Ticketbook, database: Database) -> None:
    """PostgreSQL would refuse it, and with it every complaint after."""
    ticket = await book.open(
        NewTicket(kind=Kind.COMPLAINT, title="\N{GREEK SMALL LETTER IOTA WITH DIALYTIKA AND TONOS}" * 200), "o"
    )
    query = text("SELECT length(words) FROM tickets WHERE number = :number")
    kept = await database.read(lambda transaction: transaction.execute(query, {"number": ticket.number}).scalar_one())
    assert kept <= 400


async def test_the_history_cannot_be_rewritten(book: Ticketbook, database: Database) -> None:
    await book.open(COMPLAINT, "x")
    for statement in ("UPDATE ticket_history SET act = 'x'", "DELETE FROM ticket_history"):
        with pytest.raises(DatabaseError, match="append-only"):
            await database.run(lambda transaction, said=statement: transaction.execute(text(said)))  # type: ignore[misc]


HANDS = st.sampled_from([LIN, MEI, BOSS, DESK])
DEEDS = st.one_of(
    st.sampled_from([act for act in Act if act not in (Act.EDIT, Act.ASSIGN, Act.FINISH_STEP)]).map(an_act),
    st.integers(1, 6).map(lambda version: an_act(Act.EDIT, version=version)),
    st.sampled_from([None, "a1", "a2"]).map(lambda owner: Assign(owner=owner)),
    st.integers(1, 4).map(lambda step: an_act(Act.FINISH_STEP, step=step)),
)


class TicketMachine(RuleBasedStateMachine):
    """Commands come twice, late and out of order, to two processes: the record says what the pure table says."""

    commands = Bundle("commands")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory(prefix="jieli")
        self.database = Database(f"sqlite:///{Path(self.folder.name) / 'record.db'}")
        self.now = Now()
        self.done: dict[str, Ticket | TicketRefused] = {}
        self.count = 0

    @initialize()
    def open(self) -> None:
        self.runner.run(self.database.migrate())
        self.books = [self.now.book(self.database) for _ in range(2)]
        self.model = self.runner.run(self.books[0].open(COMPLAINT, "x"))
        self.rung: list[str] = []

    @rule(target=commands, do=DEEDS, by=HANDS)
    def think(self, do: Do, by: Hand) -> Any:
        self.count += 1
        return (f"command-{self.count}", do, by)

    @rule(command=commands, which=st.integers(0, 1))
    def send(self, command: tuple[str, Do, Hand], which: int) -> None:
        id, do, by = command
        result = self.runner.run(self.books[which].act(self.model.number, id, do, by))
        if id not in self.done:
            expected = apply(self.model, do, by, self.now.ms)
            if isinstance(expected, Ticket):
                self.model = self.done[id] = expected
                assert isinstance(result, Ticket)
            else:
                assert result == expected
        else:
            assert result == self.kept()

    @rule(hours=st.integers(0, 30))
    def wait(self, hours: int) -> None:
        self.now.ms += hours * HOUR

    @rule()
    def ring(self) -> None:
        self.runner.run(self.both())
        self.model = self.model.model_copy(update={"told": self.kept().told})

    async def both(self) -> None:
        await asyncio.gather(*(book.ring() for book in self.books))

    def kept(self) -> Ticket:
        kept = self.runner.run(self.books[1].get(self.model.number))
        assert isinstance(kept, Ticket)
        return kept

    @invariant()
    def the_record_is_what_the_table_says(self) -> None:
        if hasattr(self, "model"):
            assert self.kept() == self.model

    @invariant()
    def every_alarm_was_given_once_for_each_time_it_was_set(self) -> None:
        if hasattr(self, "model"):
            lines = self.runner.run(self.books[0].history(self.model.number))
            acts = [line for line in lines if line.act not in ("open", "alarm")]
            assert len(acts) == len(self.done)
            since: list[Any] = []
            for line in lines:
                since = [*since, line.data] if line.act == "alarm" else []
                assert len(since) == len({str(one) for one in since})

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()


TestTicketMachine = TicketMachine.TestCase
TestTicketMachine.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
