"""Tickets over HTTP: found, read, opened by hand, and what agents do with them; and what the feed tells of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import JSONResponse

from bot.messages import Conversation, Model
from bot.store.store import Store
from handoff.accounts import Account
from handoff.ledger import Notes
from handoff.roles import May, may
from handoff.rulebook import Rulebook
from handoff.ticketbook import Ringing, Shelf, Ticketbook, Wanted
from handoff.tickets import Do, Hand, Kind, Line, NewTicket, Order, Priority, Ticket, TicketRefused, TicketState, Words
from handoff.workspace.sessions import Problem

Number = Annotated[str, Path(pattern=r"^T-\d{6}-[A-Z0-9]{3,12}$")]
CommandId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
ConversationId = Annotated[str, Field(pattern=r"^[a-z2-7]{16}$")]
WhoMay = Callable[[May], Callable[..., Awaitable[Account]]]

REFUSALS: Mapping[str, tuple[int, str]] = {
    "state": (409, "The ticket's present state does not allow this."),
    "owner": (409, "Another agent owns this ticket."),
    "changed": (409, "Somebody changed the ticket meanwhile; look at it again."),
    "step": (409, "There is no such open step."),
    "steps": (409, "Some steps are still open: finish them first."),
    "full": (409, "A ticket has at most 40 steps."),
    "answered": (409, "The shopper has had a first answer already."),
    "party": (400, "Steps are for the parties that the desk's rules name."),
    "agent": (400, "There is no such agent."),
    "unknown": (404, "There is no such ticket."),
}
"""What a refusal is over HTTP; the workspace says it in the agent's language by its reason."""


class OpenBody(Model):
    """A ticket as an agent opens it; `command`: a random id, for the same ticket when it is sent again."""

    command: CommandId
    kind: Kind = Kind.TASK
    title: Line
    text: Words = ""
    order: Order = ""
    priority: Priority = "normal"
    conversation: ConversationId | None = None
    mine: bool = True


class ActBody(Model):
    """`command`: a random id; the same id again is carried out once."""

    command: CommandId
    do: Do


@dataclass(frozen=True)
class TicketParts:
    """What the routes work with."""

    book: Ticketbook
    store: Store
    rules: Rulebook
    ledger: Notes


def make_ticket_routes(parts: TicketParts, who_may: WhoMay) -> APIRouter:
    """`who_may` makes the dependency that gives whoever may do something, or answers 401 or 403 itself."""
    router = APIRouter(prefix="/workspace/api/tickets", tags=["workspace"])
    _add_reading(router, parts, who_may(May.READ))
    _add_acting(router, parts, who_may(May.WORK))
    return router


def _add_reading(router: APIRouter, parts: TicketParts, reader: Callable[..., Awaitable[Account]]) -> None:
    @router.get("")
    async def find(
        shelf: Shelf = "mine",
        kind: Kind | None = None,
        state: TicketState | None = None,
        words: Annotated[str, Query(max_length=100)] = "",
        skip: Annotated[int, Query(ge=0, le=100_000)] = 0,
        agent: Account = Depends(reader),
    ) -> JSONResponse:
        """A page of a shelf, what is late first; and whom steps may be for."""
        wanted = Wanted(shelf, agent.id, kind, state, words, skip)
        tickets, more = await parts.book.find(wanted)
        parties = parts.rules.rules.tickets.parties
        return JSONResponse({"tickets": [_summary(ticket) for ticket in tickets], "more": more, "parties": parties})

    @router.get("/of/{conversation}")
    async def of(conversation: ConversationId, _: Account = Depends(reader)) -> JSONResponse:
        """The live tickets of a conversation, and of those joined to it."""
        thread = await _thread(parts.store, conversation)
        tickets = await parts.book.of((conversation, thread.id, *thread.joined_by))
        return JSONResponse({"tickets": [_summary(ticket) for ticket in tickets]})

    @router.get("/{number}")
    async def read(number: Number, _: Account = Depends(reader)) -> JSONResponse:
        """A ticket with everything that was done with it."""
        ticket = await parts.book.get(number)
        if ticket is None:
            raise _problem(TicketRefused("unknown"))
        return JSONResponse(await _whole(parts, ticket))


def _add_acting(router: APIRouter, parts: TicketParts, worker: Callable[..., Awaitable[Account]]) -> None:
    @router.post("")
    async def open(body: OpenBody, agent: Account = Depends(worker)) -> JSONResponse:
        """Open a ticket by hand, in a conversation or by itself."""
        new = NewTicket(**body.model_dump(exclude={"command", "mine"}), owner=agent.id if body.mine else None)
        if body.conversation:
            new = await _in_conversation(parts.store, new)
        ticket = await parts.book.open(new, f"agent:{agent.id}:{body.command}", hand_of(agent))
        await parts.ledger.note("ticket_opened", agent=agent, conversation=ticket.conversation, ticket=ticket.number)
        return JSONResponse(await _whole(parts, ticket))

    @router.post("/{number}")
    async def act(number: Number, body: ActBody, agent: Account = Depends(worker)) -> JSONResponse:
        """Edit, assign, remark, answer, wait, resume, add or finish a step, solve, reopen, close."""
        done = await parts.book.act(number, body.command, body.do, hand_of(agent))
        if isinstance(done, TicketRefused):
            raise _problem(done)
        kind = f"ticket_{body.do.act}"
        await parts.ledger.note(kind, agent=agent, conversation=done.conversation, ticket=number, state=done.state)
        return JSONResponse(await _whole(parts, done))


def hand_of(agent: Account) -> Hand:
    return Hand(agent.id, agent.name, leads=may(agent.role, May.INTERVENE))


def tell(ringing: tuple[Ringing, ...], agent: Account) -> dict[str, Any]:
    """The feed's frame for an agent: how many tickets are late, and the alarms that stand.

    Owners hear of theirs, leads of all, and everybody of those that nobody owns.
    """
    heard = [one for one in ringing if _hears(agent, one.ticket.owner)]
    shown = [{**_summary(one.ticket), "alarms": [asdict(alarm) for alarm in one.alarms]} for one in heard]
    return {"type": "tickets", "late": sum(one.is_late for one in heard), "tickets": shown}


def _hears(agent: Account, owner: str | None) -> bool:
    return owner in (None, agent.id) or may(agent.role, May.OVERSEE)


def _summary(ticket: Ticket) -> dict[str, Any]:
    """A ticket as lists show it."""
    shown = ticket.model_dump(mode="json", exclude={"text", "contact", "told", "steps", "language"})
    step = ticket.open_steps[0].model_dump(mode="json") if ticket.open_steps else None
    return {**shown, "next": step}


async def _whole(parts: TicketParts, ticket: Ticket) -> dict[str, Any]:
    history = [line.model_dump(mode="json") for line in await parts.book.history(ticket.number)]
    parties = parts.rules.rules.tickets.parties
    return {"ticket": ticket.model_dump(mode="json", exclude={"told"}), "history": history, "parties": parties}


async def _thread(store: Store, id: str) -> Conversation:
    """Raises `Problem` where there is none."""
    conversation = await store.conversation(id)
    if conversation.joined:
        conversation = await store.conversation(conversation.joined)
    if not conversation.channel:
        raise Problem(404, "not_found", "There is no such chat.", reason="conversation")
    return conversation


async def _in_conversation(store: Store, new: NewTicket) -> NewTicket:
    thread = await _thread(store, new.conversation or "")
    where = {"conversation": thread.id, "channel": thread.channel, "language": thread.language}
    return new.model_copy(update=where)


def _problem(refused: TicketRefused) -> Problem:
    status, message = REFUSALS[refused.reason]
    code = {400: "bad_request", 404: "not_found"}.get(status, "refused")
    return Problem(status, code, message, reason=refused.reason)
