"""When the bot hands over: the first rule that matches the facts of a turn, as the desk has ordered them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.dialogue.port import Reason
from bot.dialogue.topics import Topic
from handoff.rules import DeskRules
from handoff.triggers import REASONS, SHIPPED, WISHES, Facts, Fired, Trigger, When, evaluate


def rule(when: When, **more: Any) -> Trigger:
    return Trigger.model_validate({"when": when, **more})


def only(*more: Trigger) -> tuple[Trigger, ...]:
    return more


def test_every_wish_of_the_bots_is_granted_as_shipped_and_keeps_its_reason() -> None:
    for reason in Reason:
        fired = evaluate(SHIPPED, Facts(wish=reason))
        assert fired is not None and (fired.trigger.when, fired.reason) == (WISHES[reason], reason)


def test_without_a_wish_and_without_anything_unusual_the_bot_goes_on() -> None:
    assert (
        evaluate(SHIPPED, Facts(intents=("track_order",), channel="web", mood="angry", level=9, misunderstood=1))
        is None
    )


def test_the_first_that_matches_wins() -> None:
    facts = Facts(wish=Reason.COMPLAINT, mood="angry", level=3)
    mood, member, complaint = rule(When.MOOD), rule(When.MEMBER, level=3), rule(When.COMPLAINT)
    assert evaluate((mood, member, complaint), facts) == Fired(mood, 1, facts)
    assert evaluate((member, mood, complaint), facts) == Fired(member, 1, facts)


def test_a_rule_that_is_off_is_passed_over() -> None:
    fired = evaluate((rule(When.MOOD, on=False), rule(When.MOOD, name="second")), Facts(mood="angry"))
    assert fired is not None and fired.number == 2


@pytest.mark.parametrize(
    ("trigger", "yes", "no"),
    [
        (rule(When.REPEATED, times=2), Facts(again=2), Facts(again=1)),
        (rule(When.MOOD, mood="annoyed"), Facts(mood="angry"), Facts()),
        (rule(When.MOOD), Facts(mood="angry"), Facts(mood="annoyed")),
        (rule(When.MEMBER, level=2), Facts(level=2), Facts(level=1)),
        (rule(When.DOUBT), Facts(misunderstood=1), Facts()),
        (rule(When.CASE, intents=["report_defect"]), Facts(intents=("ask_price", "report_defect")), Facts()),
        (rule(When.CASE, channels=["wechat"]), Facts(channel="wechat"), Facts(channel="web")),
        (rule(When.CASE, order_states=["lost"]), Facts(order_state="lost"), Facts()),
        (rule(When.CASE, order_worth=500), Facts(worth=50_000), Facts(worth=49_999)),
        (rule(When.CASE, order_worth=500), Facts(worth=60_000), Facts()),
        (rule(When.DOUBT, channels=["wechat"]), Facts(misunderstood=1, channel="wechat"), Facts(misunderstood=1)),
    ],
)
def test_what_a_rule_waits_for(trigger: Trigger, yes: Facts, no: Facts) -> None:
    assert evaluate(only(trigger), yes) is not None
    assert evaluate(only(trigger), no) is None


def test_the_effect_is_the_rules_own_where_it_has_one() -> None:
    own = rule(When.MOOD, reason="business", topic="returns", urgent=True)
    fired = evaluate(only(own), Facts(mood="angry"))
    assert fired is not None
    assert (fired.reason, fired.trigger.topic, fired.trigger.urgent) == (Reason.BUSINESS, Topic.RETURNS, True)
    assert set(REASONS) == set(When)


def test_what_is_shown_of_it_is_what_says_something() -> None:
    fired = evaluate(only(rule(When.CASE, name="贵重订单", order_worth=500)), Facts(worth=60_000, channel="web"))
    assert fired is not None and fired.shown() == {
        "when": "case",
        "name": "贵重订单",
        "number": 1,
        "facts": {"channel": "web", "worth": 60_000},
    }


@given(st.lists(st.sampled_from(SHIPPED), max_size=8), st.sampled_from([None, *Reason]), st.integers(0, 5))
def test_what_fires_is_on_matches_alone_and_nothing_before_it_does(
    triggers: list[Trigger], wish: Reason | None, again: int
) -> None:
    facts = Facts(wish=wish, again=again, intents=("request_return",), worth=200_000)
    fired = evaluate(triggers, facts)
    before = triggers if fired is None else triggers[: fired.number - 1]
    assert all(evaluate(only(one), facts) is None for one in before)
    if fired:
        assert fired.trigger.on and evaluate(only(fired.trigger), facts) is not None


@pytest.mark.parametrize(
    "triggers",
    [
        [],
        [{"when": "failure"}],
        [{"when": "asked", "on": False}, {"when": "failure"}],
        [{"when": "asked", "channels": ["web"]}, {"when": "failure"}],
        [{"when": "asked"}, {"when": "failure"}, {"when": "case"}],
        [{"when": "asked"}, {"when": "failure"}, {"when": "boredom"}],
    ],
)
def test_rules_by_which_somebody_who_asks_gets_nobody_are_refused(triggers: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        DeskRules.model_validate({"triggers": triggers})


def test_rules_survive_being_written_and_read() -> None:
    rules = DeskRules()
    assert DeskRules.model_validate_json(rules.model_dump_json()) == rules
