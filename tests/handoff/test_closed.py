"""While closed nobody is rung and nothing gets late; at the opening it goes on in the order of asking."""

from __future__ import annotations

import pytest

from bot.messages import State
from bot.store.store import Store
from handoff.hours import Calendar, Window
from handoff.routing import Routing
from handoff.workspace.rows import Rows
from tests.handoff.floor import LIN, MEI, Floor

HOUR = 3_600_000
OFFICE = Calendar(zone="UTC", week=((Window(opens="09:00", closes="18:00"),),) * 7)


@pytest.fixture
def floor(store: Store) -> Floor:
    """At 00:16:40."""
    floor = Floor(store, Routing())
    floor.hours = OFFICE
    return floor


async def dispatch(floor: Floor, *agents: str) -> int:
    for agent in agents:
        await floor.presence.beat(agent)
    return await floor.dispatchers[0].dispatch()


async def test_a_message_left_at_night_rings_nobody_and_finds_its_agent_in_the_morning(floor: Floor) -> None:
    for id in ("first", "second", "third"):
        await floor.ask(id)
        floor.now += 1
    assert await dispatch(floor, LIN.id) == 0
    assert (await floor.conversation("first")).state is State.QUEUED
    floor.now = 9 * HOUR - 1
    assert await dispatch(floor, LIN.id) == 0
    floor.now += 1
    assert await dispatch(floor, LIN.id) == 2, "as many as Lin takes"
    states = [(await floor.conversation(id)).state for id in ("first", "second", "third")]
    assert states == [State.ASSIGNED, State.ASSIGNED, State.QUEUED]


async def test_who_is_in_line_when_it_closes_is_told_once(floor: Floor) -> None:
    floor.now = 18 * HOUR - 60_000
    await floor.ask("c")
    for _ in range(20):
        await floor.after(60)
    told = [entry.content for entry in await floor.entries("c") if entry.author == "bot"]
    assert [content.text for content in told] == ["queue.closed"]
    assert len(told[0].buttons) == 3
    assert "overdue" not in await floor.events("c")


async def test_no_list_shows_a_message_left_at_night_as_late(floor: Floor) -> None:
    await floor.ask("c")
    row = (await Rows(floor.store, floor.rules).find(["c"]))[0]
    assert row.due == 9 * HOUR + floor.service.next_reply * 1000
    assert not row.overdue


async def test_an_agent_may_take_one_by_hand_at_night(floor: Floor) -> None:
    await floor.ask("c")
    await floor.broker.claim("c", MEI, "by-hand-1")
    assert (await floor.conversation("c")).state is State.ASSIGNED


async def test_nothing_is_late_while_closed_and_the_opening_begins_the_wait(floor: Floor) -> None:
    await floor.ask("c")
    for _ in range(16):
        await floor.after(HOUR / 2_000)
    assert 8 * HOUR < floor.now < 9 * HOUR
    assert "overdue" not in await floor.events("c")
    assert (await floor.conversation("c")).told == 0
    floor.now = 9 * HOUR
    await floor.after(floor.service.long_wait - 1)
    assert (await floor.conversation("c")).told == 0
    await floor.after(2)
    assert (await floor.conversation("c")).told == 1
    assert "overdue" in await floor.events("c")
