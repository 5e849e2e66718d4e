"""The widget's socket and its long poll: nothing missed, nothing twice, nothing that was not meant for shoppers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError

from actions.demo import catalogue as demo_catalogue
from bot.dialogue.topics import Topic
from bot.inbox import Inbox, NotTaken, Received, ShopFull
from bot.messages import Inbound, State
from bot.uploads import Uploads
from channels.web.door import Door
from channels.web.frames import Problem, Say, Words
from channels.web.media import MediaPaths
from handoff import waits
from handoff.broker import Agent, Moved
from handoff.hours import Calendar
from handoff.rulebook import Rulebook, Version
from handoff.rules import DeskRules
from tests.channels.pages import Visitor, is_chain, new_visitor, open_page
from tests.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIN = Agent("lin", "Lin")
QUESTION = "运费怎么算的呀"


async def reply(site: Site, visitor: Visitor, text: str) -> None:
    assert isinstance(await site.desk.broker.reply(visitor.conversation, LIN, uuid4().hex, text), Moved)


async def note(site: Site, visitor: Visitor, text: str) -> None:
    assert isinstance(await site.desk.broker.note(visitor.conversation, LIN, uuid4().hex, text), Moved)


async def leave(site: Site, visitor: Visitor, how: str) -> None:
    """Let the agent `hand_back` or `close`, so that later tests find hands free."""
    act = {"hand_back": site.desk.broker.hand_back, "close": site.desk.broker.close}[how]
    assert isinstance(await act(visitor.conversation, LIN, uuid4().hex), Moved)


async def test_a_question_is_acknowledged_and_answered_on_the_socket(site: Site) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        assert page.frames[0] | {"entries": []} == {
            "type": "ready",
            "conversation": visitor.conversation,
            "state": "bot",
            "place": None,
            "wait": None,
            "closed": False,
            "opens": None,
            "agent": None,
            "linked": [],
            "entries": [],
            "more": False,
        }
        ack = await page.say(QUESTION, id="first")
        assert (ack["type"], ack["id"]) == ("ack", "first")
        answer = await page.heard("bot")
        assert answer["prev"] == ack["seq"]
        assert is_chain(page.entries)


async def test_a_page_that_was_cut_off_gets_what_it_missed_once_and_in_order(site: Site) -> None:
    async with new_visitor(site) as visitor:
        async with open_page(site, visitor.token) as page:
            await page.say(QUESTION)
            last = (await page.heard("bot"))["seq"]
        for word in ("我是小林", "正在看", "查到了"):
            await note(site, visitor, f"note before {word}")
            await reply(site, visitor, word)
        async with open_page(site, visitor.token, after=last) as page:
            missed = list(page.entries)
            await reply(site, visitor, "还有别的吗")
            await page.heard("agent")
        await leave(site, visitor, "hand_back")
    assert [entry["content"]["text"] for entry in missed if entry["author"] == "agent"] == [
        "我是小林",
        "正在看",
        "查到了",
    ]
    assert is_chain(page.entries, after=last)


async def test_two_pages_of_one_visitor_see_the_same(site: Site) -> None:
    async with (
        new_visitor(site) as visitor,
        open_page(site, visitor.token) as one,
        open_page(site, visitor.token) as two,
    ):
        await one.say(QUESTION)
        await asyncio.gather(one.heard("bot"), two.heard("bot"))
        await two.say("退货政策是什么样的")
        await asyncio.gather(one.heard("bot"), two.heard("bot"))
    assert one.entries == two.entries
    assert is_chain(one.entries)


async def test_an_id_sent_twice_gives_one_entry_and_the_same_ack(site: Site) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        first = await page.say(QUESTION, id="same")
        again = await page.say(QUESTION, id="same")
        over_http = await visitor.post("say", id="same", content={"text": QUESTION})
        await page.heard("bot")
        assert first == again == over_http.json()
        assert [entry["external_id"] for entry in page.entries if entry["author"] == "shopper"] == ["same"]


async def test_a_named_product_comes_as_a_card(site: Site) -> None:
    product = demo_catalogue()[0]
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await page.send(type="say", id="p", content={"text": "这个多少钱"}, product=product.id)
        card = (await page.heard("shopper"))["content"]["card"]
        assert (card["ref"], card["title"] in product.names) == (product.id, True)


async def test_a_long_past_is_read_page_by_page_without_gap_or_double(site: Site) -> None:
    async with new_visitor(site) as visitor:
        await visitor.say(QUESTION)
        for number in range(220):
            await reply(site, visitor, f"第 {number} 句")
        async with open_page(site, visitor.token) as page:
            entries = page.entries
            assert (len(entries), page.frames[0]["more"]) == (100, True)
            more = True
            while more:
                await page.send(type="history", before=entries[0]["seq"])
                past = await page.until("history")
                over_http = await visitor.post("history", before=entries[0]["seq"])
                assert over_http.json() == past
                entries, more = [*past["entries"], *entries], past["more"]
        await leave(site, visitor, "close")
    assert is_chain(entries)
    assert [entry["content"]["text"] for entry in entries if entry["author"] == "agent"] == [
        f"第 {number} 句" for number in range(220)
    ]


async def test_the_page_hears_of_the_agent_and_of_the_end(site: Site) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await page.say("转人工", choice="human")
        queued = await page.until("state")
        assert (queued["state"], queued["agent"]) == ("queued", None)
        assert queued["place"] >= 1
        await site.desk.broker.claim(visitor.conversation, LIN, uuid4().hex)
        assigned = await page.until("state")
        assert (assigned["state"], assigned["agent"]) == ("assigned", "Lin")
        await site.desk.wire.typing(visitor.conversation, "agent")
        assert (await page.until("typing"))["by"] == "agent"
        await leave(site, visitor, "hand_back")
        assert (await page.until("state"))["state"] == "bot"


async def test_who_waits_may_still_be_answered_by_the_bot_and_leave_the_line(site: Site) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await page.say("转人工", choice="human")
        assert (await page.until("state"))["state"] == "queued"
        await page.heard("bot")
        await page.say(QUESTION)
        answer = await page.heard("bot")
        assert "包邮" in answer["content"]["text"]
        assert [button["choice"] for button in answer["content"]["buttons"]] == ["queue:solved"]
        await page.say("解决了", choice="queue:solved")
        assert (await page.until("state"))["state"] == "bot"


@pytest.fixture
def book(site: Site) -> Iterator[Rulebook]:
    """The desk's rules, to be changed for one test."""
    book, before = site.desk.rulekeeper.book, site.desk.rulekeeper.book.newest
    yield book
    book.newest = before


async def test_who_waits_hears_how_long_it_may_take_and_that_the_desk_has_closed(
    site: Site, book: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "FRESH", 0)
    now, key = site.desk.clock.now(), site.desk.store.keys.waits(Topic.OTHER)
    await site.desk.store.redis.delete(key)
    await site.desk.store.redis.lpush(key, *[json.dumps([now, minutes * 60_000, 1]) for minutes in (2, 2, 3, 4, 5)])
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await page.say("转人工", choice="human")
        queued = await page.until("state")
        place = queued["place"]
        assert (queued["wait"], queued["closed"], queued["opens"]) == ([2 * place, 5 * place], False, None)
        day = site.desk.clock.moment().date()
        book.newest = Version(
            0, DeskRules(hours=Calendar(days={day + n * timedelta(days=1): () for n in range(-1, 2)}))
        )
        closed = await page.until("state")
        assert (closed["state"], closed["closed"], closed["wait"]) == ("queued", True, None)
        assert closed["opens"] > now
        await page.say("不等了", choice="queue:leave")
        assert (await page.until("state"))["state"] == "bot"
    await site.desk.store.redis.delete(key)


async def test_a_place_in_line_moves_up(site: Site) -> None:
    async with (
        new_visitor(site) as first,
        new_visitor(site) as second,
        open_page(site, first.token) as ahead,
        open_page(site, second.token) as behind,
    ):
        await ahead.say("转人工", choice="human")
        place = (await ahead.until("state"))["place"]
        await behind.say("转人工", choice="human")
        assert (await behind.until("state"))["place"] == place + 1
        await ahead.say("不等了", choice="queue:leave")
        assert (await behind.until("state"))["place"] == place
        await behind.say("不等了", choice="queue:leave")
        assert (await behind.until("state"))["state"] == "bot"


async def test_notes_never_reach_the_widget(site: Site) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await visitor.say(QUESTION)
        await note(site, visitor, "a secret note")
        await reply(site, visitor, "您好")
        await page.heard("agent")
        await page.send(type="history", before=1_000)
        await page.until("history")
        poll = await visitor.post("poll", after=0, wait=0)
        history = await visitor.post("history", before=1_000)
        await leave(site, visitor, "hand_back")
    assert "secret" not in str(page.frames) + poll.text + history.text
    assert "您好" in poll.text


async def test_a_message_after_the_close_reopens_the_conversation_with_the_bot(site: Site) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await visitor.say(QUESTION)
        await page.heard("bot")
        await reply(site, visitor, "处理好了")
        await leave(site, visitor, "close")
        while (await page.until("state"))["state"] != "closed":
            pass
        assert (await page.say("退货政策是什么样的"))["type"] == "ack"
        assert (await page.heard("bot"))["content"]["text"]
        assert (await site.desk.store.conversation(visitor.conversation)).state is State.BOT


async def test_a_good_token_stays_and_a_foreign_one_is_replaced(site: Site) -> None:
    async with new_visitor(site) as visitor:
        assert (await visitor.post("visitor")).json() == {"token": visitor.token, "demo": True, "doors": []}
        fresh = (await visitor.client.post("/api/visitor", json={"token": visitor.token + "x"})).json()["token"]
        assert fresh != visitor.token


class TestLongPoll:
    async def test_it_answers_at_once_when_there_is_something_new(self, site: Site) -> None:
        async with new_visitor(site) as visitor:
            seq = (await visitor.say(QUESTION)).json()["seq"]
            answer = (await visitor.post("poll", after=0, wait=25)).json()
            assert answer["type"] == "ready"
            assert answer["entries"][0]["seq"] == seq

    async def test_it_answers_as_soon_as_there_is_an_entry(self, site: Site) -> None:
        async with new_visitor(site) as visitor:
            waiting = asyncio.create_task(visitor.post("poll", after=0, wait=25))
            await visitor.say(QUESTION)
            assert is_chain((await waiting).json()["entries"])

    async def test_it_answers_when_the_owner_changes(self, site: Site) -> None:
        async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
            await page.say(QUESTION)
            last = (await page.heard("bot"))["seq"]
            waiting = asyncio.create_task(visitor.post("poll", after=last, wait=25))
            await reply(site, visitor, "我来")
            answer = (await waiting).json()
            assert (answer["state"], answer["agent"]) == ("assigned", "Lin")
            await leave(site, visitor, "hand_back")

    async def test_it_answers_when_the_line_moves(self, site: Site) -> None:
        async with (
            new_visitor(site) as first,
            new_visitor(site) as second,
            open_page(site, first.token) as ahead,
            open_page(site, second.token) as behind,
        ):
            await ahead.say("转人工", choice="human")
            await ahead.until("state")
            await behind.say("转人工", choice="human")
            place = (await behind.until("state"))["place"]
            last = (await behind.heard("bot"))["seq"]
            waiting = asyncio.create_task(second.post("poll", after=last, wait=25))
            await ahead.say("不等了", choice="queue:leave")
            assert (await waiting).json()["place"] == place - 1
            await behind.say("不等了", choice="queue:leave")
            await behind.until("state")

    async def test_it_shows_that_the_agent_types(self, site: Site) -> None:
        async with new_visitor(site) as visitor:
            waiting = asyncio.create_task(visitor.post("poll", after=0, wait=25))
            while not waiting.done():
                await site.desk.wire.typing(visitor.conversation, "agent")
                await asyncio.wait({waiting}, timeout=0.02)
            assert waiting.result().json()["typing"] == "agent"

    @pytest.mark.parametrize("wait", [0, 0.05])
    async def test_it_ends_with_nothing_when_nothing_happens(self, site: Site, wait: float) -> None:
        async with new_visitor(site) as visitor:
            answer = (await visitor.post("poll", after=0, wait=wait)).json()
            assert answer == {
                "type": "ready",
                "conversation": visitor.conversation,
                "state": "bot",
                "place": None,
                "wait": None,
                "closed": False,
                "opens": None,
                "agent": None,
                "linked": [],
                "entries": [],
                "more": False,
            }


class FailingInbox(Inbox):
    """An inbox that can only say why it takes nothing."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def receive(self, message: Inbound) -> Received:
        raise self._error


@pytest.mark.parametrize(
    ("error", "code"),
    [(ShopFull(), "full"), (NotTaken("wait ten minutes"), "refused"), (ConnectionError(), "unavailable")],
)
async def test_a_message_that_cannot_be_kept_is_refused_by_its_id(site: Site, error: Exception, code: str) -> None:
    desk = site.desk

    async def no_card(product: str, language: str) -> None:
        return None

    uploads = Uploads(desk.media, "shop", "web", desk.has_room)
    paths = MediaPaths(b"secret")
    door = Door(
        desk.store,
        desk.inbox,
        desk.log,
        desk.wire,
        desk.visitors,
        no_card,
        paths,
        desk.joins,
        uploads,
        desk.standings.of,
    )
    with pytest.raises(Problem) as caught:
        await replace(door, inbox=FailingInbox(error)).say(
            "v", "en", Say(id="m1", content=Words(text="hello")), shows_typing=True
        )
    assert (caught.value.code, caught.value.id) == (code, "m1")
