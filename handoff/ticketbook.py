"""Keeps tickets in the record with their history, gives their alarms, and holds at hand what workspaces are told.

A ticket's times are rows of the record, not items of the store's due set: when something is told next (`look_at`) is
written by the same transaction that changes the ticket, and that it was told by the one that tells it, on the locked
row. So there is no moment in which one of two stores knows of an alarm and the other does not: a killed process loses
none, and several give each once. What workspaces show is read from the record as well, whenever its history has grown:
no signal has to arrive for them to learn of a change.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, TypeVar

from pydantic import JsonValue
from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session as Transaction

from bot.clock import Clock
from bot.messages import Model
from bot.record.database import Database
from bot.record.grams import fold
from bot.record.tables import TicketHistoryRow, TicketRow
from handoff.rules import DeskRules
from handoff.tickets import (
    ALPHABET,
    DESK,
    SECOND,
    AddStep,
    Alarm,
    Assign,
    Do,
    Hand,
    Kind,
    NewTicket,
    Ticket,
    TicketRefused,
    TicketState,
    alarms,
    apply,
    changes,
    late_from,
    make_number,
    next_look,
    ringing,
)

log = logging.getLogger(__name__)

T = TypeVar("T")
Shelf = Literal["mine", "unassigned", "overdue", "all"]
LOOK_EVERY = 1.0
"""Seconds between two looks at the record: how late an alarm, or another process's change, is at most."""
AT_ONCE = 50
"""Tickets dealt with in one look."""
PAGE = 50
LIVE = tuple(state for state in TicketState if state.is_live)
LONGEST_WORDS = 400
"""Characters a ticket is found by; some become three where case is no matter."""
UNANSWERED, UNTOLD = '"answered_at":null', '"told":[]'
"""How a ticket's body shows them; what is typed into a body has its quotes escaped."""
MOST_UNANSWERED = 500
LATELY = 1_000
"""Lines of the history among which late ones are looked for."""
TRIES = 20
"""Numbers tried before one gets longer; a day has 27,000 short ones."""


class HistoryLine(Model):
    """What was done with a ticket, by whom (None: the desk itself), and when (ms)."""

    at: int
    act: str
    agent: str | None
    agent_name: str | None
    data: dict[str, JsonValue]


@dataclass(frozen=True)
class Ringing:
    """A live ticket with the alarms that stand and were given."""

    ticket: Ticket
    alarms: tuple[Alarm, ...]

    @property
    def is_late(self) -> bool:
        return any(alarm.what.is_late for alarm in self.alarms)


@dataclass(frozen=True)
class Wanted:
    """Which tickets are looked for; `words`: a part of number, title or order."""

    shelf: Shelf = "all"
    agent: str = ""
    kind: str | None = None
    state: str | None = None
    words: str = ""
    skip: int = 0


class Colleagues(Protocol):
    async def __call__(self) -> Sequence[Any]: ...


def draw_signs(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


class Ticketbook:
    """`rules`: those that count now; `colleagues`: who may own a ticket; `draw`: as many random signs of a number.

    `changed` is called after every change, whichever process made it, when `ringing` is up to date, with the numbers
    and conversations of the tickets; None: any may have.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rules: Callable[[], DeskRules],
        colleagues: Colleagues,
        changed: Callable[[frozenset[str] | None], None] = lambda _: None,
        draw: Callable[[int], str] = draw_signs,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules
        self._colleagues = colleagues
        self._changed = changed
        self._draw = draw
        self._newest = (-1, 0)
        self.ringing: tuple[Ringing, ...] = ()

    async def open(self, new: NewTicket, origin: str, by: Hand = DESK, at: int | None = None) -> Ticket:
        """Open a ticket for what `origin` names, `at` (ms) or now, which its due times count from.

        For the same origin it is the same ticket, as it is now.
        """
        when = self._clock.now() if at is None else at
        ticket = await self._retrying(lambda transaction: self._open(transaction, new, origin, by, when))
        await self.refresh()
        return ticket

    async def act(self, number: str, command: str, do: Do, by: Hand, at: int | None = None) -> Ticket | TicketRefused:
        """Carry out an act, done `at` (ms) or now; a command id carried out before gives the ticket as it is now."""
        if refusal := await self._check(do):
            return refusal
        when = self._clock.now() if at is None else at
        result = await self._retrying(lambda transaction: self._act(transaction, number, command, do, by, when))
        await self.refresh()
        return result

    async def get(self, number: str) -> Ticket | None:
        row = await self._database.read(lambda transaction: transaction.get(TicketRow, number))
        return read_ticket(row) if row else None

    async def history(self, number: str) -> list[HistoryLine]:
        """What was done with a ticket, the oldest first."""
        query = select(TicketHistoryRow).where(TicketHistoryRow.ticket == number).order_by(TicketHistoryRow.id)
        rows = await self._database.read(lambda transaction: transaction.scalars(query).all())
        return [_read_line(row) for row in rows]

    async def find(self, wanted: Wanted) -> tuple[list[Ticket], bool]:
        """A page of tickets, those that are late first, and whether there are more."""
        order = (TicketRow.due.is_(None), TicketRow.due, TicketRow.at.desc(), TicketRow.number)
        query = select(TicketRow).where(*self._conditions(wanted)).order_by(*order)
        page = query.offset(wanted.skip).limit(PAGE + 1)
        rows = await self._database.read(lambda transaction: transaction.scalars(page).all())
        return [read_ticket(row) for row in rows[:PAGE]], len(rows) > PAGE

    async def of(self, conversations: Sequence[str], *, live: bool = True) -> list[Ticket]:
        """The tickets of a shopper's conversations, the newest first; only `live` ones unless told otherwise."""
        query = select(TicketRow).where(TicketRow.conversation.in_(conversations)).order_by(TicketRow.at.desc())
        if live:
            query = query.where(TicketRow.state.in_(LIVE))
        rows = await self._database.read(lambda transaction: transaction.scalars(query.limit(PAGE)).all())
        return [read_ticket(row) for row in rows]

    async def unanswered(self) -> list[Ticket]:
        """Live tickets of a conversation whose shopper has had no first answer yet."""
        waiting = (TicketRow.state.in_(LIVE), TicketRow.conversation.is_not(None), TicketRow.body.contains(UNANSWERED))
        query = select(TicketRow).where(*waiting).order_by(TicketRow.at.desc())
        rows = await self._database.read(lambda transaction: transaction.scalars(query.limit(MOST_UNANSWERED)).all())
        return [read_ticket(row) for row in rows]

    async def untold(self) -> list[tuple[Ticket, int]]:
        """Solved tickets of which the shopper is to be told now, each with since when (ms)."""
        due = select(TicketRow).where(TicketRow.tell_at <= self._clock.now()).order_by(TicketRow.tell_at)
        rows = await self._database.read(lambda transaction: transaction.scalars(due.limit(AT_ONCE)).all())
        return [(read_ticket(row), row.tell_at) for row in rows if row.tell_at is not None]

    async def note_told(self, ticket: Ticket, *, again: int | None) -> None:
        """The shopper was told of a solution, or is to be told `again` (ms); another solution is told by itself."""

        def work(transaction: Transaction) -> None:
            row = _lock(transaction, ticket.number)
            if row is not None and read_ticket(row).solved_at == ticket.solved_at:
                row.tell_at = again

        await self._database.run(work)

    async def ring(self) -> None:
        """Give the alarms that are due now, each once, whichever process does it."""
        query = select(TicketRow).where(TicketRow.look_at <= self._clock.now()).order_by(TicketRow.look_at)
        rows = await self._database.read(lambda transaction: transaction.scalars(query.limit(AT_ONCE)).all())
        for row in rows:
            await self._database.run(partial(self._ring, row.number))

    async def refresh(self) -> None:
        """Have at hand what stands now, if anything was done since the last look."""
        newest = await self._database.read(_newest_line)
        if newest == self._newest:
            return
        soon, now = self._soon, self._clock.now()
        query = select(TicketRow).where(TicketRow.state.in_(LIVE), TicketRow.body.not_like(f"%{UNTOLD}%"))
        rows = await self._database.read(lambda transaction: transaction.scalars(query.order_by(TicketRow.due)).all())
        self.ringing = tuple(found for row in rows if (found := _ringing(read_ticket(row), soon, now)).alarms)
        (before, _), self._newest = self._newest, newest
        self._changed(await self._database.read(partial(_names_since, before)))

    async def follow_for_ever(self) -> None:
        """Give alarms, and keep up with what other processes do."""
        while True:
            try:
                await self.ring()
                await self.refresh()
            except (SQLAlchemyError, OSError) as error:
                log.warning("cannot look at the tickets: %s", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)

    @property
    def _soon(self) -> int:
        return self._rules().tickets.soon * SECOND

    async def _check(self, do: Do) -> TicketRefused | None:
        """What only the desk can know: its parties and its people."""
        if isinstance(do, AddStep) and do.party not in self._rules().tickets.parties:
            return TicketRefused("party")
        if isinstance(do, Assign) and do.owner not in (None, *[agent.id for agent in await self._colleagues()]):
            return TicketRefused("agent")
        return None

    async def _retrying(self, work: Callable[[Transaction], T]) -> T:
        """Where two processes do the same at once, who comes second finds it done."""
        try:
            return await self._database.run(work)
        except IntegrityError:
            return await self._database.run(work)

    def _open(self, transaction: Transaction, new: NewTicket, origin: str, by: Hand, now: int) -> Ticket:
        known = transaction.scalar(select(TicketRow).where(TicketRow.origin == origin))
        if known is not None:
            return read_ticket(known)
        rules = self._rules()
        first, solution = rules.tickets.dues(new.kind, now, rules.hours)
        number = self._free_number(transaction)
        dues = {"first_answer_due": first, "solution_due": solution, "answered_at": _answered_at(new, now)}
        ticket = Ticket(**new.model_dump(), number=number, at=now, **dues)
        row = TicketRow(number=number, origin=origin, kind=ticket.kind, conversation=ticket.conversation, at=now)
        transaction.add(_write(row, ticket, self._soon))
        _note(transaction, ticket, "open", by, now, {"kind": ticket.kind, "priority": ticket.priority}, origin)
        return ticket

    def _free_number(self, transaction: Transaction) -> str:
        today = self._clock.moment().astimezone(self._rules().hours.time_zone)
        for attempt in range(10 * TRIES):
            number = make_number(today, self._draw(3 + attempt // TRIES))
            if transaction.get(TicketRow, number) is None:
                return number
        raise RuntimeError("no number is free")

    def _act(
        self, transaction: Transaction, number: str, command: str, do: Do, by: Hand, now: int
    ) -> Ticket | TicketRefused:
        row, known = _lock(transaction, number), f"{by.id}:{command}"
        if row is None:
            return TicketRefused("unknown")
        before = read_ticket(row)
        if (carried_out := _done_before(transaction, known)) is not None:
            return before if carried_out == number else TicketRefused("unknown")
        after = apply(before, do, by, now)
        if isinstance(after, TicketRefused):
            return after
        _write(row, after, self._soon)
        if after.state is not before.state:
            row.tell_at = now if after.state is TicketState.SOLVED and after.conversation else None
        data = changes(before, after) | ({"text": text} if (text := getattr(do, "text", "")) else {})
        _note(transaction, after, do.act, by, now, data, known)
        return after

    def _ring(self, number: str, transaction: Transaction) -> None:
        row = _lock(transaction, number)
        if row is None:
            return
        ticket, now = read_ticket(row), self._clock.now()
        past = [alarm.key for alarm in alarms(ticket, self._soon) if alarm.at <= now]
        for alarm in ringing(ticket, self._soon, now):
            if alarm.key not in ticket.told:
                data: dict[str, JsonValue] = {"what": alarm.what, "due": alarm.due, "step": alarm.step}
                _note(transaction, ticket, "alarm", DESK, now, data)
        told = tuple(dict.fromkeys((*ticket.told, *past)))
        _write(row, ticket.model_copy(update={"told": told}), self._soon)

    def _conditions(self, wanted: Wanted) -> list[ColumnElement[bool]]:
        shelves: Mapping[Shelf, ColumnElement[bool]] = {
            "mine": and_(TicketRow.owner == wanted.agent, TicketRow.state.in_(LIVE)),
            "unassigned": and_(TicketRow.owner.is_(None), TicketRow.state.in_(LIVE)),
            "overdue": TicketRow.due <= self._clock.now(),
            "all": true(),
        }
        conditions = [shelves[wanted.shelf]]
        conditions += [TicketRow.kind == wanted.kind] if wanted.kind else []
        conditions += [TicketRow.state == wanted.state] if wanted.state else []
        words = fold(wanted.words)
        return conditions + ([TicketRow.words.contains(words, autoescape=True)] if words else [])


def read_ticket(row: TicketRow) -> Ticket:
    return Ticket.model_validate_json(row.body)


def _answered_at(new: NewTicket, now: int) -> int | None:
    """Nobody waits to hear that we know of a task of our own."""
    return now if new.kind is Kind.TASK else None


def _write(row: TicketRow, ticket: Ticket, soon: int) -> TicketRow:
    row.body = ticket.model_dump_json()
    row.state, row.owner = ticket.state, ticket.owner
    row.due, row.look_at = late_from(ticket), next_look(ticket, soon)
    row.words = fold(f"{ticket.number} {ticket.title} {ticket.order}")[:LONGEST_WORDS]
    return row


def _lock(transaction: Transaction, number: str) -> TicketRow | None:
    """The row as it is now, held until the end; SQLite's writers hold everything anyway."""
    return transaction.scalar(select(TicketRow).where(TicketRow.number == number).with_for_update())


def _done_before(transaction: Transaction, command: str) -> str | None:
    """The ticket that a command id was carried out on."""
    return transaction.scalar(select(TicketHistoryRow.ticket).where(TicketHistoryRow.command == command))


def _names_since(before: int, transaction: Transaction) -> frozenset[str] | None:
    """The tickets, and their conversations, that the history's lines after one are about; None: there is no telling."""
    since = select(TicketHistoryRow.ticket).where(TicketHistoryRow.id > before).distinct().limit(AT_ONCE + 1)
    numbers = transaction.scalars(since).all()
    if not 0 < len(numbers) <= AT_ONCE:
        return None
    chats = transaction.scalars(select(TicketRow.conversation).where(TicketRow.number.in_(numbers))).all()
    return frozenset([*numbers, *[chat for chat in chats if chat]])


def _note(
    transaction: Transaction,
    ticket: Ticket,
    act: str,
    by: Hand,
    now: int,
    data: Mapping[str, JsonValue],
    command: str | None = None,
) -> None:
    kept, name = json.dumps(dict(data), ensure_ascii=False), by.name or None
    line = TicketHistoryRow(ticket=ticket.number, command=command, at=now, act=act, agent=by.id, agent_name=name)
    line.data = kept
    transaction.add(line)
    transaction.flush()


def _newest_line(transaction: Transaction) -> tuple[int, int]:
    """What differs whenever the history has grown: lines of transactions side by side come in any order."""
    newest = transaction.scalar(select(func.max(TicketHistoryRow.id))) or 0
    lately = select(func.count()).where(TicketHistoryRow.id > newest - LATELY)
    return newest, transaction.scalar(lately) or 0


def _ringing(ticket: Ticket, soon: int, now: int) -> Ringing:
    """Only what was given: an alarm that is due this second is given by the next look."""
    return Ringing(ticket, tuple(alarm for alarm in ringing(ticket, soon, now) if alarm.key in ticket.told))


def _read_line(row: TicketHistoryRow) -> HistoryLine:
    data: dict[str, JsonValue] = json.loads(row.data)
    return HistoryLine(at=row.at, act=row.act, agent=row.agent, agent_name=row.agent_name, data=data)
