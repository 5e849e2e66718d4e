"""Tickets, what is to be done for shoppers after the chat: their states, moves, times and alarms. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, StringConstraints

from bot.messages import MAX_TEXT, Language, Model, clean_text
from handoff.hours import Calendar, next_change, next_opening

SECOND = 1_000
MOST_STEPS = 40
MOST_STRETCHES = 1_000
"""Open stretches looked through for a due time; with fewer windows than that, it counts as if always open."""
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""No I, L, O, U, 0 or 1, which are mistaken for others when read or said."""


class Kind(StrEnum):
    COMPLAINT = "complaint"
    BAD_RATING = "bad_rating"
    FEEDBACK = "feedback"
    TASK = "task"
    """something we have promised, or set ourselves"""


class TicketState(StrEnum):
    OPEN = "open"
    """somebody of us has to do something"""
    WAITING = "waiting"
    """for a step of somebody else's"""
    SOLVED = "solved"
    """as we see it: may be opened again"""
    CLOSED = "closed"

    @property
    def is_live(self) -> bool:
        return self in (TicketState.OPEN, TicketState.WAITING)


class Act(StrEnum):
    """What somebody does with a ticket."""

    EDIT = "edit"
    ASSIGN = "assign"
    REMARK = "remark"
    ANSWER = "answer"
    """the shopper has got a first answer"""
    WAIT = "wait"
    RESUME = "resume"
    ADD_STEP = "add_step"
    FINISH_STEP = "finish_step"
    SOLVE = "solve"
    REOPEN = "reopen"
    CLOSE = "close"


MOVES: Mapping[tuple[TicketState, Act], TicketState] = {
    **{(state, Act.REMARK): state for state in TicketState},
    **{
        (state, act): state
        for state in (TicketState.OPEN, TicketState.WAITING)
        for act in (Act.EDIT, Act.ASSIGN, Act.ANSWER, Act.FINISH_STEP)
    },
    (TicketState.OPEN, Act.WAIT): TicketState.WAITING,
    (TicketState.WAITING, Act.RESUME): TicketState.OPEN,
    (TicketState.OPEN, Act.ADD_STEP): TicketState.WAITING,
    (TicketState.WAITING, Act.ADD_STEP): TicketState.WAITING,
    (TicketState.OPEN, Act.SOLVE): TicketState.SOLVED,
    (TicketState.WAITING, Act.SOLVE): TicketState.SOLVED,
    (TicketState.SOLVED, Act.REOPEN): TicketState.OPEN,
    (TicketState.OPEN, Act.CLOSE): TicketState.CLOSED,
    (TicketState.WAITING, Act.CLOSE): TicketState.CLOSED,
    (TicketState.SOLVED, Act.CLOSE): TicketState.CLOSED,
}
"""Where an act leads. Whatever is not in it is refused. With its last step a waiting ticket is open again."""

Line = Annotated[
    str, BeforeValidator(clean_text), StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]
Words = Annotated[str, BeforeValidator(clean_text), StringConstraints(strip_whitespace=True, max_length=MAX_TEXT)]
Order = Annotated[str, BeforeValidator(clean_text), StringConstraints(strip_whitespace=True, max_length=64)]
Party = Annotated[
    str, BeforeValidator(clean_text), StringConstraints(strip_whitespace=True, pattern=r"^[^\s,，][^,，]{0,39}$")
]
Moment = Annotated[int, Field(ge=0, le=4_102_444_800_000)]
"""ms since the epoch, up to the year 2100."""
Priority = Literal["low", "normal", "high", "urgent"]
Times = Mapping[Kind, Annotated[int, Field(ge=60, le=31_536_000)]]
FIRST_ANSWER: Times = {Kind.COMPLAINT: 3_600, Kind.BAD_RATING: 86_400, Kind.FEEDBACK: 172_800}
SOLUTION: Times = {Kind.COMPLAINT: 86_400, Kind.BAD_RATING: 259_200, Kind.FEEDBACK: 604_800, Kind.TASK: 259_200}


class TicketRules(Model):
    """How the desk treats tickets. In seconds: until the first answer (a task of our own needs none) and the solution.

    `open_hours_only`: they count while the desk is open; `soon`: how long before something is late its owner hears of
    it; `parties`: whom a step may be for.
    """

    first_answer: Times = Field(FIRST_ANSWER, max_length=len(Kind))
    solution: Times = Field(SOLUTION, max_length=len(Kind))
    open_hours_only: bool = False
    soon: int = Field(900, ge=60, le=86_400)
    parties: tuple[Party, ...] = Field(("warehouse", "finance", "supplier", "agent"), min_length=1, max_length=20)

    def dues(self, kind: Kind, at: int, calendar: Calendar) -> tuple[int, int]:
        """When the first answer and the solution of a ticket opened at `at` are due; all in ms."""
        solution = self.solution.get(kind, SOLUTION[kind])
        first = self.first_answer.get(kind, FIRST_ANSWER.get(kind, solution))
        if not self.open_hours_only:
            return at + first * SECOND, at + solution * SECOND
        return due_in_hours(calendar, at, first), due_in_hours(calendar, at, solution)


def due_in_hours(calendar: Calendar, at: int, seconds: int) -> int:
    """When `seconds` of opening time have gone by since `at` (ms); of any time, where it does not open so often."""
    now = datetime.fromtimestamp(at / SECOND, UTC)
    left = timedelta(seconds=seconds)
    for _ in range(MOST_STRETCHES):
        opens = next_opening(calendar, now)
        closes = opens and next_change(calendar, opens)
        if opens is None or closes is None or closes - opens >= left:
            return int(((opens or now) + left).timestamp() * SECOND)
        left, now = left - (closes - opens), closes
    return at + seconds * SECOND


class Step(Model):
    """What a party has to do until `due`; `ended_at` and `ended_by` when it is done or failed. Times in ms."""

    id: int
    party: str
    what: str
    due: int
    outcome: Literal["open", "done", "failed"] = "open"
    remark: str = ""
    ended_at: int | None = None
    ended_by: str | None = None


class NewTicket(Model):
    """A ticket to be opened. `conversation`: the shopper's, and all that is kept of who it is; `contact`: as given."""

    kind: Kind
    title: str = Field("", max_length=200)
    text: Words = ""
    conversation: str | None = None
    channel: str | None = None
    language: Language = "zh-Hans"
    contact: str = ""
    order: Order = ""
    priority: Priority = "normal"
    owner: str | None = None


class Ticket(NewTicket):
    """`version` counts its changes; `told`: the alarms that were given. Times are ms since the epoch.

    `first_answer_due` is met by `answered_at`, `solution_due` by `solved_at`; `follow_up`: when its owner wants to be
    reminded.
    """

    number: str
    state: TicketState = TicketState.OPEN
    at: int
    first_answer_due: int
    solution_due: int
    answered_at: int | None = None
    solved_at: int | None = None
    follow_up: int | None = None
    steps: tuple[Step, ...] = ()
    told: tuple[str, ...] = ()
    version: int = 1

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """The steps still to be done, in order: the first is the next one."""
        return tuple(step for step in self.steps if step.outcome == "open")


class Edit(Model):
    """The ticket's fields as they shall be, all of them. `version`: the one they were changed from."""

    act: Literal[Act.EDIT] = Act.EDIT
    version: int
    title: Line
    order: Order = ""
    priority: Priority = "normal"
    first_answer_due: Moment
    solution_due: Moment
    follow_up: Moment | None = None


class Assign(Model):
    """Give it to an agent; None: to nobody."""

    act: Literal[Act.ASSIGN] = Act.ASSIGN
    owner: str | None = Field(None, max_length=32)


class AddStep(Model):
    act: Literal[Act.ADD_STEP] = Act.ADD_STEP
    party: Party
    what: Line
    due: Moment


class FinishStep(Model):
    act: Literal[Act.FINISH_STEP] = Act.FINISH_STEP
    step: int
    outcome: Literal["done", "failed"]
    remark: Words = ""


class Remark(Model):
    act: Literal[Act.REMARK] = Act.REMARK
    text: Annotated[Words, Field(min_length=1)]


class Change(Model):
    """An act that only changes the state, or says that the shopper was answered; `text`: why."""

    act: Literal[Act.ANSWER, Act.WAIT, Act.RESUME, Act.SOLVE, Act.REOPEN, Act.CLOSE]
    text: Words = ""


Do = Annotated[Edit | Assign | AddStep | FinishStep | Remark | Change, Field(discriminator="act")]


@dataclass(frozen=True)
class Hand:
    """Who acts; `leads`: may do so with tickets of others. `id` None: the desk itself."""

    id: str | None
    name: str
    leads: bool = False


DESK = Hand(None, "", leads=True)


@dataclass(frozen=True)
class TicketRefused:
    """Nothing changed.

    `reason`: `state` (impossible in it), `owner` (somebody else's), `changed` (edited meanwhile), `step` (not one that
    is open), `steps` (some are still open), `full` (of steps), `answered` (already), `party` (not one of the desk's),
    `agent` (no such colleague), `unknown`.
    """

    reason: str


def apply(ticket: Ticket, do: Do, by: Hand, now: int) -> Ticket | TicketRefused:
    """The ticket after an act, or why it cannot be; `now` in ms."""
    to = MOVES.get((ticket.state, do.act))
    if to is None:
        return TicketRefused("state")
    if not (by.leads or ticket.owner in (None, by.id) or do.act is Act.REMARK):
        return TicketRefused("owner")
    changed = _change(ticket, do, by, now)
    if isinstance(changed, TicketRefused):
        return changed
    if do.act is Act.FINISH_STEP and not _steps_of(changed):
        to = TicketState.OPEN
    moved = ticket.model_copy(update={**changed, "state": to, "version": ticket.version + 1})
    return _forget_alarms(moved)


def _steps_of(changed: Mapping[str, Any]) -> list[Step]:
    return [step for step in changed["steps"] if step.outcome == "open"]


def _change(ticket: Ticket, do: Do, by: Hand, now: int) -> dict[str, Any] | TicketRefused:
    """The fields that an act sets."""
    match do:
        case Edit():
            return _edit(ticket, do)
        case Assign(owner=owner):
            return {"owner": owner}
        case AddStep():
            return _add_step(ticket, do)
        case FinishStep():
            return _finish_step(ticket, do, by, now)
        case Change(act=Act.ANSWER):
            return TicketRefused("answered") if ticket.answered_at else {"answered_at": now}
        case Change(act=Act.SOLVE):
            return TicketRefused("steps") if ticket.open_steps else {"solved_at": now, "follow_up": None}
        case Change(act=Act.REOPEN):
            return {"solved_at": None}
        case _:
            return {}


def _edit(ticket: Ticket, do: Edit) -> dict[str, Any] | TicketRefused:
    if do.version != ticket.version:
        return TicketRefused("changed")
    return do.model_dump(exclude={"act", "version"})


def _add_step(ticket: Ticket, do: AddStep) -> dict[str, Any] | TicketRefused:
    if len(ticket.steps) >= MOST_STEPS:
        return TicketRefused("full")
    step = Step(id=len(ticket.steps) + 1, party=do.party, what=do.what, due=do.due)
    return {"steps": (*ticket.steps, step)}


def _finish_step(ticket: Ticket, do: FinishStep, by: Hand, now: int) -> dict[str, Any] | TicketRefused:
    if do.step not in [step.id for step in ticket.open_steps]:
        return TicketRefused("step")
    ended = {"outcome": do.outcome, "remark": do.remark, "ended_at": now, "ended_by": by.name}
    return {"steps": tuple(one.model_copy(update=ended) if one.id == do.step else one for one in ticket.steps)}


class What(StrEnum):
    """What an alarm is about."""

    ANSWER_SOON = "answer_soon"
    ANSWER_LATE = "answer_late"
    SOLUTION_SOON = "solution_soon"
    SOLUTION_LATE = "solution_late"
    STEP_LATE = "step_late"
    FOLLOW_UP = "follow_up"

    @property
    def is_late(self) -> bool:
        return self in (What.ANSWER_LATE, What.SOLUTION_LATE, What.STEP_LATE)


@dataclass(frozen=True)
class Alarm:
    """What is told at `at` about what is due at `due` (ms); `step`: of that step."""

    what: What
    due: int
    at: int
    step: int | None = None

    @property
    def key(self) -> str:
        """The same for the same alarm, so that it is given once; other due times make another."""
        return f"{self.what}:{self.step or ''}:{self.due}"


def alarms(ticket: Ticket, soon: int) -> tuple[Alarm, ...]:
    """Everything time has to say about a ticket as it is, the earliest first; `soon` in ms."""
    if not ticket.state.is_live:
        return ()
    found = [Alarm(What.SOLUTION_SOON, ticket.solution_due, ticket.solution_due - soon)]
    found.append(Alarm(What.SOLUTION_LATE, ticket.solution_due, ticket.solution_due))
    if ticket.answered_at is None:
        found.append(Alarm(What.ANSWER_SOON, ticket.first_answer_due, ticket.first_answer_due - soon))
        found.append(Alarm(What.ANSWER_LATE, ticket.first_answer_due, ticket.first_answer_due))
    if ticket.follow_up is not None:
        found.append(Alarm(What.FOLLOW_UP, ticket.follow_up, ticket.follow_up))
    found += [Alarm(What.STEP_LATE, step.due, step.due, step.id) for step in ticket.open_steps]
    return tuple(sorted(found, key=lambda alarm: (alarm.at, alarm.key)))


def ringing(ticket: Ticket, soon: int, now: int) -> tuple[Alarm, ...]:
    """The alarms that stand now: what is late is not soon late any more."""
    past = [alarm for alarm in alarms(ticket, soon) if alarm.at <= now]
    late = {alarm.what for alarm in past}
    hidden = {What.ANSWER_SOON: What.ANSWER_LATE, What.SOLUTION_SOON: What.SOLUTION_LATE}
    return tuple(alarm for alarm in past if hidden.get(alarm.what) not in late)


def next_look(ticket: Ticket, soon: int) -> int | None:
    """When an alarm that was not given yet is due, in ms."""
    return next((alarm.at for alarm in alarms(ticket, soon) if alarm.key not in ticket.told), None)


def late_from(ticket: Ticket) -> int | None:
    """From when on something of the ticket is late, in ms; None: nothing can be."""
    return next((alarm.at for alarm in alarms(ticket, 0) if alarm.what.is_late), None)


def _forget_alarms(ticket: Ticket) -> Ticket:
    """What an alarm was given of is not remembered longer than it can come."""
    known = {f"{alarm.what}:{alarm.step or ''}:{alarm.due}" for alarm in alarms(ticket, 0)}
    return ticket.model_copy(update={"told": tuple(key for key in ticket.told if key in known)})


HISTORIC = (
    *("title", "order", "priority", "owner", "state", "steps"),
    *("first_answer_due", "solution_due", "answered_at", "solved_at", "follow_up"),
)
"""The fields whose changes are history."""


def changes(before: Ticket, after: Ticket) -> dict[str, JsonValue]:
    """The fields that differ, as they are after; of the steps the one that differs."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    found: dict[str, JsonValue] = {name: new[name] for name in HISTORIC if old[name] != new[name]}
    if "steps" in found:
        found.pop("steps")
        found["step"] = next(step for step in new["steps"] if step not in old["steps"])
    return found


def make_number(at: datetime, signs: str) -> str:
    """A number to be read and said, of the day in the zone `at` carries: T-261122-7K3."""
    return f"T-{at:%y%m%d}-{signs}"
