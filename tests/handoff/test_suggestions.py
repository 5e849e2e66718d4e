"""Suggested replies: what agents said to the like before, nothing of one shopper's, rather none than a wrong one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest

from bot.clock import Clock
from bot.log import ConversationLog
from bot.messages import Audience, Author, Content, Conversation, Entry, Language
from bot.record.archive import Archive
from bot.record.database import Database
from bot.store.store import Store, new_entry
from bot.understanding.bundle import shipped_bundle
from bot.understanding.vectors import Vectors
from bot.wire import Wire
from handoff import answers
from handoff.accounts import Account, Accounts, Standing
from handoff.answers import PastAnswers, pairs
from handoff.canned import CannedReplies
from handoff.roles import Role
from handoff.suggestions import Known, Suggestions, open_question

PAIR = "左右耳机一起放回盒子，长按十秒重置，再重新配对就好。"
LEAD = Account("lead", "Wei", Role.LEAD, Standing.ACTIVE)


def said(seq: int, author: Author, text: str, **more: object) -> Entry:
    entry = Entry(
        seq=seq, prev=seq - 1, at=seq, epoch=0, author=author, audience=Audience.ALL, content=Content(text=text)
    )
    return entry.model_copy(update={"who": "Lin" if author is Author.AGENT else None, **more})


def ask(text: str) -> list[Entry]:
    return [said(1, Author.SHOPPER, text)]


@dataclass
class Desk:
    """A desk that knows nothing yet."""

    store: Store
    database: Database
    archive: Archive
    wire: Wire
    vectors: Vectors
    canned: CannedReplies
    answers: PastAnswers
    suggestions: Suggestions

    def another(self) -> PastAnswers:
        """What another process, or this one after a restart, has."""
        return PastAnswers(self.database, self.store, ConversationLog(self.store, self.archive), self.vectors)

    async def archived(self, id: str, *texts: str, name: str | None = None) -> None:
        """A conversation in the archive: shopper and agent in turn."""
        authors = (Author.AGENT, Author.SHOPPER)
        entries = [said(seq, authors[seq % 2], text) for seq, text in enumerate(texts, 1)]
        await self.archive.save(Conversation(id=id, channel="web", identity=id, name=name), entries)

    async def say(self, id: str, author: Author, text: str) -> None:
        """As the scripts do it: into the log, and over the wire."""
        await self.store.redis.hsetnx(self.store.keys.conversation(id), "channel", "web")
        await self.store.redis.hsetnx(self.store.keys.conversation(id), "identity", id)
        entry = new_entry(author, Content(text=text), who="Lin" if author is Author.AGENT else None)
        rows = {state: {"to": state, "owner": False} for state in ("bot", "closed")}
        await self.store.redis.hsetnx(self.store.keys.conversation(id), "state", "bot")
        await self.store.redis.hsetnx(self.store.keys.conversation(id), "epoch", "0")
        await self.store.run("act", id, f"{id}:{text}", now=1, rows=rows, capacity=8, entries=[entry])

    async def texts(self, text: str, agent: str = "lin", language: Language = "zh-Hans") -> list[str]:
        return [one.text for one in await self.suggestions.of(ask(text), agent, language)]


@pytest.fixture
async def desk(store: Store, database: Database) -> AsyncIterator[Desk]:
    archive, wire, vectors = Archive(database), Wire(store), Vectors(shipped_bundle().encoder.encode)
    canned = CannedReplies(database, Clock())
    past = PastAnswers(database, store, ConversationLog(store, archive), vectors)
    suggestions = Suggestions(vectors, canned, past)
    yield Desk(store, database, archive, wire, vectors, canned, past, suggestions)
    await suggestions.close()
    vectors.close()


async def test_an_archived_answer_to_the_like_is_suggested(desk: Desk) -> None:
    await desk.archived("a" * 16, "耳机左边没有声音", PAIR)
    await desk.answers.load()
    assert await desk.texts("左耳机没有声音了") == [PAIR]
    assert await desk.texts("能发到新疆吗") == []


async def test_an_answer_is_learnt_as_it_is_sent_and_known_after_a_restart(desk: Desk) -> None:
    async with desk.wire.running():
        learning = asyncio.create_task(desk.answers.follow_for_ever(desk.wire))
        await desk.say("b" * 16, Author.SHOPPER, "耳机左边没有声音")
        await desk.say("b" * 16, Author.AGENT, PAIR)
        async with asyncio.timeout(20):
            while not await desk.texts("左耳机没有声音了"):
                await desk.say("b" * 16, Author.SHOPPER, "好的")
        learning.cancel()
        await asyncio.gather(learning, return_exceptions=True)
    restarted = desk.another()
    await restarted.load()
    question = await desk.vectors.of("左耳机没有声音了")
    assert [past.text for past in restarted.near(question, "zh", 3)] == [PAIR]


@pytest.mark.parametrize(
    "answer",
    [
        "您的订单 D20261118003 已经换新，明天发出",
        "小美您好，已经给您寄新的一副耳机了",
        "新耳机会寄到南京东路 20 号，请留意查收",
        "已经把换新的事登记好了，有事打 13812345678 找我",
        "您好，请稍等，我帮您看一下",
    ],
)
async def test_nothing_of_one_shopper_reaches_another(desk: Desk, answer: str) -> None:
    await desk.archived("a" * 16, "耳机左边没有声音", answer, name="小美")
    await desk.answers.load()
    assert await desk.texts("耳机左边没有声音") == []


async def test_the_longest_of_what_was_said_to_a_question_is_its_answer() -> None:
    talk = [
        said(1, Author.SHOPPER, "耳机左边没有声音"),
        said(2, Author.AGENT, "您好，请稍等我看一下"),
        said(3, Author.SHOPPER, "好的"),
        said(4, Author.AGENT, PAIR),
        said(5, Author.AGENT, "还有别的问题吗？"),
        said(6, Author.SHOPPER, "可以开发票吗"),
        said(7, Author.AGENT, "内部：先查库存再回复顾客", audience=Audience.AGENTS, kind="note"),
    ]
    assert [(pair.question, pair.answer) for pair in pairs(talk)] == [("耳机左边没有声音", PAIR)]


async def test_canned_replies_are_suggested_in_the_customers_language_and_own_ones_to_their_agent(desk: Desk) -> None:
    lin, _ = await Accounts(desk.database, Clock()).add("Lin", Role.AGENT)
    await desk.canned.add(LEAD, "desk", "zh", "发票", "电子发票在确认收货后开具，在订单页点“申请开票”。")
    await desk.canned.add(LEAD, "desk", "en", "invoice", "Press “Ask for an invoice” on the order's page.")
    await desk.canned.add(lin, "mine", "", "开票抬头", "请把发票抬头和税号发给我。")
    await desk.suggestions.warm()
    assert await desk.texts("怎么开发票") == ["电子发票在确认收货后开具，在订单页点“申请开票”。"]
    assert await desk.texts("can I get an invoice", language="en") == [
        "Press “Ask for an invoice” on the order's page."
    ]
    assert len(await desk.texts("怎么开发票", agent=lin.id)) == 2
    assert await desk.texts("怎么开发票", agent="mei") == ["电子发票在确认收货后开具，在订单页点“申请开票”。"]


class Handbook:
    """Knowledge of one page."""

    async def find(self, text: str, language: Language, limit: int) -> Sequence[Known]:
        return [Page("开票", "发票随订单开具。")] if "发票" in text else []


@dataclass(frozen=True)
class Page:
    title: str
    text: str


async def test_what_is_known_comes_first_and_nothing_is_suggested_twice(desk: Desk) -> None:
    await desk.canned.add(LEAD, "desk", "zh", "发票", "发票随订单开具")
    await desk.suggestions.warm()
    suggestions = Suggestions(desk.vectors, desk.canned, desk.answers, Handbook())
    found = await suggestions.of(ask("怎么开发票"), "lin", "zh-Hans")
    assert [(one.source, one.title) for one in found] == [("knowledge", "开票")]


def test_the_open_question_is_what_was_said_since_an_agent_spoke() -> None:
    talk = [
        said(1, Author.SHOPPER, "运费怎么算"),
        said(2, Author.BOT, "满 99 元包邮"),
        said(3, Author.SHOPPER, "耳机左边没有声音"),
        said(4, Author.SHOPPER, "转人工", content=Content(text="转人工", choice="human")),
        said(5, Author.BOT, "正在为您转接"),
    ]
    requested = said(6, Author.SYSTEM, "", kind="event", audience=Audience.AGENTS)
    requested = requested.model_copy(update={"data": {"event": "requested", "reason": "asked", "question": "左耳没声"}})
    assert open_question(talk) == "耳机左边没有声音"
    assert open_question([*talk[3:], requested]) == "左耳没声"
    assert open_question(
        [*talk, requested, said(7, Author.SHOPPER, "新买的"), said(8, Author.SHOPPER, "才用两天")]
    ) == ("新买的 才用两天")
    assert open_question([*talk, requested, said(9, Author.AGENT, PAIR)]) == ""
    assert open_question([*talk, requested, said(9, Author.AGENT, PAIR), said(10, Author.SHOPPER, "好的")]) == "好的"


async def test_of_too_many_answers_the_oldest_make_room(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST", 2)
    few = desk.another()
    questions = ["耳机左边没有声音", "羽绒服可以机洗吗", "手环怎么连接手机"]
    for place, question in enumerate(questions):
        await desk.archived("abc"[place] * 16, question, f"这是给“{question}”的回答")
        await few.learn("abc"[place] * 16)
    found = [[past.text for past in few.near(await desk.vectors.of(question), "zh", 3)] for question in questions]
    assert all(len(texts) == 2 and not any(questions[0] in text for text in texts) for texts in found)
