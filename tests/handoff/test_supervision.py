"""A supervisor whispers and takes over: the shopper hears one agent, and nobody loses what they were writing."""

from __future__ import annotations

import asyncio

import pytest

from bot.messages import Audience, State
from bot.store.store import Store
from handoff.broker import Moved, Refused
from handoff.routing import Routing
from tests.handoff.floor import ADA, LIN, MEI, Floor


@pytest.fixture
def floor(any_store: Store) -> Floor:
    return Floor(any_store, Routing(mode="pull"))


async def test_a_chat_taken_over_is_the_supervisors_and_the_former_agent_is_fenced(floor: Floor) -> None:
    await floor.ask("c1")
    await floor.broker.claim("c1", LIN, "claim")
    before = await floor.conversation("c1")
    assert isinstance(await floor.broker.take_over("c1", ADA, "take"), Moved)
    after = await floor.conversation("c1")
    assert (after.state, after.agent, after.epoch) == (State.ASSIGNED, ADA.id, before.epoch + 1)
    assert await floor.store.redis.smembers(floor.store.keys.load(LIN.id)) == set()
    assert await floor.store.redis.smembers(floor.store.keys.load(ADA.id)) == {"c1"}
    late = await floor.broker.reply("c1", LIN, "late", "我来")
    assert late == Refused("owner", State.ASSIGNED, ADA.id)


async def test_both_read_who_took_it_from_whom(floor: Floor) -> None:
    await floor.ask("c1")
    await floor.broker.claim("c1", LIN, "claim")
    await floor.broker.take_over("c1", ADA, "take")
    entry = (await floor.entries("c1"))[-1]
    assert entry.data == {"event": "taken_over", "agent": "Ada", "from": "Lin"}
    assert await floor.store.redis.hget(floor.store.keys.conversation("c1"), "taken_from") == LIN.id
    await floor.broker.requeue("c1", ADA, "back")
    assert await floor.store.redis.hget(floor.store.keys.conversation("c1"), "taken_from") is None


@pytest.mark.parametrize("state", [State.BOT, State.QUEUED, State.OFFERED, State.CLOSED])
async def test_what_nobody_holds_can_be_taken_over_too(floor: Floor, state: State) -> None:
    await floor.write("c1")
    if state is not State.BOT:
        await floor.ask("c1")
    if state is State.OFFERED:
        await floor.broker.offer("c1", LIN, "offer", 2, floor.now + 30_000)
    if state is State.CLOSED:
        await floor.broker.claim("c1", LIN, "claim")
        await floor.broker.close("c1", LIN, "close")
    assert (await floor.conversation("c1")).state is state
    assert isinstance(await floor.broker.take_over("c1", ADA, "take"), Moved)
    assert (await floor.conversation("c1")).agent == ADA.id
    assert await floor.store.redis.zcard(floor.store.keys.queue) == 0
    assert await floor.store.redis.hget(floor.store.keys.agents, f"offer:{LIN.id}") is None


async def test_a_take_over_repeated_is_one_and_ones_own_is_refused(floor: Floor) -> None:
    await floor.ask("c1")
    await floor.broker.claim("c1", LIN, "claim")
    first = await floor.broker.take_over("c1", ADA, "take")
    assert await floor.broker.take_over("c1", ADA, "take") == first
    assert await floor.broker.take_over("c1", ADA, "again") == Refused("self", State.ASSIGNED, ADA.id)


async def test_a_supervisor_takes_no_more_than_anybody_may_hold(floor: Floor) -> None:
    floor.broker._capacity = lambda _: 1
    for id, agent in (("c1", ADA), ("c2", LIN)):
        await floor.ask(id)
        await floor.broker.claim(id, agent, f"{id}:claim")
    assert await floor.broker.take_over("c2", ADA, "take") == Refused("capacity", State.ASSIGNED, LIN.id)


async def test_of_many_supervisors_at_once_the_last_has_it_and_each_act_counts(floor: Floor) -> None:
    await floor.ask("c1")
    await floor.broker.claim("c1", LIN, "claim")
    outcomes = await asyncio.gather(*(floor.broker.take_over("c1", one, "take") for one in (MEI, ADA)))
    assert all(isinstance(outcome, Moved) for outcome in outcomes)
    holder = (await floor.conversation("c1")).agent
    loads = {one.id: await floor.store.redis.scard(floor.store.keys.load(one.id)) for one in (LIN, MEI, ADA)}
    assert loads == {LIN.id: 0, MEI.id: 0, ADA.id: 0, str(holder): 1}


async def test_a_whisper_is_for_agents_and_changes_nothing(floor: Floor) -> None:
    await floor.ask("c1")
    await floor.broker.claim("c1", LIN, "claim")
    before = await floor.conversation("c1")
    assert isinstance(await floor.broker.whisper("c1", ADA, "whisper", "先安抚再查单"), Moved)
    entry, after = (await floor.entries("c1"))[-1], await floor.conversation("c1")
    assert (entry.kind, entry.audience, entry.who, entry.data) == ("note", Audience.AGENTS, "Ada", {"whisper": True})
    assert (after.agent, after.epoch, after.waiting) == (LIN.id, before.epoch, before.waiting)


async def test_there_is_nobody_to_whisper_to_before_an_agent_has_it(floor: Floor) -> None:
    await floor.ask("c1")
    assert await floor.broker.whisper("c1", ADA, "whisper", "在吗") == Refused("state", State.QUEUED)


async def test_the_ledger_names_who_took_it_and_from_whom(floor: Floor) -> None:
    await floor.ask("c1")
    await floor.broker.claim("c1", LIN, "claim")
    await floor.broker.take_over("c1", ADA, "take")
    ((_, fields),) = await floor.store.redis.xrevrange(floor.store.keys.ledger, count=1)
    assert '"kind":"take_over"' in fields["line"]
    assert '"agent_name":"Ada"' in fields["line"]
    assert '"from":"a1"' in fields["line"]
