"""Tickets open by themselves once, are answered by a human's word, and shoppers hear of theirs and of nobody else's."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from bot.dialogue.port import Draft, Turn
from bot.dialogue.texts import Texts
from bot.log import ConversationLog
from bot.messages import Content
from bot.record.archive import Archive
from bot.record.database import Database
from bot.store.store import Store
from handoff.ledger import Ledger
from handoff.routing import Routing
from handoff.rulebook import Rulebook
from handoff.ticketbook import Ticketbook, Wanted
from handoff.tickets import Act, AddStep, Change, Hand, Kind, NewTicket, Ticket
from handoff.ticketsources import TicketSources
from handoff.ticketstates import TicketDialogue, TicketStates, asks_for_state, number_in
from tests.handoff.floor import LIN, Floor

HOUR = 3_600_000
HAND = Hand("a1", "Lin")
pytestmark = pytest.mark.timeout(60)


class Shop:
    """A desk's floor with tickets, under one clock."""

    def __init__(self, store: Store, database: Database) -> None:
        self.floor = Floor(store, Routing(mode="pull"))
        self.store, self.clock = store, self.floor.clock
        self.ledger = Ledger(store, database, self.clock)
        self.book = Ticketbook(database, self.clock, self.floor.rules, self._colleagues)
        self.log = ConversationLog(store, Archive(database))
        self.sources = TicketSources(self.book, store, self.log, database, self.clock)
        self.states = TicketStates(
            self.book, store, self.clock, Texts.load(), Rulebook(), frozenset({"wechat"}), 86_400_000
        )
        self.commands = (f"command-{number}" for number in itertools.count())

    async def _colleagues(self) -> list[Any]:
        return [LIN]

    async def look(self) -> list[Ticket]:
        await self.ledger.project()
        await self.sources.look()
        return (await self.book.find(Wanted()))[0]

    async def act(self, ticket: Ticket, do: Any) -> Ticket:
        done = await self.book.act(ticket.number, next(self.commands), do, HAND)
        assert isinstance(done, Ticket)
        return done

    async def asks(self, id: str, text: str) -> str | None:
        conversation = await self.store.conversation(id)
        entry = (await self.log.before(id, None, 1))[-1]
        said = entry.model_copy(update={"content": Content(text=text)})
        content = await self.states.answer(Turn(conversation, (said,), self.clock.moment()))
        return content.text if content else None

    async def told(self, id: str) -> list[str]:
        entries = await self.store.entries(id, 0)
        return [entry.content.text for entry in entries if entry.data.get("event") == "ticket_solved"]


@pytest.fixture
def shop(store: Store, database: Database) -> Shop:
    return Shop(store, database)


async def test_a_complaint_opens_one_ticket_an_episode_however_often_it_is_looked_at(shop: Shop) -> None:
    await shop.floor.ask("c1", "complaint")
    await shop.floor.ask("c2", "asked")
    (ticket,) = await shop.look()
    assert (ticket.kind, ticket.conversation, ticket.owner, ticket.title) == (Kind.COMPLAINT, "c1", None, "?")
    assert ticket.first_answer_due - ticket.at == HOUR
    await shop.look()
    again = TicketSources(shop.book, shop.store, shop.log, shop.book._database, shop.clock)
    await again.look()
    assert len(await shop.look()) == 1
    await shop.floor.broker.claim("c1", LIN, "command-a")
    await shop.floor.broker.close("c1", LIN, "command-b")
    await shop.floor.ask("c1", "complaint")
    assert len(await shop.look()) == 2


async def test_a_humans_word_in_the_chat_is_the_first_answer(shop: Shop) -> None:
    await shop.floor.ask("c1", "complaint")
    await shop.look()
    shop.floor.now += 60_000
    await shop.floor.broker.claim("c1", LIN, "command-a")
    assert (await shop.look())[0].answered_at is None
    await shop.floor.reply("c1", LIN)
    assert (await shop.look())[0].answered_at == shop.floor.now


async def test_a_word_said_before_the_record_had_the_complaint_is_the_first_answer_too(shop: Shop) -> None:
    """The record may have been down: a ticket counts from the complaint, not from when it was written."""
    await shop.floor.ask("c1", "complaint")
    asked = shop.floor.now
    shop.floor.now += 60_000
    await shop.floor.reply("c1", LIN)
    answered = shop.floor.now
    shop.floor.now += 600_000
    (ticket,) = await shop.look()
    assert (ticket.at, ticket.first_answer_due, ticket.answered_at) == (asked, asked + HOUR, answered)


async def test_a_low_rating_opens_one_ticket_and_its_reason_is_added(shop: Shop) -> None:
    await shop.floor.write("c1")
    conversation = await shop.store.conversation("c1")
    await shop.sources.on_low_rating(conversation, 1, 2, "")
    for _ in range(2):
        await shop.sources.on_low_rating(conversation, 1, 2, "太慢了")
    (ticket,) = await shop.look()
    assert (ticket.kind, ticket.title) == (Kind.BAD_RATING, "★★☆☆☆")
    assert [line.data.get("text") for line in await shop.book.history(ticket.number)] == [None, "太慢了"]


@pytest.mark.parametrize(
    "text",
    [
        "我的投诉怎么样了",
        "我上次的投诉处理了吗？",
        "投诉进度",
        "我的投訴處理得怎麼樣了",
        "查一下我的工单",
        "what about my complaint?",
        "Any update on my complaint",
        "how is my ticket doing",
    ],
)
def test_these_words_ask_how_a_ticket_stands(text: str) -> None:
    assert asks_for_state(text)


@pytest.mark.parametrize(
    "text", ["我要投诉", "投诉！你们怎么处理的", "I want to complain", "this is my complaint: it broke"]
)
def test_these_words_begin_a_complaint(text: str) -> None:
    assert not asks_for_state(text)


@pytest.mark.parametrize(
    "text", ["T-261122-7K3", "t 261122 7k3怎么样了", "Ｔ－２６１１２２－７Ｋ３", "my ticket t261122-7k3?"]
)
def test_a_number_is_found_however_it_is_typed(text: str) -> None:
    assert number_in(text) == "T-261122-7K3"


def test_a_product_or_an_order_is_no_number() -> None:
    assert [number_in(text) for text in ("JLT-261122-7K3", "T-26112-7K3", "T-shirt 261122")] == [None] * 3


async def test_the_state_the_next_step_and_the_time_are_told(shop: Shop) -> None:
    await shop.floor.ask("c1", "complaint")
    (ticket,) = await shop.look()
    shop.floor.now += 1_000
    due = shop.floor.now + 2 * HOUR
    await shop.act(ticket, AddStep(party="warehouse", what="是不是他自己摔的？", due=due))
    said = await shop.asks("c1", "我的投诉怎么样了")
    assert said is not None
    assert said.startswith(f"您的投诉（{ticket.number}）正在处理，在等下一步的结果。下一步由仓库处理，北京时间今天")
    assert "摔" not in said
    shop.floor.now = due
    assert "比计划的慢了" in (await shop.asks("c1", f"{ticket.number} 怎么样了") or "")
    english = await shop.asks("c1", f"what about my complaint {ticket.number}")
    assert english is not None and english.startswith(f"Your complaint ({ticket.number}) is being dealt with")


async def test_a_foreign_number_is_answered_as_one_that_never_was(shop: Shop) -> None:
    await shop.floor.ask("c1", "complaint")
    await shop.floor.write("c2")
    (ticket,) = await shop.look()
    foreign, unknown = await shop.asks("c2", ticket.number), await shop.asks("c2", "T-261122-ZZZ")
    assert foreign is not None and unknown is not None
    assert foreign.replace(ticket.number, "#") == unknown.replace("T-261122-ZZZ", "#")
    assert await shop.asks("c2", "我的投诉怎么样了") is None


async def test_the_bot_answers_everything_else_as_before(shop: Shop) -> None:
    class Parrot:
        async def reply(self, turn: Turn) -> Draft:
            return Draft((Content(text="嗯"),), {})

        attend = reply

    await shop.floor.ask("c1", "complaint")
    await shop.look()
    dialogue = TicketDialogue(shop.states, Parrot())
    entry = (await shop.log.before("c1", None, 1))[-1]
    conversation = await shop.store.conversation("c1")

    async def hear(text: str) -> str:
        turn = Turn(conversation, (entry.model_copy(update={"content": Content(text=text)}),), shop.clock.moment())
        return (await dialogue.reply(turn)).say[0].text

    assert await hear("多少钱") == "嗯"
    assert (await hear("我的投诉怎么样了")).startswith("您的投诉")


async def test_a_solution_is_told_once_and_only_when_nobody_talks_with_the_shopper(shop: Shop) -> None:
    await shop.floor.ask("c1", "complaint")
    (ticket,) = await shop.look()
    await shop.act(ticket, Change(act=Act.SOLVE))
    await shop.states.tell_solved()
    assert await shop.told("c1") == []
    await shop.floor.broker.claim("c1", LIN, "command-a")
    await shop.floor.broker.close("c1", LIN, "command-b")
    shop.floor.now += 60_000
    await shop.states.tell_solved()
    await shop.states.tell_solved()
    assert await shop.told("c1") == [f"您的投诉（{ticket.number}）已经解决。如果还有问题，直接在这里告诉我们。"]
    assert (await shop.store.conversation("c1")).state == "closed"


async def test_a_telling_that_was_cut_off_is_not_told_twice(shop: Shop) -> None:
    await shop.floor.write("c1")
    conversation = await shop.store.conversation("c1")
    new = NewTicket(kind=Kind.TASK, title="x", conversation=conversation.id, channel="web")
    ticket = await shop.book.open(new, "x")
    solved = await shop.act(ticket, Change(act=Act.SOLVE))
    ((_, since),) = await shop.book.untold()
    assert await shop.states._tell(solved, since)
    await shop.states.tell_solved()
    assert len(await shop.told("c1")) == 1
    assert await shop.book.untold() == []


async def test_a_ticket_that_is_opened_again_is_told_again(shop: Shop) -> None:
    await shop.floor.write("c1")
    ticket = await shop.book.open(NewTicket(kind=Kind.TASK, title="x", conversation="c1"), "x")
    await shop.act(ticket, Change(act=Act.SOLVE))
    await shop.act(ticket, Change(act=Act.REOPEN))
    assert await shop.book.untold() == []
    shop.floor.now += 1
    await shop.act(ticket, Change(act=Act.SOLVE))
    await shop.states.tell_solved()
    assert len(await shop.told("c1")) == 1
