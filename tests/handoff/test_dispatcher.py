"""Chats find agents: pushed or offered, on to the next when nobody answers, and never to who is away or full."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from bot.background import in_background
from bot.messages import State
from bot.store.store import Store
from handoff import dispatcher as dispatching
from handoff.broker import Agent, Moved, Refused
from handoff.presence import Away
from handoff.routing import Profile, Routing
from handoff.service import Service
from tests.handoff.floor import ADA, LIN, MEI, Floor

OFFERS = Routing(mode="offer")


@pytest.fixture
def floor(store: Store) -> Floor:
    return Floor(store, Routing())


async def here(floor: Floor, *agents: Agent) -> None:
    for agent in agents:
        await floor.presence.beat(agent.id)


async def dispatch(floor: Floor) -> int:
    return await floor.dispatchers[0].dispatch()


async def test_a_chat_is_given_to_a_free_agent_at_once(floor: Floor) -> None:
    await here(floor, LIN)
    await floor.ask("c")
    assert await dispatch(floor) == 1
    given = await floor.conversation("c")
    assert (given.state, given.agent, given.agent_name) == (State.ASSIGNED, LIN.id, LIN.name)
    assert (await floor.events("c"))[-1] == "joined"


async def test_nobody_here_gets_nothing_and_the_line_stays(floor: Floor) -> None:
    await floor.ask("c")
    assert await dispatch(floor) == 0
    assert (await floor.conversation("c")).state is State.QUEUED


async def test_pull_leaves_the_line_to_hands(floor: Floor) -> None:
    floor.routing = Routing(mode="pull")
    await here(floor, LIN)
    await floor.ask("c")
    assert await dispatch(floor) == 0


async def test_who_is_away_gets_nothing_and_keeps_theirs(floor: Floor) -> None:
    await here(floor, LIN)
    await floor.ask("c1")
    await dispatch(floor)
    await floor.presence.rest(LIN.id)
    await floor.ask("c2")
    assert await dispatch(floor) == 0
    assert (await floor.conversation("c1")).agent == LIN.id
    assert isinstance(await floor.broker.claim("c2", LIN, "by-hand1"), Moved)


async def test_an_agent_who_has_gone_away_meanwhile_is_refused_by_the_script(floor: Floor) -> None:
    await floor.ask("c")
    await floor.presence.rest(LIN.id)
    assert await floor.broker.assign("c", LIN, "pushed01", 8) == Refused("away", State.QUEUED)


async def test_two_dispatchers_at_once_give_each_chat_once_and_nobody_too_much(floor: Floor) -> None:
    await here(floor, LIN, MEI, ADA)
    for n in range(10):
        await floor.ask(f"c{n}")
    await asyncio.gather(*(dispatcher.dispatch() for dispatcher in floor.dispatchers))
    await dispatch(floor)
    loads = [await floor.store.redis.scard(floor.store.keys.load(agent.id)) for agent in (LIN, MEI, ADA)]
    assert loads == [2, 2, 2]
    assert await floor.store.redis.zcard(floor.store.keys.queue) == 4


async def test_an_offer_that_is_accepted_is_the_agents(floor: Floor) -> None:
    floor.routing = OFFERS
    await here(floor, LIN)
    await floor.ask("c")
    await dispatch(floor)
    offered = await floor.conversation("c")
    assert (offered.state, offered.agent, offered.epoch) == (State.OFFERED, LIN.id, 1)
    assert offered.offered_until == floor.now + OFFERS.countdown * 1_000
    assert await floor.broker.claim("c", MEI, "accept01") == Refused("owner", State.OFFERED, LIN.id)
    assert isinstance(await floor.broker.claim("c", LIN, "accept02"), Moved)
    assert (await floor.conversation("c")).epoch == 2


async def test_an_offer_times_out_to_the_next_agent(floor: Floor) -> None:
    floor.routing = OFFERS
    await here(floor, LIN, MEI)
    await floor.ask("c")
    await dispatch(floor)
    first = (await floor.conversation("c")).agent
    await floor.after(OFFERS.countdown)
    assert (await floor.conversation("c")).state is State.QUEUED
    await here(floor, LIN, MEI)
    await dispatch(floor)
    second = await floor.conversation("c")
    assert second.state is State.OFFERED
    assert {first, second.agent} == {LIN.id, MEI.id}
    assert (await floor.events("c"))[1:] == ["offered", "missed", "offered"]


async def test_a_declined_offer_goes_to_the_next_agent_at_once(floor: Floor) -> None:
    floor.routing = OFFERS
    await here(floor, LIN, MEI)
    await floor.ask("c")
    await dispatch(floor)
    first = (await floor.conversation("c")).agent or ""
    assert isinstance(await floor.broker.decline("c", Agent(first, first), "decline1"), Moved)
    await dispatch(floor)
    second = await floor.conversation("c")
    assert second.state is State.OFFERED
    assert second.agent != first


async def test_the_shopper_may_leave_while_a_chat_is_offered(floor: Floor) -> None:
    floor.routing = OFFERS
    await here(floor, LIN)
    await floor.ask("c")
    await dispatch(floor)
    await floor.write("c")
    assert await floor.store.place("c") == 1
    await floor.reply("c", MEI)
    assert (await floor.conversation("c")).agent == MEI.id, "any human reply is a takeover"
    assert (await floor.presence.availabilities())[LIN.id].offer is None


async def miss(floor: Floor, id: str) -> None:
    await floor.ask(id)
    await dispatch(floor)
    assert (await floor.conversation(id)).agent == LIN.id
    await floor.after(OFFERS.countdown)
    await here(floor, LIN, MEI)


async def test_who_misses_two_is_set_away(floor: Floor) -> None:
    floor.routing = OFFERS
    await here(floor, LIN, MEI)
    for n in range(2):  # Mei is busy, and not away
        await floor.ask(f"m{n}")
        await floor.broker.claim(f"m{n}", MEI, f"claim00{n}")
    await miss(floor, "c1")
    assert (await floor.presence.availabilities())[LIN.id].away is None
    await miss(floor, "c2")
    assert (await floor.presence.availabilities())[LIN.id].away is Away.MISSED


async def test_a_word_between_two_misses_says_that_the_agent_is_there(floor: Floor) -> None:
    floor.routing = OFFERS
    await here(floor, LIN, MEI)
    for n in range(2):
        await floor.ask(f"m{n}")
        await floor.broker.claim(f"m{n}", MEI, f"claim00{n}")
    await miss(floor, "c1")
    await floor.broker.note("c1", LIN, "a-note-1", "马上回来")
    await miss(floor, "c2")
    assert (await floor.presence.availabilities())[LIN.id].away is None


async def test_the_last_agent_of_a_skill_is_never_set_away(store: Store) -> None:
    english = Profile(LIN.id, LIN.name, languages=frozenset({"zh-Hans"}))
    floor = Floor(store, OFFERS, [english, Profile(MEI.id, MEI.name, languages=frozenset({"en"}))])
    await here(floor, LIN, MEI)
    for n in range(3):
        await miss(floor, f"c{n}")
    assert (await floor.presence.availabilities())[LIN.id].away is None


async def test_the_shoppers_last_agent_is_chosen_again(floor: Floor) -> None:
    await here(floor, LIN, MEI, ADA)
    await floor.ask("c")
    await floor.reply("c", MEI)
    await floor.broker.close("c", MEI, "close001")
    await floor.ask("other")
    await floor.reply("other", MEI)
    await floor.ask("c")
    await dispatch(floor)
    assert (await floor.conversation("c")).agent == MEI.id


async def test_fifty_claimers_and_a_dispatcher_have_one_winner_each_time(floor: Floor) -> None:
    await here(floor, LIN)
    for n in range(20):
        id = f"c{n}"
        await floor.ask(id)
        people = [Agent(f"p{m}", f"P{m}") for m in range(50)]
        claims = [floor.broker.claim(id, person, f"{id}-{person.id}") for person in people]
        outcomes, given = await asyncio.gather(asyncio.gather(*claims), dispatch(floor))
        assert sum(isinstance(outcome, Moved) for outcome in outcomes) + given == 1
        holder = (await floor.conversation(id)).agent or ""
        await floor.broker.close(id, Agent(holder, ""), f"close-{id}")


async def test_a_line_of_a_thousand_without_a_free_agent_costs_little(floor: Floor) -> None:
    """The dispatcher reads nobody's chat then."""
    await here(floor, LIN)
    await floor.store.redis.zadd(floor.store.keys.queue, {f"c{n}": n for n in range(1_000)})
    await floor.store.redis.sadd(floor.store.keys.load(LIN.id), "x", "y")
    assert await dispatch(floor) == 0


async def test_a_chat_is_given_as_soon_as_it_waits(store: Store) -> None:
    floor = Floor(store, Routing())
    await here(floor, LIN)
    dispatcher = floor.dispatchers[0]
    async with dispatcher._wire.running(), in_background(dispatcher.dispatch_for_ever()):
        await asyncio.sleep(0)
        with dispatcher._wire.follow("c") as signals:
            await floor.ask("c")
            async with asyncio.timeout(1.5):
                while (await floor.conversation("c")).state is not State.ASSIGNED:
                    await signals.get()


async def test_a_record_that_fails_for_a_moment_stops_no_chat_for_longer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may sign in is in the record: the dispatcher asks it anew at its next look."""
    monkeypatch.setattr(dispatching, "TICK", 0.01)
    floor, asked = Floor(store, Routing()), 0

    async def profiles() -> list[Profile]:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise OperationalError("SELECT", {}, Exception("down"))
        return list(floor.agents)

    await here(floor, LIN)
    await floor.ask("c")
    dispatcher = floor.dispatchers[0]
    monkeypatch.setattr(dispatcher, "_profiles", profiles)
    async with dispatcher._wire.running(), in_background(dispatcher.dispatch_for_ever()), asyncio.timeout(5):
        with dispatcher._wire.follow("c") as signals:
            while (await floor.conversation("c")).state is not State.ASSIGNED:
                await signals.get()


async def test_a_silent_agent_loses_a_chat_to_a_colleague(floor: Floor) -> None:
    service = Service()
    await here(floor, LIN)
    await floor.ask("c")
    await dispatch(floor)
    await floor.live(service.remind + service.take_back + 30, 10, LIN, MEI)
    await dispatch(floor)
    assert (await floor.conversation("c")).agent == MEI.id
