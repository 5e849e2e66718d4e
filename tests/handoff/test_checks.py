"""Spot checks: a hash picks the chats, leads score them, and the ledger and the agent hear of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.record.database import Database
from bot.store.store import Store
from handoff.checkbook import Checkbook, CheckRefused
from handoff.checks import Chat, CheckRules, is_chosen
from handoff.ledger import Filter, Ledger
from handoff.routing import Routing
from tests.handoff.floor import ADA, LIN, MEI, Floor

SCORES = {"correct": 5, "polite": 4, "quick": 3, "solved": 4}
DAY = 86_400_000


def chat(number: int, agent: str = "a1") -> Chat:
    return Chat(conversation=f"c{number}", episode=1, agent=agent, ended=1)


@given(st.integers(0, 100), st.integers(0, 10_000))
def test_a_larger_share_contains_every_smaller_one(share: int, number: int) -> None:
    assert not is_chosen(chat(number), share) or is_chosen(chat(number), min(100, share + 1))
    assert is_chosen(chat(number), 100)
    assert not is_chosen(chat(number), 0)


def test_about_the_share_is_chosen_of_each_agents_chats() -> None:
    for agent in ("a1", "a2"):
        chosen = sum(is_chosen(chat(number, agent), 5) for number in range(20_000))
        assert 850 <= chosen <= 1_150


@pytest.fixture
def floor(store: Store) -> Floor:
    return Floor(store, Routing(mode="pull"))


@pytest.fixture
def ledger(floor: Floor, database: Database) -> Ledger:
    return Ledger(floor.store, database, floor.clock)


@pytest.fixture
def checkbook(floor: Floor, database: Database, ledger: Ledger) -> Checkbook:
    return Checkbook(database, ledger, floor.clock, lambda: CheckRules(share=100))


async def end_chat(floor: Floor, id: str) -> None:
    await floor.ask(id)
    await floor.broker.claim(id, LIN, f"{id}:claim")
    await floor.reply(id, LIN)
    floor.now += 1_000
    await floor.broker.close(id, LIN, f"{id}:close")


async def test_ended_chats_are_on_the_list_with_whose_they_were(floor: Floor, checkbook: Checkbook) -> None:
    await end_chat(floor, "c1")
    await end_chat(floor, "c2")
    await floor.ask("c3")
    sample = await checkbook.sample()
    assert [(one.conversation, one.agent_name, one.scores) for one in sample] == [("c2", "Lin", {}), ("c1", "Lin", {})]


async def test_what_was_thought_is_read_by_the_agent_and_counted(
    floor: Floor, checkbook: Checkbook, ledger: Ledger
) -> None:
    await end_chat(floor, "c1")
    check = await checkbook.score(ADA, "c1", 1, SCORES, "先道歉更好")
    assert (check.mean, check.by_name) == (4.0, "Ada")
    (mine,) = await checkbook.of(LIN.id)
    assert (mine.scores, mine.comment) == (SCORES, "先道歉更好")
    assert await checkbook.of(MEI.id) == []
    assert await checkbook.means(0, floor.now + 1) == {LIN.id: (1, 4.0)}
    (line,) = await ledger.read(Filter(kinds=("checked",)), 10)
    assert (line.agent, line.data) == (ADA.id, {"agent": LIN.id, "episode": 1, "score": 4.0})


async def test_a_second_opinion_takes_the_place_of_the_first(floor: Floor, checkbook: Checkbook) -> None:
    await end_chat(floor, "c1")
    await checkbook.score(ADA, "c1", 1, SCORES, "")
    await checkbook.score(MEI, "c1", 1, {**SCORES, "quick": 1}, "太慢")
    (check,) = await checkbook.sample()
    assert (check.by_name, check.scores["quick"], check.comment) == ("Mei", 1, "太慢")


@pytest.mark.parametrize(
    ("by", "conversation", "scores", "reason"),
    [
        (LIN, "c1", SCORES, "own"),
        (ADA, "c2", SCORES, "unknown"),
        (ADA, "c1", {"correct": 5}, "scores"),
        (ADA, "c1", {**SCORES, "charming": 5}, "scores"),
    ],
)
async def test_what_cannot_be_scored_is_refused(
    floor: Floor, checkbook: Checkbook, by: object, conversation: str, scores: dict[str, int], reason: str
) -> None:
    await end_chat(floor, "c1")
    with pytest.raises(CheckRefused) as caught:
        await checkbook.score(by, conversation, 1, scores, "")  # type: ignore[arg-type]
    assert caught.value.reason == reason
    assert await checkbook.of(LIN.id) == []


async def test_an_old_chat_leaves_the_list(floor: Floor, checkbook: Checkbook) -> None:
    await end_chat(floor, "c1")
    floor.now += 15 * DAY
    assert await checkbook.sample() == []
