"""Who gets which chat: priority without starvation, skills that widen, the agent who knows it, and a fair share."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from handoff.routing import (
    CAPACITY,
    MOST_HEAD_START,
    SECOND,
    AgentRules,
    Candidate,
    Chat,
    Profile,
    Routing,
    is_last,
    make_pairs,
    score,
)
from handoff.rules import DeskRules

NOW = 10_000_000
ROUTING = Routing()


def chat(id: str = "c", waited: int = 1, **more: object) -> Chat:
    """`waited` in seconds."""
    since = NOW - waited * SECOND
    return replace(Chat(id, since, since), **more)  # type: ignore[arg-type]


def agent(id: str, load: int = 0, *, given: int = 0, capacity: int = 8, **skills: frozenset[str]) -> Candidate:
    return Candidate(Profile(id, id, capacity=capacity, **skills), load, given)


def pair(chats: list[Chat], agents: list[Candidate], routing: Routing = ROUTING) -> list[tuple[str, str]]:
    here = frozenset(one.profile.id for one in agents)
    return [(chat.id, profile.id) for chat, profile in make_pairs(chats, agents, here, NOW, routing)]


def test_who_asked_first_is_served_first() -> None:
    assert pair([chat("late", 1), chat("early", 9)], [agent("a", capacity=1)]) == [("early", "a")]


def test_a_complaint_has_a_head_start_and_no_more() -> None:
    head_start = ROUTING.head_start("complaint")
    angry = chat("angry", 1, place=NOW - SECOND - head_start)
    before = chat("before", 2 + head_start // SECOND)
    assert pair([chat("calm", 9), angry], [agent("a", capacity=1)]) == [("angry", "a")]
    assert pair([before, angry], [agent("a", capacity=1)]) == [("before", "a")]


def test_no_head_start_can_be_longer_than_the_longest() -> None:
    with pytest.raises(ValidationError):
        Routing(head_starts={"complaint": MOST_HEAD_START + 1})


def test_an_agents_rules_make_the_profile() -> None:
    able = AgentRules(languages=("en",), capacity=3)
    rules = DeskRules(agents={"a": able})
    assert rules.profile("a", "Lin") == Profile("a", "Lin", languages=frozenset({"en"}), capacity=3)
    assert rules.profile("b", "Mei") == Profile("b", "Mei")
    assert (rules.capacity("a"), rules.capacity("b")) == (3, CAPACITY)


def test_a_chat_goes_only_to_who_speaks_its_language_until_skills_widen() -> None:
    german = agent("a", languages=frozenset({"de"}))
    widest = ROUTING.widen * 3
    assert score(chat(language="en", waited=1), german, NOW, ROUTING) is None
    assert score(chat(language="en", waited=widest - 1), german, NOW, ROUTING) is None
    assert score(chat(language="en", waited=widest), german, NOW, ROUTING) is not None


def test_a_topic_widens_before_a_channel_and_that_before_a_language() -> None:
    able = {
        "topics": agent("t", topics=frozenset({"x"})),
        "channels": agent("c", channels=frozenset({"x"})),
        "languages": agent("l", languages=frozenset({"x"})),
    }
    for step, one in enumerate(able.values(), 1):
        wanted = {"topic": "y", "channel": "y", "language": "y"}
        assert score(chat(waited=ROUTING.widen * step - 1, **wanted), one, NOW, ROUTING) is None
        assert score(chat(waited=ROUTING.widen * step, **wanted), one, NOW, ROUTING) is not None


def test_the_agent_who_had_the_shopper_last_gets_it_again() -> None:
    assert pair([chat(last="b")], [agent("a"), agent("b", 5)]) == [("c", "b")]


def test_a_chat_waits_a_little_for_its_own_agent_who_is_here_but_full() -> None:
    full = agent("b", 8)
    assert pair([chat(last="b", waited=1)], [agent("a"), full]) == []
    assert pair([chat(last="b", waited=ROUTING.grace)], [agent("a"), full]) == [("c", "a")]


def test_a_chat_does_not_wait_for_an_agent_who_is_not_here() -> None:
    assert pair([chat(last="b", waited=1)], [agent("a")]) == [("c", "a")]


def test_who_let_a_chat_go_gets_it_again_only_after_a_pause_and_last() -> None:
    passed = frozenset({"a"})
    assert pair([chat(passed=passed, waited=1)], [agent("a")]) == []
    assert pair([chat(passed=passed, waited=ROUTING.pause)], [agent("a")]) == [("c", "a")]
    assert pair([chat(passed=passed, waited=ROUTING.pause, last="a")], [agent("a"), agent("b", 7)]) == [("c", "b")]


def test_the_least_active_is_taken_or_the_one_whose_turn_it_is() -> None:
    busy, free = agent("busy", 4, given=NOW - 9_000), agent("free", 1, given=NOW - 1_000)
    assert pair([chat()], [busy, free]) == [("c", "free")]
    assert pair([chat()], [busy, free], Routing(balance="round_robin")) == [("c", "busy")]


def test_a_specialist_comes_before_who_can_do_everything() -> None:
    assert pair([chat(topic="returns")], [agent("all"), agent("one", 5, topics=frozenset({"returns"}))]) == [
        ("c", "one")
    ]


def test_who_is_asked_is_asked_one_at_a_time() -> None:
    chats = [chat("c1", 9), chat("c2", 8)]
    assert pair(chats, [agent("a")], Routing(mode="offer")) == [("c1", "a")]
    assert pair(chats, [replace(agent("a"), asked=True)], Routing(mode="offer")) == []


def test_who_has_just_given_a_chat_up_does_not_come_before_another_who_has() -> None:
    passed = frozenset({"a", "b"})
    assert pair([chat(passed=passed, waited=ROUTING.pause, last="b")], [agent("a"), agent("b", 5)]) == [("c", "a")]


def test_the_last_one_of_a_skill_is_known() -> None:
    english = Profile("a", "a", languages=frozenset({"en"}))
    assert is_last(english, [])
    assert is_last(english, [Profile("b", "b", languages=frozenset({"zh-Hans"}))])
    assert not is_last(english, [Profile("b", "b", languages=frozenset({"en", "zh-Hans"}))])
    assert not is_last(english, [Profile("b", "b")])
    assert is_last(Profile("all", "all"), [english])


names = st.sampled_from(["a", "b", "c", "d"])
sets = st.frozensets(st.sampled_from(["x", "y"]))
profiles = st.builds(
    Profile, id=names, name=st.just(""), topics=sets, languages=sets, channels=sets, capacity=st.integers(1, 4)
)
candidates = st.builds(
    Candidate, profile=profiles, load=st.integers(0, 4), given=st.integers(0, NOW), asked=st.booleans()
)
chats = st.builds(
    Chat,
    id=st.uuids().map(str),
    place=st.integers(NOW - 400_000, NOW),
    since=st.integers(NOW - 400_000, NOW),
    topic=st.sampled_from(["", "x", "y", "z"]),
    language=st.sampled_from(["", "x", "y", "z"]),
    last=st.none() | names,
    passed=st.frozensets(names),
)
routings = st.builds(Routing, mode=st.sampled_from(["push", "offer"]), grace=st.integers(0, 30))


@given(
    st.lists(chats, unique_by=lambda chat: chat.id),
    st.lists(candidates, unique_by=lambda agent: agent.profile.id),
    routings,
)
def test_nobody_gets_more_than_they_can_hold_and_no_chat_two_owners(
    waiting: list[Chat], agents: list[Candidate], routing: Routing
) -> None:
    here = frozenset(agent.profile.id for agent in agents)
    pairs = make_pairs(waiting, agents, here, NOW, routing)
    assert len({chat.id for chat, _ in pairs}) == len(pairs)
    given = Counter(profile.id for _, profile in pairs)
    for one in agents:
        assert one.load + given[one.profile.id] <= max(one.profile.capacity, one.load)
        assert not (one.asked and given[one.profile.id])
        assert routing.mode == "push" or given[one.profile.id] <= 1


@given(st.lists(chats, unique_by=lambda chat: chat.id), st.lists(candidates, unique_by=lambda agent: agent.profile.id))
def test_nobody_is_passed_by_who_has_a_later_place_for_an_agent_they_could_have_had(
    waiting: list[Chat], agents: list[Candidate]
) -> None:
    """The fairness bound: with places less head starts, only head starts let anybody pass."""
    here = frozenset(agent.profile.id for agent in agents)
    got = {chat.id: profile.id for chat, profile in make_pairs(waiting, agents, here, NOW, ROUTING)}
    by_id = {agent.profile.id: agent for agent in agents}
    for left in (chat for chat in waiting if chat.id not in got):
        its_own = left.last in here and left.last not in left.passed and NOW - left.since < ROUTING.grace * SECOND
        for later in (chat for chat in waiting if chat.id in got and chat.place > left.place):
            able = by_id[got[later.id]]
            assert its_own or score(left, replace(able, load=0), NOW, ROUTING) is None


@given(st.lists(st.integers(0, 30), min_size=2, max_size=12), st.integers(1, 3))
def test_equal_agents_get_equal_shares(waits: list[int], capacity: int) -> None:
    agents = [agent(f"a{n}", capacity=capacity) for n in range(3)]
    got = Counter(to for _, to in pair([chat(f"c{n}", wait) for n, wait in enumerate(waits)], agents))
    counts = [got[one.profile.id] for one in agents]
    assert max(counts) - min(counts) <= 1


@settings(max_examples=10)
@given(st.integers(5, 60), st.integers(1, 9))
def test_nobody_starves_however_many_members_of_the_highest_level_keep_coming(every: int, level: int) -> None:
    """One agent, and members who come faster than chats are taken: who asked plainly is passed only by those who asked
    within the longest head start, of whom there are not more and more."""
    routing, agent = Routing(level_head_start=600), Candidate(Profile("a", "Lin", capacity=1))
    waiting, now, takes = [Chat("plain", 0, 0)], 0, 2 * every
    taken = Chat("", 0, 0)
    while taken.id != "plain":
        now += takes
        members = [Chat(f"vip{at}", at * SECOND - routing.head_start("asked", level), at) for at in (now - every, now)]
        waiting = sorted([*waiting, *members], key=lambda chat: chat.place)
        [(taken, _)] = make_pairs(waiting, [agent], frozenset({"a"}), now * SECOND, routing)
        waiting.remove(taken)
        assert taken.since <= MOST_HEAD_START
        assert now <= takes * (MOST_HEAD_START // every + 2)
