"""The courier: everything once and in order, or known to be in doubt; nothing of an owner who is no longer one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import courier as couriers
from bot.clock import Clock
from bot.courier import LONGEST_WAIT, TRIES, Courier
from bot.inbox import Inbox
from bot.messages import Attachment, Author, Button, Card, Content, Inbound, Location
from bot.store.keys import conversation_id
from bot.store.store import Store, new_entry
from bot.worker import LEASE, Work
from channels.degrade import degrade, split_text
from channels.port import Ambiguous, DeliveryError, Rejected, RetryLater, Traits, Unreachable
from handoff.broker import Agent, Broker, Moved

CHANNEL = "fake"
ID = conversation_id("shop", CHANNEL, "7")
LIN = Agent("lin", "Lin")
LONG_AFTER = (couriers.SEND_DEADLINE + LEASE / 1000) + 1
"""Seconds after which a worker that was killed has lost its work."""


class FakeChannel:
    """Keeps what it sent; the next calls go wrong as planned: before sending, or after it (`Ambiguous`)."""

    traits = Traits(CHANNEL, buttons=0, cards=False, max_text=20)

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.plan: deque[BaseException | None] = deque()
        self.before: Callable[[], Awaitable[None]] | None = None

    async def send(self, identity: str, content: Content) -> None:
        if self.before:
            before, self.before = self.before, None
            await before()
        error = self.plan.popleft() if self.plan else None
        if error is None or isinstance(error, Ambiguous | asyncio.CancelledError):
            self.sent.append(content.text)
        if error is not None:
            raise error


class Words:
    def say(self, language: str, key: str, **fields: str) -> str:
        return key


class Desk:
    """A conversation on a channel that the courier serves, and a clock that only the test moves."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seconds = 1_000.0
        clock = Clock(lambda: self.seconds)
        self.channel = FakeChannel()
        self.courier = Courier(store, clock, {CHANNEL: self.channel})
        self.broker = Broker(store, clock, Words(), frozenset({CHANNEL}), 86_400_000)
        self.inbox = Inbox(store, clock, is_fragment=lambda _: False, has_room=lambda: True, archive_after=86_400_000)

    async def claim(self) -> list[Work]:
        claimed = await self.store.claim(int(self.seconds * 1000), limit=9, lease=LEASE)
        return [Work(member.split(":")[0], member.split(":")[1], token) for member, token in claimed["items"]]

    async def bot_says(self, *texts: str) -> None:
        """A turn that the bot answers with these messages."""
        asked = Inbound(channel=CHANNEL, identity="7", external_id=uuid4().hex, content=Content(text="?"))
        seq = (await self.inbox.receive(asked)).seq
        for work in await self.claim():
            if work.kind == "turn":
                said = [new_entry(Author.BOT, Content(text=text)) for text in texts]
                epoch = (await self.store.conversation(ID)).epoch
                turn: dict[str, Any] = {"kind": "turn", "token": work.token, "set": [("cursor", seq)], "epoch": epoch}
                now = int(self.seconds * 1000)
                await self.store.run("commit", ID, work.token, now=now, entries=said, couriered=[CHANNEL], **turn)
            else:
                await self.courier.send(work)

    async def agent_says(self, text: str) -> None:
        assert isinstance(await self.broker.reply(ID, LIN, uuid4().hex, text), Moved)

    async def deliver(self) -> None:
        """Do what is due now."""
        for work in await self.claim():
            await self.courier.send(work)

    async def marks(self) -> list[tuple[str, str]]:
        """What the agents are told about entries: text and status."""
        entries = await self.store.entries(ID, 0)
        texts = {entry.seq: entry.content.text for entry in entries}
        return [
            (texts[int(str(entry.data["of"]))], str(entry.data["status"]))
            for entry in entries
            if entry.kind == "delivery"
        ]

    async def nothing_left(self) -> bool:
        conversation = await self.store.conversation(ID)
        due = await self.store.redis.zscore(self.store.keys.due, f"send:{ID}")
        return due is None and conversation.sent >= conversation.tail


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


async def test_everything_goes_once_and_in_order(desk: Desk) -> None:
    await desk.bot_says("one", "two")
    await desk.deliver()
    await desk.agent_says("three")
    await desk.deliver()
    await desk.deliver()
    assert desk.channel.sent == ["one", "two", "human.joined", "three"]
    assert await desk.marks() == []
    assert await desk.nothing_left()


async def test_notes_and_the_shoppers_own_words_are_not_sent(desk: Desk) -> None:
    await desk.bot_says("one")
    await desk.broker.note(ID, LIN, "n1", "a note")
    await desk.deliver()
    assert desk.channel.sent == ["one"]


@pytest.mark.parametrize("after", [17, LONGEST_WAIT * 2])
async def test_a_flood_limit_is_waited_out_to_the_second(desk: Desk, after: float) -> None:
    desk.channel.plan.append(RetryLater(after, "flood limit"))
    await desk.bot_says("one")
    await desk.deliver()
    desk.seconds += after - 0.001
    await desk.deliver()
    assert desk.channel.sent == []
    desk.seconds += 0.001
    await desk.deliver()
    assert desk.channel.sent == ["one"]
    assert await desk.marks() == []


async def test_what_is_said_during_a_flood_limit_waits_behind(desk: Desk) -> None:
    desk.channel.plan.append(RetryLater(17, "flood limit"))
    await desk.bot_says("one")
    await desk.deliver()
    desk.seconds += 5
    await desk.bot_says("two")
    await desk.deliver()
    assert desk.channel.sent == []
    desk.seconds += 12
    await desk.deliver()
    assert desk.channel.sent == ["one", "two"]


async def test_a_lost_answer_is_tried_once_more_and_marked(desk: Desk) -> None:
    desk.channel.plan.append(Ambiguous("timeout"))
    await desk.bot_says("one", "two")
    await desk.deliver()
    assert desk.channel.sent == ["one", "one", "two"]
    assert await desk.marks() == [("one", "maybe_twice")]


async def test_after_two_lost_answers_it_counts_as_sent_and_nobody_is_sure(desk: Desk) -> None:
    desk.channel.plan += [Ambiguous("timeout"), Ambiguous("timeout")]
    await desk.bot_says("one", "two")
    await desk.deliver()
    assert desk.channel.sent == ["one", "one", "two"]
    assert await desk.marks() == [("one", "unconfirmed")]
    assert await desk.nothing_left()


async def test_a_lost_answer_for_one_piece_loses_no_other(desk: Desk) -> None:
    desk.channel.plan += [Ambiguous("timeout"), Ambiguous("timeout"), Ambiguous("timeout")]
    await desk.bot_says("The first sentence. The second sentence. ")
    await desk.deliver()
    first, second = "The first sentence. ", "The second sentence. "
    assert [text.strip() for text in desk.channel.sent] == [first.strip()] * 2 + [second.strip()] * 2
    assert [status for _, status in await desk.marks()] == ["unconfirmed"]


async def test_a_channel_that_never_answers_is_a_lost_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(couriers, "SEND_DEADLINE", 0.02)

    async def hang() -> None:
        await asyncio.Event().wait()

    desk.channel.before = hang
    await desk.bot_says("one")
    await desk.deliver()
    assert desk.channel.sent == ["one"]
    assert await desk.marks() == [("one", "maybe_twice")]


@pytest.mark.parametrize("error", [Unreachable("blocked"), Rejected("BadRequest")])
async def test_what_can_never_be_sent_has_failed_and_the_rest_goes_on(desk: Desk, error: DeliveryError) -> None:
    desk.channel.plan.append(error)
    await desk.bot_says("one", "two")
    await desk.deliver()
    assert desk.channel.sent == ["two"]
    assert await desk.marks() == [("one", "failed")]


async def test_a_shopper_who_has_blocked_us_is_known_as_unreachable_until_the_next_word(desk: Desk) -> None:
    desk.channel.plan.append(Unreachable("blocked"))
    await desk.bot_says("one")
    await desk.deliver()
    assert not (await desk.store.conversation(ID)).reachable
    await desk.bot_says("two")
    assert (await desk.store.conversation(ID)).reachable


async def test_twelve_proven_failures_are_a_failure(desk: Desk) -> None:
    desk.channel.plan += [RetryLater(1, "server error") for _ in range(TRIES)]
    await desk.bot_says("one", "two")
    for _ in range(TRIES):
        assert await desk.marks() == []
        await desk.deliver()
        desk.seconds += LONGEST_WAIT
    await desk.deliver()
    assert desk.channel.sent == ["two"]
    assert await desk.marks() == [("one", "failed")]


async def test_waits_double_until_ten_minutes(desk: Desk) -> None:
    desk.channel.plan += [RetryLater(0, "server error") for _ in range(TRIES)]
    await desk.bot_says("one")
    waits = []
    for _ in range(TRIES - 1):
        await desk.deliver()
        due = await desk.store.redis.zscore(desk.store.keys.due, f"send:{ID}")
        waits.append(due / 1000 - desk.seconds)
        desk.seconds = due / 1000
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600]


async def test_a_bots_word_is_withdrawn_once_an_agent_has_taken_over(desk: Desk) -> None:
    desk.channel.plan.append(RetryLater(17, "flood limit"))
    await desk.bot_says("from the bot")
    await desk.deliver()
    await desk.agent_says("from Lin")
    desk.seconds += 17
    await desk.deliver()
    assert desk.channel.sent == ["human.joined", "from Lin"]
    assert await desk.marks() == [("from the bot", "withdrawn")]


async def test_a_bots_word_that_may_have_arrived_before_the_takeover_is_not_told_as_withdrawn(desk: Desk) -> None:
    desk.channel.plan.append(asyncio.CancelledError())
    await desk.bot_says("from the bot")
    with pytest.raises(asyncio.CancelledError):
        await desk.deliver()
    await desk.agent_says("from Lin")
    desk.seconds += LONG_AFTER
    await desk.deliver()
    assert desk.channel.sent == ["from the bot", "human.joined", "from Lin"]
    assert await desk.marks() == [("from the bot", "unconfirmed")]


async def test_a_takeover_between_two_pieces_withdraws_the_rest(desk: Desk) -> None:
    async def take_over() -> None:
        await desk.agent_says("from Lin")

    desk.channel.before = take_over
    await desk.bot_says("The first sentence. The second sentence. ")
    await desk.deliver()
    await desk.deliver()
    assert [text.strip() for text in desk.channel.sent] == ["The first sentence.", "human.joined", "from Lin"]
    assert [status for _, status in await desk.marks()] == ["unconfirmed"]


async def test_an_agents_words_go_out_even_after_the_close(desk: Desk) -> None:
    await desk.bot_says("one")
    await desk.deliver()
    await desk.agent_says("from Lin")
    await desk.broker.close(ID, LIN, "k1")
    await desk.deliver()
    assert desk.channel.sent == ["one", "human.joined", "from Lin", "human.closed"]
    assert await desk.marks() == []


async def test_a_kill_between_attempt_and_answer_doubles_once_and_is_marked(desk: Desk) -> None:
    desk.channel.plan.append(asyncio.CancelledError())
    await desk.bot_says("one", "two")
    with pytest.raises(asyncio.CancelledError):
        await desk.deliver()
    await desk.deliver()
    assert desk.channel.sent == ["one"]
    desk.seconds += LONG_AFTER
    await desk.deliver()
    assert desk.channel.sent == ["one", "one", "two"]
    assert await desk.marks() == [("one", "maybe_twice")]


async def test_a_courier_that_lost_its_work_sends_nothing_more(desk: Desk) -> None:
    async def be_late() -> None:
        desk.seconds += LONG_AFTER
        await desk.deliver()

    desk.channel.before = be_late
    await desk.bot_says("one", "two")
    await desk.deliver()
    assert desk.channel.sent == ["one", "two", "one"]
    assert await desk.marks() == [("one", "maybe_twice")]


texts = st.text(st.sampled_from("ab 。！. \n长"), max_size=200)


@given(texts, st.integers(1, 30))
def test_pieces_fit_and_lose_nothing_but_blanks(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert pieces
    assert all(len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece.strip() for piece in pieces) or not text.strip()


@given(st.lists(st.sampled_from(["你好。", "在吗？", "Fine. ", "好！"]), min_size=1))
def test_pieces_end_where_sentences_end(sentences: list[str]) -> None:
    for piece in split_text("".join(sentences), 12):
        assert piece.endswith(("。", "？", "Fine. ", "！"))


@given(texts, st.integers(0, 3))
def test_what_a_channel_cannot_show_becomes_text(text: str, shown: int) -> None:
    buttons = tuple(Button(label=f"label {n}", choice=f"c{n}") for n in range(2))
    card = Card(kind="product", ref="P1", title="Headphones", lines=("¥199",))
    pieces = degrade(Content(text=text, buttons=buttons, card=card), Traits("x", shown, cards=False, max_text=30))
    whole = "".join(piece.text for piece in pieces)
    assert "【Headphones】" in whole.replace("\n", "")
    assert all(piece.card is None and len(piece.text) <= 30 for piece in pieces)
    assert all(not piece.buttons for piece in pieces[:-1])
    assert pieces[-1].buttons == buttons[:shown]
    assert shown or "label 1" in whole


PICTURE = Attachment(kind="image", media="a" * 16, type="image/png", name="label.png")


def test_attachments_go_each_alone_and_before_the_text() -> None:
    traits = Traits("fake", buttons=8, cards=False, max_text=20, attachments=True)
    button = Button(label="Yes", choice="yes")
    pieces = degrade(Content(text="Is it this one?", attachments=(PICTURE, PICTURE), buttons=(button,)), traits)
    assert pieces == [
        Content(attachments=(PICTURE,)),
        Content(attachments=(PICTURE,)),
        Content(text="Is it this one?", buttons=(button,)),
    ]
    assert degrade(Content(attachments=(PICTURE,)), traits) == [Content(attachments=(PICTURE,))]


def test_what_a_channel_cannot_show_is_said_in_words() -> None:
    traits = Traits("fake", buttons=0, cards=False, max_text=200)
    place = Location(latitude=31.2304, longitude=121.4737, label="Our shop")
    (piece,) = degrade(Content(text="Here:", attachments=(PICTURE,), location=place), traits)
    assert piece.text.splitlines() == [
        "Here:",
        "Our shop",
        "https://www.openstreetmap.org/?mlat=31.230400&mlon=121.473700#map=17/31.230400/121.473700",
        "🖼️ label.png",
    ]
