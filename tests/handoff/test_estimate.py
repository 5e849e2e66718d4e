"""The estimate: a range of what others waited, or nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Clock
from bot.store.store import Store
from handoff.broker import Broker, Waited
from handoff.estimate import LONGEST, MINUTE, RECENT, SAMPLE, Wait, estimate
from handoff.hours import Calendar, Window
from handoff.rulebook import Rulebook
from handoff.rules import DeskRules
from handoff.waits import KEPT, Waits
from tests.test_turns import DAY, ID, LIN, Scene, Words

NOW = 1_795_248_000_000


def waits(*minutes: float, place: int = 1, at: int = NOW) -> list[Wait]:
    return [Wait(at, int(each * MINUTE), place) for each in minutes]


some_waits = st.lists(
    st.builds(Wait, st.integers(NOW - RECENT, NOW), st.integers(0, 3 * MINUTE), st.integers(1, 20)),
    min_size=SAMPLE,
    max_size=KEPT,
)
places = st.integers(1, 60)


def test_too_few_or_too_old_waits_say_nothing() -> None:
    assert estimate(waits(*[3] * (SAMPLE - 1)), 1, NOW) is None
    assert estimate(waits(*[3] * 50, at=NOW - RECENT - 1), 1, NOW) is None
    assert estimate(waits(*[3] * SAMPLE), 1, NOW) == (3, 3)


def test_a_wait_counts_by_the_place_it_began_at() -> None:
    assert estimate(waits(*[12] * 5, place=4), 2, NOW) == (6, 6)


def test_it_is_a_range_and_one_slow_case_of_ten_is_left_out() -> None:
    assert estimate(waits(1, 2, 2, 3, 3, 4, 4, 5, 6, 90), 1, NOW) == (2, 6)


def test_under_a_minute_is_from_nothing_to_one() -> None:
    assert estimate(waits(*[0.2] * 5), 1, NOW) == (0, 1)


def test_whoever_may_wait_for_hours_is_told_no_number() -> None:
    assert estimate(waits(*[30] * 9), 20, NOW) is None


@given(some_waits, places)
def test_it_lies_within_what_was_measured(known: list[Wait], place: int) -> None:
    found = estimate(known, place, NOW)
    paces = [wait.waited / wait.place * place / MINUTE for wait in known]
    if found is None:
        assert max(paces) > LONGEST - 1
        return
    least, most = found
    assert 0 <= least <= most
    assert least <= max(paces)
    assert most >= min(paces)


@given(some_waits, places)
def test_further_back_is_never_sooner(known: list[Wait], place: int) -> None:
    here, behind = estimate(known, place, NOW), estimate(known, place + 1, NOW)
    if here and behind:
        assert here[0] <= behind[0]
        assert here[1] <= behind[1]
    assert here or not behind


@given(some_waits, places, st.randoms())
def test_the_order_of_the_waits_does_not_matter(known: list[Wait], place: int, random: object) -> None:
    shuffled = list(known)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert estimate(shuffled, place, NOW) == estimate(known, place, NOW)


@given(some_waits, places)
def test_slower_waits_promise_nothing_faster(known: list[Wait], place: int) -> None:
    slower = [Wait(wait.at, wait.waited * 2, wait.place) for wait in known]
    here, there = estimate(known, place, NOW), estimate(slower, place, NOW)
    if here and there:
        assert here[0] <= there[0]
        assert here[1] <= there[1]


def waited(place: int | None = 2, since: int = NOW - 5 * MINUTE, skill: str = "asked") -> Waited:
    return Waited(skill, since, place)


async def test_the_latest_waits_of_a_skill_are_kept_apart(store: Store) -> None:
    kept = Waits(store, Clock(lambda: NOW / 1000), Rulebook())
    await kept.note(waited())
    await kept.note(waited(place=7, skill="complaint"))
    assert await kept.latest("asked") == [Wait(NOW, 5 * MINUTE, 2)]
    assert [wait.place for wait in await kept.latest("complaint")] == [7]
    assert 0 < await store.redis.pttl(store.keys.waits("asked")) <= RECENT


async def test_no_more_waits_are_kept_than_are_looked_at(store: Store) -> None:
    kept = Waits(store, Clock(lambda: NOW / 1000), Rulebook())
    for place in range(1, KEPT + 10):
        await kept.note(waited(place=place))
    latest = await kept.latest("asked")
    assert len(latest) == KEPT
    assert latest[0].place == KEPT + 9


async def test_a_wait_that_began_while_closed_or_after_a_first_agent_says_nothing(store: Store) -> None:
    night = Calendar(zone="UTC", week=((Window(opens="00:00", closes="00:01"),),) * 7)
    kept = Waits(store, Clock(lambda: NOW / 1000), Rulebook(DeskRules(hours=night)))
    await kept.note(waited())
    await kept.note(waited(place=None))
    assert await kept.latest("asked") == []


async def test_a_wait_is_over_once_when_an_agent_is_found(store: Store) -> None:
    found: list[Waited] = []

    async def note(wait: Waited) -> None:
        found.append(wait)

    scene = Scene(store)
    broker = Broker(store, scene.clock, Words(), frozenset(), DAY, note)
    await scene.say("转人工", "human")
    await scene.after()
    for command in ("key-1", "key-1", "key-2"):
        await broker.claim(ID, LIN, command)
    await broker.reply(ID, LIN, "key-3", "你好")
    assert [(wait.skill, wait.place) for wait in found] == [("other", 1)]
