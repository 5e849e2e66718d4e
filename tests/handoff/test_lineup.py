"""A place in line counts those who wait for the same agents, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from bot.store.store import Store
from handoff.lineup import Lineups, line_up, rivals
from handoff.routing import Profile, Routing
from tests.handoff.floor import LIN, Floor

PRICES = Profile("p", "Prices", topics=frozenset({"price", "product"}))
RETURNS = Profile("r", "Returns", topics=frozenset({"returns"}))
BOTH = Profile("b", "Both", topics=frozenset({"returns", "price"}))
ALL = Profile("a", "All")
TOPICS = ["price", "product", "returns", "order"]


def test_topics_compete_where_one_agent_answers_both() -> None:
    assert rivals("price", [PRICES, RETURNS]) == frozenset({"price", "product"})
    assert rivals("price", [PRICES, RETURNS, BOTH]) == frozenset({"price", "product", "returns"})
    assert rivals("price", [PRICES, ALL]) is None
    assert rivals("order", [PRICES, RETURNS]) == frozenset({"order"})


def test_where_everybody_does_everything_there_is_one_line() -> None:
    line = line_up([("c1", "price"), ("c2", "returns"), ("c3", "price")], [ALL])
    assert line.places == {"c1": 1, "c2": 2, "c3": 3}
    assert line.newcomer("order") == 4


def test_specialists_have_lines_of_their_own() -> None:
    line = line_up([("c1", "price"), ("c2", "returns"), ("c3", "product"), ("c4", "returns")], [PRICES, RETURNS])
    assert line.places == {"c1": 1, "c2": 1, "c3": 2, "c4": 2}
    assert (line.newcomer("returns"), line.newcomer("price"), line.newcomer("order")) == (3, 3, 1)


@given(
    st.lists(st.sampled_from(TOPICS), max_size=30),
    st.lists(st.sampled_from([PRICES, RETURNS, BOTH, ALL]), max_size=4),
)
def test_nobody_is_told_a_place_further_back_than_in_the_whole_queue(topics: list[str], crew: list[Profile]) -> None:
    places = line_up([(str(n), topic) for n, topic in enumerate(topics)], crew).places
    assert all(1 <= places[str(n)] <= n + 1 for n in range(len(topics)))
    for topic in TOPICS:
        mine = [places[str(n)] for n, one in enumerate(topics) if one == topic]
        assert mine == sorted(set(mine))


async def test_a_line_is_read_anew_when_it_has_moved(store: Store) -> None:
    floor = Floor(store, Routing())
    lineups = Lineups(store, floor.profiles)
    await floor.ask("c1")
    await floor.ask("c2")
    before = await lineups.newest()
    assert before.places == {"c1": 1, "c2": 2}
    assert await lineups.newest() is before
    await floor.broker.claim("c1", LIN, "command1")
    assert (await lineups.newest()).places == {"c2": 1}


async def test_a_line_is_there_while_the_record_does_not_answer(store: Store) -> None:
    """Or nobody could ask for a human in the meantime."""
    floor, is_down = Floor(store, Routing()), False

    async def crew() -> Sequence[Profile]:
        if is_down:
            raise OperationalError("SELECT", {}, Exception("down"))
        return floor.agents

    lineups = Lineups(store, crew)
    await floor.ask("c1")
    await lineups.newest()
    is_down = True
    await floor.ask("c2")
    assert (await lineups.newest()).newcomer("returns") == 3
