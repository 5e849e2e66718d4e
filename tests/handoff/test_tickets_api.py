"""Tickets over HTTP: agents open and work on them, auditors only read, and the feedback form opens one."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from httpx import ASGITransport, AsyncClient
from pydantic import JsonValue

from bot.clock import Clock
from bot.log import ConversationLog
from bot.record.archive import Archive
from bot.record.database import Database
from bot.store.store import Store
from handoff.accounts import Account, Standing
from handoff.broker import Agent
from handoff.feedback import make_feedback_routes
from handoff.roles import May, Role, may
from handoff.routing import Routing
from handoff.rulebook import Rulebook
from handoff.ticketbook import Ticketbook
from handoff.ticketsources import TicketSources
from handoff.workspace.sessions import Problem, answer_problem, not_allowed
from handoff.workspace.tickets import TicketParts, make_ticket_routes, tell
from tests.handoff.floor import Floor

PATH = "/workspace/api/tickets"
HOUR = 3_600_000
CONVERSATION = "c234567c234567cc"


def account(id: str, name: str, role: Role = Role.AGENT) -> Account:
    return Account(id, name, role, Standing.ACTIVE)


LIN, MEI, ADA = account("a1", "Lin"), account("a2", "Mei"), account("a3", "Ada", Role.LEAD)
EVE = account("a4", "Eve", Role.AUDITOR)


class Notebook:
    def __init__(self) -> None:
        self.kinds: list[str] = []

    async def note(
        self, kind: str, *, agent: Agent | None = None, conversation: str | None = None, **data: JsonValue
    ) -> None:
        self.kinds.append(kind)


class Office:
    """The routes of a desk, for whoever `who` is."""

    def __init__(self, store: Store, database: Database) -> None:
        self.who, self.now, self.ids = LIN, 1_795_300_000_000, itertools.count(10_000_000)
        clock, self.notes, rules = Clock(lambda: self.now / 1000), Notebook(), Rulebook()
        self.book = Ticketbook(database, clock, lambda: rules.rules, self._colleagues)
        sources = TicketSources(self.book, store, ConversationLog(store, Archive(database)), database, clock)
        app = FastAPI()
        app.include_router(make_ticket_routes(TicketParts(self.book, store, rules, self.notes), self._who_may))
        app.include_router(make_feedback_routes(sources, store, self._visitor, frozenset({"https://shop.example"})))
        app.add_exception_handler(Problem, answer_problem)
        self.browser = AsyncClient(transport=ASGITransport(app=app), base_url="http://desk.example")

    async def _colleagues(self) -> list[Account]:
        return [LIN, MEI, ADA]

    def _visitor(self, token: str) -> str | None:
        return CONVERSATION if token == "good" else None

    def _who_may(self, act: May) -> Any:
        async def allowed(_: Request) -> Account:
            if not may(self.who.role, act):
                raise not_allowed()
            return self.who

        return allowed

    async def open(self, **body: Any) -> dict[str, Any]:
        given = {"command": str(next(self.ids)), "title": "call back", **body}
        answer = await self.browser.post(PATH, json=given)
        assert answer.status_code == 200, answer.text
        ticket: dict[str, Any] = answer.json()["ticket"]
        return ticket

    async def act(self, number: str, do: dict[str, Any], command: str | None = None) -> tuple[int, dict[str, Any]]:
        body = {"command": command or str(next(self.ids)), "do": do}
        answer = await self.browser.post(f"{PATH}/{number}", json=body)
        return answer.status_code, answer.json()

    async def list(self, **query: Any) -> list[str]:
        answer = await self.browser.get(PATH, params=query)
        return [ticket["number"] for ticket in answer.json()["tickets"]]


@pytest.fixture
async def office(store: Store, database: Database) -> AsyncIterator[Office]:
    office = Office(store, database)
    async with office.browser:
        yield office


async def test_a_ticket_is_opened_worked_on_and_solved(office: Office) -> None:
    number = (await office.open(kind="task", order="JL1", priority="high"))["number"]
    step = {"act": "add_step", "party": "warehouse", "what": "find the parcel", "due": office.now + HOUR}
    status, answer = await office.act(number, step)
    assert (status, answer["ticket"]["state"]) == (200, "waiting")
    status, answer = await office.act(number, {"act": "finish_step", "step": 1, "outcome": "done", "remark": "found"})
    assert (answer["ticket"]["state"], answer["ticket"]["steps"][0]["ended_by"]) == ("open", "Lin")
    status, answer = await office.act(number, {"act": "solve", "text": "sent again"})
    assert answer["ticket"]["state"] == "solved"
    assert [line["act"] for line in answer["history"]] == ["open", "add_step", "finish_step", "solve"]
    assert office.notes.kinds == ["ticket_opened", "ticket_add_step", "ticket_finish_step", "ticket_solve"]
    assert (await office.browser.get(f"{PATH}/{number}")).json() == answer


async def test_a_repeated_request_opens_and_does_it_once(office: Office) -> None:
    one, other = [await office.open(command="the-same-1") for _ in range(2)]
    assert one["number"] == other["number"]
    for _ in range(2):
        status, answer = await office.act(one["number"], {"act": "remark", "text": "called"}, "the-same-2")
    assert (status, len(answer["history"])) == (200, 2)


@pytest.mark.parametrize(
    ("do", "status", "reason"),
    [
        ({"act": "reopen"}, 409, "state"),
        ({"act": "finish_step", "step": 7, "outcome": "done"}, 409, "step"),
        ({"act": "add_step", "party": "moon", "what": "x", "due": 1}, 400, "party"),
        ({"act": "assign", "owner": "nobody"}, 400, "agent"),
        ({"act": "edit", "version": 9, "title": "x", "first_answer_due": 1, "solution_due": 1}, 409, "changed"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_reason_and_changes_nothing(
    office: Office, do: dict[str, Any], status: int, reason: str
) -> None:
    ticket = await office.open()
    answered, answer = await office.act(ticket["number"], do)
    assert (answered, answer["error"]["reason"]) == (status, reason)
    read = (await office.browser.get(f"{PATH}/{ticket['number']}")).json()
    assert (read["ticket"], len(read["history"])) == (ticket, 1)


@pytest.mark.parametrize(
    "do",
    [
        {"act": "explode"},
        {"act": "remark", "text": ""},
        {"act": "remark", "text": "x" * 4_001},
        {"act": "solve", "x": 1},
    ],
)
async def test_what_is_no_act_is_a_bad_request(office: Office, do: dict[str, Any]) -> None:
    ticket = await office.open()
    assert (await office.act(ticket["number"], do))[0] == 422


async def test_another_agents_ticket_is_theirs_but_a_leads_hand_reaches_it(office: Office) -> None:
    number = (await office.open())["number"]
    office.who = MEI
    status, answer = await office.act(number, {"act": "solve"})
    assert (status, answer["error"]["reason"]) == (409, "owner")
    office.who = ADA
    assert (await office.act(number, {"act": "assign", "owner": "a2"}))[0] == 200
    office.who = MEI
    assert await office.list(shelf="mine") == [number]
    assert (await office.act(number, {"act": "solve"}))[0] == 200


async def test_an_auditor_reads_and_does_nothing(office: Office) -> None:
    number = (await office.open())["number"]
    office.who = EVE
    assert (await office.browser.get(f"{PATH}/{number}")).status_code == 200
    assert await office.list(shelf="all") == [number]
    assert (await office.act(number, {"act": "remark", "text": "hm"}))[0] == 403
    assert (await office.browser.post(PATH, json={"command": "12345678", "title": "x"})).status_code == 403


async def test_an_unknown_ticket_is_not_found(office: Office) -> None:
    assert (await office.browser.get(f"{PATH}/T-261122-ZZZ")).status_code == 404
    assert (await office.act("T-261122-ZZZ", {"act": "solve"}))[1]["error"]["reason"] == "unknown"


async def test_a_conversation_shows_its_live_tickets(office: Office, store: Store) -> None:
    answer = await office.browser.post(PATH, json={"command": "12345678", "title": "x", "conversation": CONVERSATION})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (404, "conversation")
    await Floor(store, Routing()).write(CONVERSATION)
    number = (await office.open(conversation=CONVERSATION))["number"]
    shown = (await office.browser.get(f"{PATH}/of/{CONVERSATION}")).json()["tickets"]
    assert [ticket["number"] for ticket in shown] == [number]
    await office.act(number, {"act": "close"})
    assert (await office.browser.get(f"{PATH}/of/{CONVERSATION}")).json()["tickets"] == []


async def test_owners_hear_of_their_alarms_leads_of_all_and_everybody_of_nobodys(office: Office) -> None:
    mine = (await office.open())["number"]
    nobodys = (await office.open(mine=False))["number"]
    office.now += 80 * HOUR
    await office.book.ring()
    await office.book.refresh()

    def hears(agent: Account) -> list[str]:
        return sorted(one["number"] for one in tell(office.book.ringing, agent)["tickets"])

    assert hears(LIN) == hears(ADA) == hears(EVE) == sorted([mine, nobodys])
    assert hears(MEI) == [nobodys]
    assert tell(office.book.ringing, LIN)["late"] == 2


FEEDBACK = {"id": "form-0001", "text": "  The courier was rude.\nTwice.  ", "kind": "complaint"}


async def test_feedback_opens_a_ticket_once_and_names_its_number(office: Office) -> None:
    answers = [await office.browser.post("/api/feedback", json={**FEEDBACK, "token": "good"}) for _ in range(2)]
    number = answers[0].json()["number"]
    assert answers[1].json() == {"number": number, "known": True}
    ticket = await office.book.get(number)
    assert ticket is not None
    assert (ticket.kind, ticket.title, ticket.conversation) == (
        "complaint",
        "The courier was rude. Twice.",
        CONVERSATION,
    )
    anonymous = await office.browser.post("/api/feedback", json={**FEEDBACK, "id": "form-0002", "token": "forged"})
    assert anonymous.json()["known"] is False


@pytest.mark.parametrize("bad", [{"text": ""}, {"text": "x" * 2_001}, {"id": "x"}, {"kind": "praise"}, {"more": 1}])
async def test_feedback_out_of_bounds_is_refused(office: Office, bad: dict[str, Any]) -> None:
    assert (await office.browser.post("/api/feedback", json={**FEEDBACK, **bad})).status_code == 422
    assert await office.list(shelf="all") == []


async def test_a_foreign_site_cannot_post_feedback_and_a_simple_form_neither(office: Office) -> None:
    foreign = await office.browser.post("/api/feedback", json=FEEDBACK, headers={"origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "bad_origin")
    plain = {"content-type": "text/plain"}
    assert (await office.browser.post("/api/feedback", content='{"id": "form-0001"}', headers=plain)).status_code == 422
    for origin in ("http://desk.example", "https://shop.example"):
        answer = await office.browser.post("/api/feedback", json=FEEDBACK, headers={"origin": origin})
        assert answer.status_code == 200


async def test_who_sends_too_much_feedback_has_to_wait(office: Office) -> None:
    bodies = [{**FEEDBACK, "id": f"form-000{number}"} for number in range(6)]
    answers = [await office.browser.post("/api/feedback", json=body) for body in bodies]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert len(await office.list(shelf="all")) == 5


async def test_the_form_is_a_page_without_anything_inline(office: Office) -> None:
    page = (await office.browser.get("/feedback")).text
    assert "<style" not in page and "onclick" not in page and "<script>" not in page
    for name in ("feedback.js", "feedback.css"):
        assert (await office.browser.get(f"/feedback/{name}")).status_code == 200
    assert (await office.browser.get("/feedback/feedback.html")).status_code == 404
