"""Every task belongs to one topic, by which agents are chosen."""

from __future__ import annotations

from bot.dialogue.intents import TASKS
from bot.dialogue.port import Handoff, Reason
from bot.dialogue.topics import INTENTS, Topic, topic_of


def test_every_task_has_exactly_one_topic() -> None:
    named = [intent for intents in INTENTS.values() for intent in intents]
    assert len(named) == len(set(named))
    assert set(named) - {"complain"} == TASKS
    assert set(INTENTS) == set(Topic)


def test_the_task_at_hand_says_the_topic_and_a_complaint_is_one_whatever_about() -> None:
    assert topic_of(Handoff(Reason.ASKED, "?", "request_return")) is Topic.RETURNS
    assert topic_of(Handoff(Reason.COMPLAINT, "?", "request_return")) is Topic.COMPLAINT
    assert topic_of(Handoff(Reason.NOT_UNDERSTOOD, "?")) is Topic.OTHER
