"""A chat is passed on to a colleague or to a skill, with a note; whoever does not answer loses it to the queue."""

from __future__ import annotations

import asyncio

import pytest

from bot.messages import Audience, State
from bot.store.store import Store
from handoff.broker import Agent, Moved, Refused
from handoff.presence import Status
from handoff.routing import Profile, Routing
from handoff.service import Service
from handoff.transfers import SkillWanted
from tests.handoff.floor import ADA, LIN, MEI, Floor

NOTE = "她要的是赠品，已核实订单"


@pytest.fixture
async def floor(store: Store) -> Floor:
    """Lin has a chat, and Mei is here too."""
    floor = Floor(store, Routing(mode="push"))
    for agent in (LIN, MEI):
        await floor.presence.beat(agent.id)
    await floor.ask("c")
    await floor.broker.claim("c", LIN, "claimed1")
    return floor


async def held(floor: Floor, agent: Agent) -> set[str]:
    held: set[str] = await floor.store.redis.smembers(floor.store.keys.load(agent.id))
    return held


async def test_a_colleague_has_the_chat_at_once_with_the_note(floor: Floor) -> None:
    before = await floor.conversation("c")
    moved = await floor.transfers.to_agent("c", LIN, "transfer1", MEI.id, NOTE)
    after = await floor.conversation("c")
    assert isinstance(moved, Moved)
    assert (after.state, after.agent, after.agent_name) == (State.ASSIGNED, MEI.id, MEI.name)
    assert after.epoch == before.epoch + 1
    assert (after.place, after.episode, after.passed) == (before.place, before.episode, LIN.id)
    assert (await held(floor, LIN), await held(floor, MEI)) == (set(), {"c"})
    note = next(entry for entry in await floor.entries("c") if entry.kind == "note")
    assert (note.content.text, note.audience, note.who) == (NOTE, Audience.AGENTS, LIN.name)
    told = next(entry for entry in await floor.entries("c") if entry.data.get("event") == "transferred")
    assert (told.data["agent"], told.data["to"]) == (LIN.name, MEI.name)


async def test_where_chats_are_offered_the_colleague_is_asked_and_then_the_queue(floor: Floor) -> None:
    floor.routing = Routing(mode="offer")
    place = (await floor.conversation("c")).place
    await floor.transfers.to_agent("c", LIN, "transfer1", MEI.id, NOTE)
    asked = await floor.conversation("c")
    assert (asked.state, asked.agent) == (State.OFFERED, MEI.id)
    assert await held(floor, LIN) == set()
    await floor.live(floor.routing.countdown + 5, 5, LIN, MEI)
    missed = await floor.conversation("c")
    assert (missed.state, missed.agent, missed.passed.split()) == (State.QUEUED, None, [LIN.id, MEI.id])
    assert await floor.store.redis.zscore(floor.store.keys.queue, "c") == place
    assert NOTE in [entry.content.text for entry in await floor.entries("c")]


async def test_a_colleague_who_stays_silent_loses_it_to_the_queue(floor: Floor) -> None:
    await floor.reply("c", LIN)
    await floor.transfers.to_agent("c", LIN, "transfer1", MEI.id, NOTE)
    await floor.live(Service().remind + Service().take_back + 20, 10, LIN, MEI)
    back = await floor.conversation("c")
    assert (back.state, back.lost) == (State.QUEUED, MEI.id)


async def test_a_colleague_without_room_is_a_refusal_and_nothing_changes(floor: Floor) -> None:
    floor.agents = [Profile(LIN.id, LIN.name, capacity=2), Profile(MEI.id, MEI.name, capacity=1)]
    await floor.ask("other")
    await floor.broker.claim("other", MEI, "claimed2")
    before = await floor.conversation("c")
    refused = await floor.transfers.to_agent("c", LIN, "transfer1", MEI.id, NOTE)
    assert refused == Refused("full", State.ASSIGNED, LIN.id)
    assert await floor.conversation("c") == before
    assert await held(floor, LIN) == {"c"}


@pytest.mark.parametrize(
    ("to", "reason"), [(LIN.id, "self"), ("nobody", "unknown_agent"), (ADA.id, "gone"), (MEI.id, "away")]
)
async def test_who_cannot_have_it_is_told_apart(floor: Floor, to: str, reason: str) -> None:
    await floor.presence.rest(MEI.id)
    refused = await floor.transfers.to_agent("c", LIN, "transfer1", to, NOTE)
    assert isinstance(refused, Refused) and refused.reason == reason
    assert (await floor.conversation("c")).agent == LIN.id


async def test_only_who_holds_a_chat_passes_it_on(floor: Floor) -> None:
    await floor.presence.beat(ADA.id)
    assert await floor.transfers.to_agent("c", MEI, "transfer1", ADA.id, NOTE) == Refused("owner", State.ASSIGNED, "a1")
    skill = SkillWanted(topic="returns")
    assert await floor.transfers.to_skill("c", MEI, "transfer2", skill, NOTE) == Refused("owner", State.ASSIGNED, "a1")


async def test_a_skill_brings_it_back_to_its_old_place_with_the_new_topic(floor: Floor) -> None:
    place = (await floor.conversation("c")).place
    await floor.ask("later")
    await floor.transfers.to_skill("c", LIN, "transfer1", SkillWanted(topic="returns", language="en"), NOTE)
    waiting = await floor.conversation("c")
    assert (waiting.state, waiting.topic, waiting.language) == (State.QUEUED, "returns", "en")
    assert await floor.store.redis.zrange(floor.store.keys.queue, 0, -1) == ["c", "later"]
    assert waiting.place == place


async def test_only_who_can_do_the_new_topic_gets_it(floor: Floor) -> None:
    returns = frozenset({"returns"})
    floor.agents = [Profile(MEI.id, MEI.name), Profile(LIN.id, LIN.name), Profile(ADA.id, ADA.name, topics=returns)]
    floor.agents[0] = Profile(MEI.id, MEI.name, topics=frozenset({"price"}))
    await floor.transfers.to_skill("c", LIN, "transfer1", SkillWanted(topic="returns"), NOTE)
    await floor.presence.leave(LIN.id)
    assert await floor.dispatchers[0].dispatch() == 0
    await floor.presence.beat(ADA.id)
    await floor.dispatchers[0].dispatch()
    assert (await floor.conversation("c")).agent == ADA.id


async def test_a_repeated_transfer_is_one_and_answers_alike_though_the_colleague_has_left(floor: Floor) -> None:
    first = await floor.transfers.to_agent("c", LIN, "transfer1", MEI.id, NOTE)
    await floor.presence.leave(MEI.id)
    assert await floor.transfers.to_agent("c", LIN, "transfer1", MEI.id, NOTE) == first
    assert [entry.kind for entry in await floor.entries("c")].count("note") == 1


async def test_of_two_transfers_at_once_one_wins(floor: Floor) -> None:
    await floor.presence.beat(ADA.id)
    outcomes = await asyncio.gather(
        floor.transfers.to_agent("c", LIN, "transfer1", MEI.id, NOTE),
        floor.transfers.to_agent("c", LIN, "transfer2", ADA.id, NOTE),
    )
    assert sorted(isinstance(outcome, Moved) for outcome in outcomes) == [False, True]
    assert len(await held(floor, MEI)) + len(await held(floor, ADA)) == 1


async def test_colleagues_are_listed_with_what_they_hold(floor: Floor) -> None:
    await floor.presence.rest(ADA.id)
    found = await floor.transfers.colleagues(MEI.id)
    assert [(one.name, one.status, one.load, one.capacity) for one in found] == [
        ("Lin", Status.AVAILABLE, 1, 2),
        ("Ada", Status.GONE, 0, 2),
    ]
