"""Joins: one thread for a shopper's channels, by proof only, and back again; no word lost, doubled or misplaced."""

from __future__ import annotations

import asyncio

import pytest

from bot import joins as subject
from bot.joins import ALPHABET, CODES, TRIES, Identity, TooMany, TooManyTries, read_code
from bot.messages import Content, Grant, Inbound, State
from bot.store.keys import CODE_TTL
from bot.store.store import Store
from handoff.broker import Agent, Moved, Refused
from tests.threads import Desk

LIN, MEI = Agent("a1", "Lin"), Agent("a2", "Mei")
WEB = Identity(channel="web", identity="v1")
PHONE = Identity(channel="telegram", identity="7")
WECHAT = Identity(channel="wechat", identity="o7")


@pytest.fixture
def desk(any_store: Store) -> Desk:
    return Desk(any_store)


async def test_a_code_makes_one_thread_of_two_channels(desk: Desk) -> None:
    await desk.say(PHONE, "long ago")
    await desk.say(WEB, "in stock?")
    await desk.work()
    thread = await desk.join(WEB, PHONE)
    assert thread == desk.home(WEB) == await desk.thread(PHONE)
    await desk.say(PHONE, "and the red one?")
    await desk.work()
    assert await desk.said(WEB) == ["in stock?", "re: in stock?", "and the red one?", "re: and the red one?"]
    assert desk.channels["telegram"].sent == [("7", "re: long ago"), ("7", "link.done"), ("7", "re: and the red one?")]


async def test_entries_say_their_channel(desk: Desk) -> None:
    await desk.say(WEB, "in stock?")
    await desk.work()
    await desk.join(WEB, PHONE)
    await desk.say(PHONE, "hello again")
    await desk.work()
    entries = await desk.store.entries(desk.home(WEB), 0)
    assert [(entry.channel, entry.kind) for entry in entries] == [
        *[("web", "message")] * 2,
        *[("telegram", "event")] * 2,
        *[("telegram", "message")] * 2,
    ]


async def test_answers_follow_the_shopper(desk: Desk) -> None:
    await desk.say(PHONE, "hello")
    await desk.work()
    await desk.join(PHONE, WECHAT)
    await desk.work()
    desk.channels["telegram"].down = True
    await desk.say(PHONE, "still there?")
    await desk.work()
    await desk.say(WECHAT, "it does not answer, so here")
    await desk.work()
    assert [text for _, text in desk.channels["wechat"].sent] == [
        "link.done",
        "re: still there?",
        "re: it does not answer, so here",
    ]
    desk.channels["telegram"].down = False
    desk.seconds += 9_000
    await desk.work()
    assert [text for _, text in desk.channels["telegram"].sent] == ["re: hello"]


async def test_what_the_web_page_shows_is_not_sent_again_on_another_channel(desk: Desk) -> None:
    for number in range(60):
        await desk.say(WEB, f"{number}")
    await desk.work()
    await desk.join(WEB, PHONE)
    await desk.work()
    assert [text for _, text in desk.channels["telegram"].sent] == ["link.done"]
    await desk.say(WEB, "back on the page")
    await desk.work()
    assert len(desk.channels["telegram"].sent) == 1


@pytest.mark.parametrize("who", [WEB, PHONE])
async def test_the_thread_in_line_goes_on_at_its_place(desk: Desk, who: Identity) -> None:
    other = PHONE if who == WEB else WEB
    await desk.say(who, "a person, please")
    await desk.work()
    await desk.ask_for_human(who)
    behind = Identity(channel="web", identity="v9")
    await desk.say(behind, "me too")
    await desk.work()
    await desk.ask_for_human(behind)
    await desk.say(other, "newer words")
    await desk.work()
    thread = await desk.join(who, other)
    assert thread == desk.home(who)
    assert await desk.store.place(thread) == 1
    assert (await desk.store.conversation(thread)).state is State.QUEUED


async def test_of_two_in_line_the_better_place_is_kept_and_the_other_left(desk: Desk) -> None:
    for who in (PHONE, WEB):
        await desk.say(who, "a person, please")
        await desk.work()
        await desk.ask_for_human(who)
        desk.seconds += 10
    assert await desk.join(WEB, PHONE) == desk.home(PHONE)
    assert await desk.store.redis.zrange(desk.store.keys.queue, 0, -1) == [desk.home(PHONE)]
    assert await desk.store.redis.zrange(desk.store.keys.open, 0, -1) == [desk.home(PHONE)]


async def test_the_agent_keeps_the_chat_and_answers_on_the_channel_of_the_last_message(desk: Desk) -> None:
    await desk.say(WEB, "a person, please")
    await desk.work()
    await desk.ask_for_human(WEB)
    await desk.broker.claim(desk.home(WEB), LIN, "k1")
    await desk.say(PHONE, "older chat")
    await desk.work()
    thread = await desk.join(WEB, PHONE)
    await desk.say(PHONE, "I am on the bus now")
    assert isinstance(await desk.broker.reply(thread, LIN, "k2", "have a good ride"), Moved)
    await desk.work()
    known = await desk.store.conversation(thread)
    assert (thread, known.state, known.agent) == (desk.home(WEB), State.ASSIGNED, LIN.id)
    assert desk.channels["telegram"].sent[-1] == ("7", "have a good ride")


async def test_of_two_agents_one_keeps_the_thread_and_the_other_is_free(desk: Desk) -> None:
    for who, agent in ((WEB, LIN), (PHONE, MEI)):
        await desk.say(who, "a person, please")
        await desk.work()
        await desk.broker.reply(desk.home(who), agent, f"k{agent.id}", "hello")
    thread = await desk.join(WEB, PHONE)
    known = await desk.store.conversation(thread)
    loads = [await desk.store.redis.smembers(desk.store.keys.load(agent.id)) for agent in (LIN, MEI)]
    assert known.state is State.ASSIGNED
    assert sorted(map(len, loads)) == [0, 1]
    assert loads[0 if known.agent == LIN.id else 1] == {thread}


async def test_agents_do_nothing_with_a_log_that_rests(desk: Desk) -> None:
    await desk.say(PHONE, "old")
    await desk.work()
    await desk.say(WEB, "new")
    await desk.work()
    await desk.join(WEB, PHONE)
    outcome = await desk.broker.reply(desk.home(PHONE), LIN, "k1", "hello?")
    assert outcome == Refused("joined", State.BOT)


async def test_a_code_works_once(desk: Desk) -> None:
    code = await desk.joins.make_code(WEB)
    await desk.say(PHONE, code)
    await desk.say(WECHAT, code)
    assert await desk.events(WECHAT) == ["link", "link_wrong"]
    assert await desk.thread(WECHAT) == desk.home(WECHAT)


async def test_a_code_that_comes_twice_joins_once(desk: Desk) -> None:
    code = await desk.joins.make_code(WEB)
    first, again = await desk.say(PHONE, code, "m1"), await desk.say(PHONE, code, "m1")
    assert first == again
    assert (await desk.events(WEB)).count("linked") == 1


async def test_of_many_who_say_a_code_at_once_one_joins(desk: Desk) -> None:
    code = await desk.joins.make_code(WEB)
    crowd = [Identity(channel="telegram", identity=str(number)) for number in range(20)]
    await asyncio.gather(*(desk.say(who, code) for who in crowd))
    events = [event for who in crowd for event in await desk.events(who)]
    assert (events.count("linked"), events.count("link_wrong")) == (1, 19)


async def test_an_old_code_and_an_invented_one_are_refused_alike(desk: Desk) -> None:
    code = await desk.joins.make_code(WEB)
    lives = await desk.store.redis.pttl(desk.joins._key(code))
    assert 0 < lives <= CODE_TTL
    await desk.say(PHONE, "JL-AAAA-BBBB")
    assert await desk.events(PHONE) == ["link", "link_wrong"]


async def test_after_ten_tries_not_even_the_right_code_works(desk: Desk) -> None:
    code = await desk.joins.make_code(WEB)
    for _ in range(TRIES):
        await desk.say(PHONE, "JL-AAAA-BBBB")
    await desk.say(PHONE, code)
    assert (await desk.events(PHONE))[-1] == "link_too_many"


async def test_a_flood_of_codes_is_told_once_in_the_log_and_not_kept(desk: Desk) -> None:
    for number in range(TRIES + 1):
        await desk.say(PHONE, "JL-AAAA-BBBB", id=f"m{number}")
    before = await desk.events(PHONE)
    for _ in range(3):
        with pytest.raises(TooManyTries, match=r"link\.too_many"):
            await desk.say(PHONE, "JL-AAAA-BBBB")
    assert await desk.events(PHONE) == before
    assert before.count("link_too_many") == 1
    assert (await desk.say(PHONE, "JL-AAAA-BBBB", id="m0")).seq == 2
    assert (await desk.say(WEB, "JL-AAAA-BBBB")).seq == 2


async def test_codes_are_made_only_so_often(desk: Desk) -> None:
    for _ in range(CODES):
        await desk.joins.make_code(WEB)
    with pytest.raises(TooMany):
        await desk.joins.make_code(WEB)


async def test_the_log_does_not_show_a_code(desk: Desk) -> None:
    code = await desk.joins.make_code(WEB)
    await desk.say(PHONE, code)
    entries = await desk.store.entries(await desk.thread(PHONE), 0)
    assert not any(code in entry.content.text for entry in entries)


@pytest.mark.parametrize(
    "typed", ["jl-abcd-2345", " JL ABCD 2345 ", "JLABCD2345", "ＪＬ－ＡＢＣＤ－２３４５", "JL–ABCD–2345"]
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == "JL-ABCD-2345"


@pytest.mark.parametrize(
    "said", ["JL-ABCD-234", "JL-ABCD-2345?", "my code is JL-ABCD-2345", "20261122001", "13800138000", ""]
)
def test_other_words_are_no_codes(said: str) -> None:
    assert read_code(said) is None


async def test_order_number_and_phone_never_join(desk: Desk) -> None:
    for who in (WEB, PHONE, WECHAT):
        await desk.say(who, "20261122001")
        await desk.say(who, "13800138000")
    assert [await desk.thread(who) for who in (WEB, PHONE, WECHAT)] == [desk.home(who) for who in (WEB, PHONE, WECHAT)]


async def test_a_code_waits_for_the_answer_to_what_was_just_said(desk: Desk) -> None:
    await desk.say(PHONE, "one")
    await desk.say(WEB, "two")
    code = await desk.joins.make_code(WEB)
    joining = asyncio.create_task(desk.say(PHONE, code))
    while not joining.done():
        await desk.work()
        await asyncio.wait({joining}, timeout=0.02)
    await desk.work()
    assert ("7", "re: one") in desk.channels["telegram"].sent


async def test_a_code_is_good_again_when_the_answer_takes_too_long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "PATIENCE", 0)
    await desk.say(PHONE, "one")
    await desk.say(WEB, "two")
    code = await desk.joins.make_code(WEB)
    await desk.say(PHONE, code)
    assert (await desk.events(PHONE))[-1] == "link_busy"
    await desk.work()
    await desk.say(PHONE, code)
    assert await desk.thread(PHONE) == desk.home(WEB)


async def test_a_message_sent_again_after_the_join_is_there_once(desk: Desk) -> None:
    before = await desk.say(PHONE, "hello", "m1")
    await desk.say(WEB, "hello")
    await desk.work()
    await desk.join(WEB, PHONE)
    assert await desk.say(PHONE, "hello", "m1") == before


async def test_messages_that_come_while_threads_join_are_each_there_once(desk: Desk) -> None:
    await desk.say(WEB, "newest")
    await desk.work()
    code = await desk.joins.make_code(WEB)
    words = [str(number) for number in range(40)]
    saying = [desk.say(PHONE, word, word) for word in words]
    joining = asyncio.create_task(desk.say(PHONE, code))
    await asyncio.gather(*saying)
    while not joining.done():
        await desk.work()
        await asyncio.wait({joining}, timeout=0.02)
    logs = [await desk.store.entries(desk.home(who), 0) for who in (WEB, PHONE)]
    said = [
        entry.content.text for log in logs for entry in log if entry.author == "shopper" and entry.kind == "message"
    ]
    assert sorted(said) == sorted(["newest", *words])
    assert await desk.thread(PHONE) == await desk.thread(WEB)


async def test_an_edit_of_what_was_said_before_the_join_is_a_message_of_the_thread(desk: Desk) -> None:
    await desk.say(PHONE, "blue", "m1")
    await desk.say(WEB, "newest")
    await desk.work()
    await desk.join(WEB, PHONE)
    content = Content(text="no, red")
    edit = Inbound(**PHONE.model_dump(), external_id="e1", edits="m1", content=content)
    assert (await desk.inbox.receive(edit)).conversation == desk.home(WEB)
    assert "no, red" in await desk.said(WEB)


async def test_what_happens_to_an_identity_does_not_take_the_answers_along(desk: Desk) -> None:
    await desk.say(WEB, "hello")
    await desk.work()
    await desk.join(WEB, PHONE)
    await desk.say(WEB, "back on the page")
    await desk.inbox.note("telegram", PHONE.identity, "blocked", "b1")
    known = await desk.store.conversation(desk.home(WEB))
    assert (known.channel, known.reachable) == ("web", True)
    assert "blocked" in await desk.events(WEB)


async def test_what_a_channel_lets_us_send_goes_with_who_says_the_code(desk: Desk) -> None:
    await desk.say(WEB, "hello")
    await desk.work()
    code = await desk.joins.make_code(WEB)
    followed = Grant(messages=3, ms=60_000)
    await desk.inbox.note("wechat", WECHAT.identity, "followed", "f1", grant=followed)
    await desk.say(WECHAT, code)
    known = await desk.store.conversation(desk.home(WEB))
    assert (known.channel, known.left) == ("wechat", 3)
    said = Inbound(
        **WECHAT.model_dump(), external_id="u1", content=Content(text="unlink"), grant=Grant(messages=5, ms=99_000)
    )
    await desk.work()
    await desk.inbox.receive(said)
    assert (await desk.store.conversation(desk.home(WECHAT))).left == 5
    assert (await desk.store.conversation(desk.home(WEB))).left is None


async def test_a_request_that_waits_is_answered_with_what_became_of_the_wish(desk: Desk) -> None:
    code = await desk.joins.make_code(WEB)
    for text in ("JL-AAAA-BBBB", code, "unlink"):
        message = Inbound(**WECHAT.model_dump(), external_id=text, content=Content(text=text))
        received = await desk.inbox.receive(message, waits=4_500)
        known = await desk.store.conversation(received.conversation)
        assert known.passive_until == desk.clock.now() + 4_500
        assert await desk.store.redis.hget(desk.store.keys.conversation(known.id), "passive") == text
        desk.seconds += 5
        await desk.work()


@pytest.mark.parametrize("words", ["unlink", "Unlink ", "解除关联", "解除關聯"])
async def test_the_shopper_ends_the_join_with_a_word(desk: Desk, words: str) -> None:
    await desk.say(WEB, "hello")
    await desk.work()
    await desk.join(WEB, PHONE)
    await desk.work()
    await desk.say(PHONE, words)
    await desk.work()
    assert desk.channels["telegram"].sent[-1] == ("7", "link.undone")
    assert [await desk.thread(who) for who in (WEB, PHONE)] == [desk.home(who) for who in (WEB, PHONE)]
    await desk.say(PHONE, "on my own")
    await desk.work()
    assert "on my own" not in await desk.said(WEB)
    assert desk.channels["telegram"].sent[-1] == ("7", "re: on my own")


async def test_the_same_word_means_nothing_where_nothing_is_joined(desk: Desk) -> None:
    await desk.say(PHONE, "unlink")
    assert await desk.said(PHONE) == ["unlink"]


async def test_an_unjoined_thread_keeps_owner_and_channel_of_its_own(desk: Desk) -> None:
    await desk.say(WEB, "a person, please")
    await desk.work()
    await desk.ask_for_human(WEB)
    await desk.broker.claim(desk.home(WEB), LIN, "k1")
    await desk.join(WEB, PHONE)
    await desk.work()
    refused = await desk.joins.unjoin(desk.home(WEB), "u1", agent=MEI.id, by=MEI.name)
    assert refused["refused"] == "owner"
    await desk.joins.unjoin(desk.home(WEB), "u2", agent=LIN.id, by=LIN.name)
    known = await desk.store.conversation(desk.home(WEB))
    assert (known.channel, known.identity, known.state, known.agent) == ("web", "v1", State.ASSIGNED, LIN.id)
    assert (await desk.store.conversation(desk.home(PHONE))).state is State.BOT


async def test_what_could_not_be_sent_before_an_unjoin_is_marked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "PATIENCE", 0)
    await desk.say(WEB, "hello")
    await desk.work()
    await desk.join(WEB, PHONE)
    await desk.work()
    desk.channels["telegram"].down = True
    await desk.say(PHONE, "one more")
    await desk.work()
    await desk.joins.unjoin(desk.home(WEB), "u1")
    await desk.work()
    entries = await desk.store.entries(desk.home(WEB), 0)
    lost = [entry.data["reason"] for entry in entries if entry.kind == "delivery"]
    assert lost == ["unlinked"]


async def test_a_third_channel_joins_the_same_thread(desk: Desk) -> None:
    await desk.say(WEB, "hello")
    await desk.work()
    await desk.join(WEB, PHONE)
    await desk.work()
    await desk.join(PHONE, WECHAT)
    thread = await desk.store.conversation(await desk.thread(WECHAT))
    assert {await desk.thread(who) for who in (WEB, PHONE, WECHAT)} == {thread.id}
    assert sorted(await desk.joins.linked(thread)) == ["telegram", "web", "wechat"]


async def test_two_threads_of_two_become_one_of_four(desk: Desk) -> None:
    tablet = Identity(channel="web", identity="v2")
    await desk.join(WEB, PHONE)
    await desk.work()
    await desk.say(tablet, "hello")
    await desk.work()
    await desk.join(tablet, WECHAT)
    await desk.work()
    await desk.join(PHONE, WECHAT)
    assert len({await desk.thread(who) for who in (WEB, PHONE, WECHAT, tablet)}) == 1


USER, OTHER_USER = (Identity(channel="web", identity=f"user:{name}") for name in ("ada", "bob"))


async def test_a_signed_in_visitor_goes_on_with_his_account(desk: Desk) -> None:
    await desk.say(WEB, "hello")
    await desk.work()
    await desk.joins.sign_in(WEB, USER)
    assert await desk.thread(USER) == desk.home(WEB)
    assert await desk.events(WEB) == ["signed_in"]


async def test_a_visitor_who_said_nothing_is_not_joined(desk: Desk) -> None:
    await desk.joins.sign_in(WEB, USER)
    assert await desk.thread(WEB) == desk.home(WEB)


async def test_two_accounts_never_share_a_thread(desk: Desk) -> None:
    await desk.say(WEB, "hello")
    await desk.work()
    await desk.joins.sign_in(WEB, USER)
    await desk.joins.sign_in(WEB, OTHER_USER)
    assert await desk.thread(OTHER_USER) == desk.home(OTHER_USER)
    await desk.join(USER, PHONE)
    await desk.work()
    await desk.join(OTHER_USER, PHONE)
    assert (await desk.events(PHONE))[-1] == "link_account"
    assert await desk.thread(OTHER_USER) == desk.home(OTHER_USER)


def test_a_code_has_39_bits() -> None:
    assert len(ALPHABET) ** 8 > 2**39
