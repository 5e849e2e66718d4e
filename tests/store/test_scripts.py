"""The scripts keep one log, one owner and one reply, whatever comes twice, late or at once; alone and on a cluster."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.clock import Clock
from bot.messages import Author, Content, State
from bot.store.store import Store, new_entry
from handoff.broker import CAPACITY, Agent, Broker, Moved, Refused, request_entry
from handoff.ownership import MOVES, Command, rows

SHOPPER = "web-visitor"
LIN, MEI = Agent("a1", "Lin"), Agent("a2", "Mei")


class Echo:
    def say(self, language: str, key: str, **fields: str) -> str:
        return f"{key} {fields}"


def make_broker(store: Store) -> Broker:
    return Broker(store, Clock(), Echo(), frozenset(), 86_400_000)


async def receive(store: Store, id: str, text: str, external_id: str, *, now: int = 1_000) -> dict[str, Any]:
    entry = new_entry(Author.SHOPPER, Content(text=text), external_id=external_id)
    where = {"channel": "web", "identity": SHOPPER, "archive_at": now + 10_000_000}
    return await store.run("receive", id, f"{id}:{external_id}", now=now, turn_at=now, entries=[entry], **where)


async def take(store: Store, now: int = 5_000) -> tuple[str, str]:
    claimed = await store.claim(now, limit=1, lease=10_000)
    member, token = claimed["items"][0]
    return member, token


async def commit(store: Store, id: str, token: str, epoch: int, seen: int, text: str, **more: Any) -> dict[str, Any]:
    said = [new_entry(Author.BOT, Content(text=text))]
    work = {"kind": "turn", "token": token, "watch": "shopper_seq", "seen": seen, "set": [("cursor", seen)]}
    return await store.run("commit", id, token, now=6_000, epoch=epoch, entries=said, **work, **more)


async def request(store: Store, id: str, command: str = "r1") -> dict[str, Any]:
    asked = request_entry("asked", "人工", {})
    return await store.run("act", id, command, now=2_000, rows=rows(Command.REQUEST), entries=[asked], reason="asked")


async def test_a_message_sent_twice_is_there_once(any_store: Store) -> None:
    first = await receive(any_store, "c", "在吗", "m1")
    again = await receive(any_store, "c", "在吗", "m1")
    assert first == again
    assert [entry.content.text for entry in await any_store.entries("c", 0)] == ["在吗"]


async def test_a_reply_is_said_once_however_often_its_commit_is_repeated(any_store: Store) -> None:
    await receive(any_store, "c", "多少钱", "m1")
    _, token = await take(any_store)
    first = await commit(any_store, "c", token, 0, 1, "199 元")
    assert first == await commit(any_store, "c", token, 0, 1, "199 元")
    assert [entry.author for entry in await any_store.entries("c", 0)] == [Author.SHOPPER, Author.BOT]


async def test_input_that_comes_before_the_commit_joins_the_turn(any_store: Store) -> None:
    await receive(any_store, "c", "多少钱", "m1")
    _, token = await take(any_store)
    await receive(any_store, "c", "包邮吗", "m2")
    assert await commit(any_store, "c", token, 0, 1, "199 元") == {"more": True}
    assert "seq" in await commit(any_store, "c", token, 0, 2, "199 元，包邮")


async def test_a_worker_that_lost_its_lease_commits_nothing(any_store: Store) -> None:
    await receive(any_store, "c", "多少钱", "m1")
    _, slow = await take(any_store, now=5_000)
    member, fast = await take(any_store, now=16_000)
    assert member == "turn:c"
    assert await commit(any_store, "c", slow, 0, 1, "slow") == {"lost": True}
    await commit(any_store, "c", fast, 0, 1, "fast")
    assert [entry.content.text for entry in await any_store.entries("c", 1)] == ["fast"]


async def test_no_bot_word_after_an_agent_has_taken_over(any_store: Store) -> None:
    await receive(any_store, "c", "多少钱", "m1")
    _, token = await take(any_store)
    await make_broker(any_store).reply("c", LIN, "k1", "我来")
    assert await commit(any_store, "c", token, 0, 1, "199 元") == {"fenced": True}
    last = (await any_store.entries("c", 0))[-1]
    assert last.data == {"withdrawn": True}
    assert last.audience == "agents"


async def test_fifty_simultaneous_claims_give_one_winner(any_store: Store) -> None:
    await receive(any_store, "c", "人工", "m1")
    await request(any_store, "c")
    broker = make_broker(any_store)
    claims = [broker.claim("c", Agent(f"a{n}", f"Agent {n}"), f"k{n}") for n in range(50)]
    outcomes = await asyncio.gather(*claims)
    assert sum(isinstance(outcome, Moved) for outcome in outcomes) == 1
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, Refused)} == {"state"}


async def test_a_winner_who_asks_again_is_told_the_same(any_store: Store) -> None:
    await receive(any_store, "c", "人工", "m1")
    await request(any_store, "c")
    broker = make_broker(any_store)
    first = await broker.claim("c", LIN, "k1")
    assert isinstance(first, Moved)
    assert await broker.claim("c", LIN, "k1") == first


async def test_nobody_exceeds_capacity(any_store: Store) -> None:
    broker = make_broker(any_store)
    ids = [f"c{n}" for n in range(CAPACITY + 3)]
    for id in ids:
        await receive(any_store, id, "人工", "m1")
        await request(any_store, id, f"r-{id}")
    outcomes = await asyncio.gather(*(broker.claim(id, LIN, f"k-{id}") for id in ids))
    assert sum(isinstance(outcome, Moved) for outcome in outcomes) == CAPACITY
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, Refused)} == {"capacity"}


async def test_only_the_owner_hands_back_and_the_bot_starts_fresh(any_store: Store) -> None:
    await receive(any_store, "c", "人工", "m1")
    await request(any_store, "c")
    broker = make_broker(any_store)
    await broker.claim("c", LIN, "k1")
    await receive(any_store, "c", "我的订单呢", "m2")
    assert await broker.hand_back("c", MEI, "k2") == Refused("owner", State.ASSIGNED, "a1")
    assert isinstance(await broker.hand_back("c", LIN, "k3"), Moved)
    conversation = await any_store.conversation("c")
    assert (conversation.state, conversation.cursor, conversation.slots) == (State.BOT, conversation.seq, {})
    assert not (await any_store.claim(99_000, limit=9, lease=1))["items"]


async def test_notes_are_no_takeover_and_never_reach_the_shopper(any_store: Store) -> None:
    await receive(any_store, "c", "你好", "m1")
    await make_broker(any_store).note("c", LIN, "k1", "常客")
    assert (await any_store.conversation("c")).state is State.BOT
    await receive(any_store, "c", "在吗", "m2")
    entries = await any_store.entries("c", 0)
    assert [(entry.seq, entry.prev, entry.audience) for entry in entries] == [
        (1, 0, "all"),
        (2, 1, "agents"),
        (3, 1, "all"),
    ]


async def test_what_the_table_does_not_name_is_refused(any_store: Store) -> None:
    await receive(any_store, "c", "你好", "m1")
    for command in (Command.CLAIM, Command.HAND_BACK, Command.CLOSE, Command.REQUEUE, Command.LEAVE):
        assert (State.BOT, command) not in MOVES
        result = await any_store.run("act", "c", f"x-{command}", now=3_000, rows=rows(command))
        assert result["refused"] == "state"
    assert (await any_store.conversation("c")).epoch == 0


async def test_a_command_on_a_conversation_that_is_not_there_is_refused(any_store: Store) -> None:
    assert await make_broker(any_store).claim("nobody", LIN, "k1") == Refused("unknown")


async def test_an_offer_keeps_the_place_and_takes_one_of_the_agents_places(any_store: Store) -> None:
    broker = make_broker(any_store)
    for id in ("c", "d"):
        await receive(any_store, id, "人工", "m1")
        await request(any_store, id, f"r-{id}")
    assert isinstance(await broker.offer("c", LIN, "o1", 1, 30_000), Moved)
    assert await broker.offer("d", LIN, "o2", 8, 30_000) == Refused("capacity", State.QUEUED)
    assert await broker.assign("d", LIN, "o3", 1) == Refused("capacity", State.QUEUED)
    assert await any_store.place("c") == 1
    assert await broker.decline("c", MEI, "o4") == Refused("owner", State.OFFERED, LIN.id)
    assert isinstance(await broker.decline("c", LIN, "o5"), Moved)
    known = await any_store.conversation("c")
    assert (known.state, known.agent, known.passed, known.epoch) == (State.QUEUED, None, LIN.id, 1)
    assert await any_store.place("c") == 1


async def test_a_reply_to_a_chat_offered_to_somebody_else_takes_it_over(any_store: Store) -> None:
    broker = make_broker(any_store)
    await receive(any_store, "c", "人工", "m1")
    await request(any_store, "c")
    await broker.offer("c", LIN, "o1", 8, 30_000)
    assert isinstance(await broker.reply("c", MEI, "o2", "我来"), Moved)
    assert await broker.claim("c", LIN, "o3") == Refused("state", State.ASSIGNED, MEI.id)
    assert await any_store.redis.hget(any_store.keys.agents, f"offer:{LIN.id}") is None
