"""Turns: a burst is one, a slow or broken dialogue is no silence, and what was said to a human is not the bot's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from pydantic import JsonValue

from actions.shop import Order
from bot import router as routers
from bot.clock import Clock
from bot.dialogue.bursts import is_fragment
from bot.dialogue.port import Draft, Handoff, Reason, Turn
from bot.inbox import BURST, PAUSE, UNHEARD, Inbox
from bot.joins import Joins
from bot.messages import Author, Content, Conversation, Entry, Inbound, State
from bot.router import DRAFTS, Router
from bot.store.keys import conversation_id
from bot.store.store import Store
from bot.wire import Listener, Said, Wire
from bot.worker import LEASE, Work, Worker
from handoff.broker import Agent, Broker, Moved
from handoff.intake import LEAVE, MESSAGE, WAIT, Intake
from handoff.lineup import Lineups
from handoff.presence import Presence
from handoff.ratings import Ratings
from handoff.reopening import Reopening
from handoff.routing import Profile
from handoff.rulebook import Rulebook
from handoff.rules import DeskRules
from handoff.standing import Standings
from handoff.triage import Triage
from handoff.waits import Waits

ID = conversation_id("shop", "web", "visitor")
LIN = Agent("lin", "Lin")
DAY = 86_400_000


class Words:
    """Texts that are their own keys."""

    def say(self, language: str, key: str, **fields: str) -> str:
        return key


class Shop:
    """Its members by customer, at their levels, and its orders."""

    def __init__(self) -> None:
        self.levels: dict[str, int] = {}
        self.orders: dict[str, Order] = {}

    async def member(self, customer: str) -> Level | None:
        return Level(self.levels[customer]) if customer in self.levels else None

    async def order(self, number: str) -> Order | None:
        return self.orders.get(number)


@dataclass(frozen=True)
class Level:
    level: int


async def profiles() -> list[Profile]:
    return [Profile(LIN.id, LIN.name)]


class FakeDialogue:
    """Answers everything, and who waits what it is `sure` of; `turns`: what it was asked, `during`: while it thinks;
    `done`: whether its answers end a task; `acted`: whether the shop was asked for something."""

    def __init__(self) -> None:
        self.turns: list[list[str]] = []
        self.slots: dict[str, JsonValue] = {}
        self.sure: dict[str, str] = {}
        self.during: Callable[[], Awaitable[None]] | None = None
        self.done = self.acted = False

    async def attend(self, turn: Turn) -> Draft:
        answers = [self.sure[said] for message in turn.messages if (said := message.content.text) in self.sure]
        return Draft(tuple(Content(text=answer) for answer in answers), {**turn.conversation.slots, **self.slots})

    async def reply(self, turn: Turn) -> Draft:
        said = [message.content.text for message in turn.messages]
        self.turns.append(said)
        if self.during:
            await self.during()
        if "human" in [message.content.choice for message in turn.messages]:
            return Draft((), {}, Handoff(Reason.ASKED, said[-1]))
        return Draft((Content(text="answer to " + " + ".join(said)),), self.slots, done=self.done, acted=self.acted)


class Scene:
    """One shopper, the bot, the queue and an agent, under a clock that only the test moves."""

    def __init__(self, store: Store, clock: Clock | None = None, rules: DeskRules | None = None) -> None:
        self.store = store
        self.milliseconds = 1_000_000
        self.clock = clock or Clock(lambda: self.milliseconds / 1000)
        self.dialogue = FakeDialogue()
        self.presence = Presence(store, self.clock)
        book = Rulebook(rules)
        self.waits = Waits(store, self.clock, book)
        self.crew = [Profile(LIN.id, LIN.name)]
        standings = Standings(Lineups(store, self.present), self.clock, book, self.waits)
        intake = Intake(standings, self.presence, book, self.clock, Words(), self.dialogue)
        self.lows: list[tuple[str, int, int, str]] = []
        self.ratings = Ratings(store, self.clock, Words(), lambda: book.rules.ratings, self.hear_low)
        self.broker = Broker(store, self.clock, Words(), frozenset(), DAY, self.waits.note)
        self.shop, self.book = Shop(), book
        triage = Triage(Words(), self.shop, self.shop, lambda: book.rules)
        reopening = Reopening(self.clock, self.broker, self.presence, profiles, lambda: book.rules)
        self.router = Router(store, self.clock, self.dialogue, intake, self.ratings, triage, reopening, frozenset())
        joins = Joins(store, self.clock, Words(), frozenset(), DAY)
        self.inbox = Inbox(
            store, self.clock, is_fragment=is_fragment, has_room=lambda: True, archive_after=DAY, aside=joins
        )

    async def present(self) -> list[Profile]:
        return self.crew

    async def hear_low(self, conversation: Conversation, episode: int, stars: int, comment: str) -> None:
        self.lows.append((conversation.id, episode, stars, comment))

    async def say(self, text: str, choice: str | None = None, *, shows_typing: bool = False) -> str:
        """The message's id."""
        content = Content(text=text, choice=choice)
        id, typing = uuid4().hex, shows_typing
        message = Inbound(channel="web", identity="visitor", external_id=id, content=content, shows_typing=typing)
        await self.inbox.receive(message)
        return id

    async def edit(self, id: str, text: str) -> None:
        """The shopper changes the message `id`."""
        content, version = Content(text=text), uuid4().hex
        message = Inbound(channel="web", identity="visitor", external_id=version, content=content, edits=id)
        await self.inbox.receive(message)

    async def take(self) -> list[Work]:
        claimed = await self.store.claim(self.milliseconds, limit=9, lease=LEASE)
        return [Work(member.split(":")[0], member.split(":")[1], token) for member, token in claimed["items"]]

    async def after(self, milliseconds: int = 0) -> None:
        """Let time pass and do what is due then."""
        self.milliseconds += milliseconds
        for work in await self.take():
            await (self.router.turn(work) if work.kind == "turn" else self.ratings.look(work))

    async def press(self, choice: str) -> str | None:
        """What the shopper reads after pressing a button."""
        before = (await self.entries())[-1].seq
        await self.say("a label", choice)
        await self.after()
        answers = [entry.content.text for entry in await self.entries() if entry.seq > before + 1]
        return answers[-1] if answers else None

    async def entries(self) -> list[Entry]:
        return await self.store.entries(ID, 0)

    async def read(self) -> list[str]:
        """What bot and system told the shopper."""
        silent = (Author.SHOPPER, Author.AGENT)
        return [
            entry.content.text
            for entry in await self.entries()
            if entry.author not in silent and entry.audience == "all"
        ]

    async def state(self) -> State:
        return (await self.store.conversation(ID)).state

    async def agent(self, command: str) -> None:
        act = {"claim": self.broker.claim, "hand_back": self.broker.hand_back, "close": self.broker.close}[command]
        assert isinstance(await act(ID, LIN, uuid4().hex), Moved)


@pytest.fixture
def scene(store: Store) -> Scene:
    return Scene(store)


async def test_fragments_of_a_burst_are_one_turn(scene: Scene) -> None:
    await scene.say("你好")
    await scene.after(500)
    await scene.say("在吗")
    await scene.after(UNHEARD - 501)
    assert scene.dialogue.turns == []
    await scene.after(1)
    assert scene.dialogue.turns == [["你好", "在吗"]]
    assert await scene.read() == ["answer to 你好 + 在吗"]


async def test_a_code_is_not_read_as_something_said(scene: Scene) -> None:
    await scene.say("JL-AAAA-BBBB")
    await scene.say("how much is shipping")
    await scene.after(BURST)
    assert scene.dialogue.turns == [["how much is shipping"]]


async def test_who_shows_typing_and_types_no_more_is_answered_after_a_pause(scene: Scene) -> None:
    await scene.say("你好", shows_typing=True)
    await scene.after(PAUSE - 1)
    assert scene.dialogue.turns == []
    await scene.after(1)
    assert scene.dialogue.turns == [["你好"]]


async def test_who_types_on_has_the_whole_burst(scene: Scene) -> None:
    await scene.say("你好", shows_typing=True)
    await scene.after(PAUSE - 1)
    await scene.inbox.hold(ID)
    await scene.after(BURST - PAUSE)
    assert scene.dialogue.turns == []
    await scene.after(1)
    assert scene.dialogue.turns == [["你好"]]


async def test_typing_delays_no_answer_to_a_whole_question(scene: Scene) -> None:
    await scene.say("运费怎么算的呀", shows_typing=True)
    await scene.inbox.hold(ID)
    await scene.after()
    assert scene.dialogue.turns == [["运费怎么算的呀"]]


async def test_a_whole_question_ends_the_burst_at_once(scene: Scene) -> None:
    await scene.say("你好")
    await scene.say("运费怎么算的呀")
    await scene.after()
    assert scene.dialogue.turns == [["你好", "运费怎么算的呀"]]


async def test_bare_data_is_complete_when_the_bot_asked_for_it(scene: Scene) -> None:
    scene.dialogue.slots = {"asked": "order"}
    await scene.say("我的快递到哪了")
    await scene.after()
    await scene.say("12")
    await scene.after()
    assert scene.dialogue.turns == [["我的快递到哪了"], ["12"]]


async def test_what_arrives_while_the_dialogue_thinks_joins_the_turn(scene: Scene) -> None:
    async def go_on() -> None:
        scene.dialogue.during = None
        await scene.say("包邮吗我在新疆")

    scene.dialogue.during = go_on
    await scene.say("降噪耳机多少钱")
    await scene.after()
    assert scene.dialogue.turns == [["降噪耳机多少钱"], ["降噪耳机多少钱", "包邮吗我在新疆"]]
    assert await scene.read() == ["answer to 降噪耳机多少钱 + 包邮吗我在新疆"]


async def test_who_writes_without_end_is_answered_all_the_same(scene: Scene) -> None:
    async def go_on() -> None:
        await scene.say("还有一个很长的问题")

    scene.dialogue.during = go_on
    await scene.say("降噪耳机多少钱")
    await scene.after()
    assert len(scene.dialogue.turns) == DRAFTS + 1
    assert len(await scene.read()) == 1
    scene.dialogue.during = None
    await scene.after()
    assert scene.dialogue.turns[-1] == ["还有一个很长的问题"]


async def test_what_was_done_for_a_turn_is_told_before_what_was_said_meanwhile_is_read(scene: Scene) -> None:
    """Made again with a no in it, the draft would deny what the yes has done."""

    async def go_on() -> None:
        scene.dialogue.during = None
        await scene.say("还是不要取消了")

    scene.dialogue.during, scene.dialogue.acted = go_on, True
    await scene.say("确认取消这个订单")
    await scene.after()
    assert await scene.read() == ["answer to 确认取消这个订单"]
    await scene.after()
    assert await scene.read() == ["answer to 确认取消这个订单", "answer to 还是不要取消了"]


async def fail() -> None:
    raise ZeroDivisionError


async def hang() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("trouble", [fail, hang])
async def test_a_dialogue_that_fails_or_hangs_brings_a_human(
    scene: Scene, trouble: Callable[[], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routers, "DEADLINE", 0.02)
    scene.dialogue.during = trouble
    await scene.say("降噪耳机多少钱")
    await scene.after()
    conversation = await scene.store.conversation(ID)
    assert (conversation.state, conversation.reason) == (State.QUEUED, Reason.FAILURE)
    assert await scene.read() == ["queue.nobody"]
    asked = next(entry for entry in await scene.entries() if entry.kind == "event")
    assert asked.data["question"] == "降噪耳机多少钱"


async def test_a_worker_that_died_is_replaced_and_the_answer_comes_once(scene: Scene) -> None:
    await scene.say("降噪耳机多少钱")
    assert len(await scene.take()) == 1
    await scene.after(LEASE - 1)
    assert await scene.read() == []
    await scene.after(1)
    await scene.after(LEASE)
    assert await scene.read() == ["answer to 降噪耳机多少钱"]


async def test_the_line_is_told_and_can_be_left(scene: Scene) -> None:
    await scene.presence.beat("lin")
    await scene.say("转人工", "human")
    await scene.after()
    assert await scene.read() == ["queue.waiting"]
    assert await scene.press(LEAVE) == "queue.left"
    assert await scene.state() is State.BOT
    await scene.say("运费怎么算的呀")
    await scene.after()
    assert (await scene.read())[-1] == "answer to 运费怎么算的呀"


async def test_with_nobody_online_a_message_can_be_left_and_is_acknowledged_once(scene: Scene) -> None:
    await scene.say("转人工", "human")
    await scene.after()
    announced = (await scene.entries())[-1].content
    assert (announced.text, [button.choice for button in announced.buttons]) == ("queue.nobody", [MESSAGE, WAIT, LEAVE])
    assert await scene.press(MESSAGE) == "queue.message"
    for words in ("我的耳机坏了，左边没有声音", "是上周买的，订单号晚点发"):
        await scene.say(words)
        await scene.after()
    assert (await scene.read())[2:] == ["queue.kept"]
    assert await scene.state() is State.QUEUED


async def test_who_waits_is_told_the_place_again(scene: Scene) -> None:
    await scene.say("转人工", "human")
    await scene.after()
    await scene.presence.beat("lin")
    assert await scene.press(WAIT) == "queue.waiting"
    assert await scene.press("human") == "queue.waiting"
    assert await scene.state() is State.QUEUED
    assert len(scene.dialogue.turns) == 1


async def test_the_bot_does_not_answer_what_was_said_to_the_human(scene: Scene) -> None:
    await scene.say("转人工", "human")
    await scene.after()
    await scene.agent("claim")
    await scene.say("我的订单什么时候到呢")
    await scene.after(DAY // 2)
    await scene.agent("hand_back")
    await scene.after(BURST)
    await scene.say("运费怎么算的呀")
    await scene.after()
    assert scene.dialogue.turns == [["转人工"], ["运费怎么算的呀"]]


async def test_a_turn_that_an_agent_overtakes_is_not_said(scene: Scene) -> None:
    async def take_over() -> None:
        await scene.broker.reply(ID, LIN, "k1", "我来")

    scene.dialogue.during = take_over
    await scene.say("降噪耳机多少钱")
    await scene.after()
    await scene.after()
    assert await scene.read() == ["human.joined"]
    assert [entry.content.text for entry in await scene.entries() if entry.data.get("withdrawn")] == [
        "answer to 降噪耳机多少钱"
    ]


async def test_handoff_works_the_second_and_the_tenth_time(scene: Scene) -> None:
    for episode in range(1, 11):
        await scene.say("转人工", "human")
        await scene.after()
        assert (await scene.store.conversation(ID)).episode == episode
        assert await scene.store.place(ID) == 1
        await scene.agent("claim")
        await scene.say("请帮我看看我的订单")
        await scene.agent("close" if episode % 2 else "hand_back")
        await scene.say(f"第 {episode} 次的新问题")
        await scene.after()
        assert (await scene.read())[-1] == f"answer to 第 {episode} 次的新问题"


@asynccontextmanager
async def working(scene: Scene) -> AsyncIterator[Listener]:
    """A worker at work; the signals of the scene's conversation."""
    wire = Wire(scene.store)

    async def broken(_: Work) -> None:
        raise ZeroDivisionError

    worker = Worker(scene.store, scene.clock, wire, {"turn": scene.router.turn, "broken": broken})
    async with wire.running():
        with wire.follow(ID) as signals:
            async with worker.running():
                yield signals


async def answer(signals: Listener) -> str:
    async with asyncio.timeout(10):
        while True:
            match await signals.get():
                case Said(_, entry) if entry.author is Author.BOT:
                    return entry.content.text


async def test_a_worker_answers_a_message_as_soon_as_the_wire_tells(store: Store) -> None:
    scene = Scene(store, Clock())
    async with working(scene) as signals:
        await scene.say("降噪耳机多少钱")
        assert await answer(signals) == "answer to 降噪耳机多少钱"


async def test_work_that_fails_keeps_nobody_else_waiting(store: Store) -> None:
    scene = Scene(store, Clock())
    await scene.store.redis.zadd(scene.store.keys.due, {"broken:nobody": 1, "unknown:nobody": 1})
    async with working(scene) as signals:
        await scene.say("降噪耳机多少钱")
        assert await answer(signals) == "answer to 降噪耳机多少钱"


async def test_a_worker_that_stops_finishes_what_it_has_in_hand(store: Store) -> None:
    scene = Scene(store, Clock())
    begun, stopping = asyncio.Event(), asyncio.Event()

    async def think() -> None:
        begun.set()
        await stopping.wait()

    scene.dialogue.during = think
    async with working(scene):
        await scene.say("降噪耳机多少钱")
        await begun.wait()
        asyncio.get_running_loop().call_soon(stopping.set)
    assert await scene.read() == ["answer to 降噪耳机多少钱"]


async def test_a_worker_that_died_before_a_takeover_leaves_no_deaf_bot(scene: Scene) -> None:
    await scene.say("降噪耳机多少钱")
    assert len(await scene.take()) == 1
    await scene.broker.reply(ID, LIN, "k1", "我来")
    await scene.agent("hand_back")
    await scene.say("运费怎么算的呀")
    await scene.after(LEASE)
    assert await scene.read() == ["human.joined", "human.handed_back", "answer to 运费怎么算的呀"]


async def test_an_edit_of_an_unread_message_takes_its_place_in_the_turn(scene: Scene) -> None:
    id = await scene.say("hello")
    await scene.say("how much is it")
    await scene.edit(id, "good evening")
    await scene.after()
    assert scene.dialogue.turns == [["good evening", "how much is it"]]


async def test_an_edit_while_the_bot_thinks_is_answered_in_place_of_the_message(scene: Scene) -> None:
    id = await scene.say("how much is the read one")

    async def edit() -> None:
        scene.dialogue.during = None
        await scene.edit(id, "how much is the red one")

    scene.dialogue.during = edit
    await scene.after()
    assert await scene.read() == ["answer to how much is the red one"]


async def test_an_edit_of_an_answered_message_is_a_new_turn(scene: Scene) -> None:
    id = await scene.say("how much is the read one")
    await scene.after()
    await scene.edit(id, "how much is the red one")
    await scene.after()
    assert await scene.read() == ["answer to how much is the read one", "answer to how much is the red one"]
