"""Shoppers hear of what has become of their orders: each of it once, by day, and within what their channel allows."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from actions.demo import DAY_ZERO, DemoShop, orders
from actions.demo.days import CHINA
from actions.requests import TellWhenBack, Urge
from actions.shop import Change, OrderState
from bot.dialogue.texts import Texts
from bot.followers import Followers
from bot.joins import Identity
from bot.messages import Entry
from bot.notices import Notice, Notices
from bot.store.store import Store
from tests.conftest import NOW
from tests.threads import COURIERED, DAY, Desk

pytestmark = pytest.mark.timeout(60)
PAID = next(one for one in orders(DAY_ZERO) if one.state is OrderState.PAID and one.customer is None)
WEB, WECHAT = Identity(channel="web", identity="v1"), Identity(channel="wechat", identity="o1")
TEXTS = Texts.load()
DELIVERED = TEXTS.say("zh-Hans", "news.delivered", order=PAID.number)
DISPATCHED = TEXTS.say("zh-Hans", "news.dispatched", order=PAID.number)
ORDER = f"order:{PAID.number}"


class Watched(Desk):
    """A desk whose shop's time runs as the test sets it."""

    def __init__(self, store: Store, file: Path) -> None:
        super().__init__(store)
        self.seconds = NOW.timestamp()
        self.shop = DemoShop.open(file, clock=lambda: datetime.fromtimestamp(self.seconds, UTC))
        self.followers = Followers(store)
        self.notices = Notices(store, self.clock, self.shop, TEXTS, self.followers, lambda: CHINA, COURIERED, DAY)

    async def follows(self, who: Identity, word: str = ORDER) -> str:
        await self.say(who, "hi")
        await self.work()
        id = await self.thread(who)
        await self.followers.follow(id, [word])
        await self.notices.round()
        return id

    async def hurry(self) -> None:
        await self.shop.file(Urge(key="hurry it up", order=PAID.number))

    async def passes(self, **time: float) -> None:
        self.seconds += timedelta(**time).total_seconds()
        await self.notices.round()

    async def heard(self, who: Identity) -> list[str]:
        return [text for text in await self.said(who) if text in NEWS]

    async def for_agents(self, who: Identity) -> list[Entry]:
        entries = await self.store.entries(await self.thread(who), 0)
        return [one for one in entries if one.data.get("event") == "notice" and one.audience == "agents"]


NEWS = {
    TEXTS.say("zh-Hans", f"news.{what}", order=PAID.number)
    for what in ("dispatched", "delayed", "out_for_delivery", "delivered")
}


@pytest.fixture
async def desk(store: Store, seeded: Path, tmp_path: Path) -> AsyncIterator[Watched]:
    desk = Watched(store, Path(shutil.copy(seeded, tmp_path / "shop.db")))
    yield desk
    desk.shop.close()


async def test_whoever_follows_an_order_hears_of_each_step_once(desk: Watched) -> None:
    await desk.follows(WEB)
    await desk.hurry()
    for _ in range(40):
        await desk.passes(seconds=30)
    heard = await desk.heard(WEB)
    assert heard[0] == DISPATCHED
    assert heard[-1] == DELIVERED
    assert len(heard) == len(set(heard))


async def test_nobody_hears_of_what_they_do_not_follow(desk: Watched) -> None:
    await desk.say(WEB, "hi")
    await desk.notices.round()
    await desk.hurry()
    await desk.passes(minutes=20)
    assert await desk.heard(WEB) == []


async def test_a_round_that_dies_after_saying_it_says_it_no_second_time(desk: Watched) -> None:
    id = await desk.follows(WEB)
    change = Change(what="delivered", at=NOW, order=PAID.number)
    for _ in range(3):
        await desk.notices.tell(Notice(conversation=id, change=change))
    assert await desk.heard(WEB) == [DELIVERED]


async def test_a_round_that_dies_before_its_cursor_is_kept_notes_the_same_again(desk: Watched) -> None:
    await desk.follows(WEB)
    await desk.hurry()
    before = await desk.store.redis.get(desk.store.keys.news_cursor)
    await desk.passes(minutes=20)
    once = await desk.heard(WEB)
    await desk.store.redis.set(desk.store.keys.news_cursor, before)
    await desk.notices.round()
    assert once
    assert await desk.heard(WEB) == once


async def test_at_night_it_waits_for_the_morning(desk: Watched) -> None:
    await desk.follows(WEB)
    await desk.passes(hours=8)  # half past eleven at night
    await desk.hurry()
    await desk.passes(minutes=20)
    assert await desk.heard(WEB) == []
    await desk.passes(hours=9)
    assert DELIVERED in await desk.heard(WEB)


async def test_whoever_is_talking_at_night_hears_at_once(desk: Watched) -> None:
    await desk.follows(WEB)
    await desk.passes(hours=8)
    await desk.hurry()
    await desk.say(WEB, "still here")
    await desk.passes(minutes=5)
    assert await desk.heard(WEB)


async def test_while_a_human_has_it_only_the_agents_read_it(desk: Watched) -> None:
    id = await desk.follows(WEB)
    await desk.ask_for_human(WEB)
    change = Change(what="delivered", at=NOW, order=PAID.number)
    await desk.notices.tell(Notice(conversation=id, change=change))
    assert await desk.heard(WEB) == []
    assert [one.content.text for one in await desk.for_agents(WEB)] == [DELIVERED]


@pytest.mark.parametrize(("left", "minutes", "told"), [(3, 60, True), (1, 60, False), (3, -60, False)])
async def test_where_a_channel_counts_the_last_word_is_kept_for_an_answer(
    desk: Watched, left: int, minutes: int, told: bool
) -> None:
    id = await desk.follows(WECHAT)
    until = desk.clock.now() + minutes * 60_000
    await desk.store.redis.hset(desk.store.keys.conversation(id), mapping={"left": left, "left_until": until})
    change = Change(what="delivered", at=NOW, order=PAID.number)
    await desk.notices.tell(Notice(conversation=id, change=change))
    assert bool(await desk.heard(WECHAT)) is told
    assert bool(await desk.for_agents(WECHAT)) is not told


async def test_whoever_says_stop_hears_nothing_until_they_follow_anew(desk: Watched) -> None:
    id = await desk.follows(WEB)
    await desk.followers.mute(id)
    await desk.hurry()
    await desk.passes(minutes=3)
    assert await desk.heard(WEB) == []
    await desk.followers.follow(id, [ORDER])
    await desk.passes(minutes=20)
    assert DELIVERED in await desk.heard(WEB)


async def test_somebody_who_waits_for_a_product_hears_that_it_is_back(desk: Watched) -> None:
    id = await desk.follows(WEB, "product:band-lite")
    await desk.shop.file(TellWhenBack(key="tell me when", product="band-lite"))
    await desk.passes(minutes=10)
    name = (await desk.shop.product("band-lite") or pytest.fail()).names["zh-Hans"]
    assert TEXTS.say("zh-Hans", "news.restocked", product=name) in await desk.said(WEB)
    assert await desk.followers.of("product:band-lite") == [id]


async def test_the_customer_of_an_order_hears_of_it_on_their_page_and_on_whatever_is_joined(desk: Watched) -> None:
    mine = next(one for one in orders(DAY_ZERO) if one.customer == "demo-5" and one.state is OrderState.PAID)
    me = Identity(channel="web", identity="user:demo-5")
    await desk.say(me, "hi")
    await desk.notices.round()
    await desk.shop.file(Urge(key="hurry it up", order=mine.number))
    await desk.passes(minutes=20)
    assert TEXTS.say("zh-Hans", "news.delivered", order=mine.number) in await desk.said(me)


async def test_what_a_turn_begins_to_follow_is_kept_and_a_word_stops_it(desk: Watched) -> None:
    await desk.say(WEB, "hi")
    conversation = await desk.store.conversation(await desk.thread(WEB))
    await desk.followers.note(conversation, {"followed": [ORDER]})
    assert await desk.followers.of(ORDER) == [conversation.id]
    await desk.followers.note(conversation, {"followed": [ORDER], "muted": True})
    assert await desk.followers.is_muted(conversation.id)
