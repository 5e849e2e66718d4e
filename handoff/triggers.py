"""When the bot hands over: the desk's ordered rules, decided over the facts of a turn by one pure function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from bot.dialogue.port import Reason
from bot.dialogue.topics import Topic
from bot.messages import Model, Text

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_:.-]{0,39}$")]
MOODS = ("calm", "annoyed", "angry")
MINOR = 100
"""Of the smaller unit of money in one of the larger."""


class When(StrEnum):
    """What a rule waits for. Up to `FLOW` the bot itself asks for a human; the others end what it would go on with."""

    ASKED = "asked"
    """the shopper asks for a human"""
    FAILURE = "failure"
    """something the bot needs does not work"""
    COMPLAINT = "complaint"
    NOT_UNDERSTOOD = "not_understood"
    """the bot has failed to understand again and again"""
    FLOW = "flow"
    """a task has come to what only a human may decide"""
    REPEATED = "repeated"
    """a question that was answered is asked again, in whatever words"""
    MOOD = "mood"
    MEMBER = "member"
    DOUBT = "doubt"
    """the bot has not understood for the first time"""
    CASE = "case"
    """nothing but the conditions below"""


WISHES: Mapping[Reason, When] = {
    Reason.ASKED: When.ASKED,
    Reason.FAILURE: When.FAILURE,
    Reason.COMPLAINT: When.COMPLAINT,
    Reason.NOT_UNDERSTOOD: When.NOT_UNDERSTOOD,
    Reason.BUSINESS: When.FLOW,
}
REASONS: Mapping[When, Reason] = {
    **{when: reason for reason, when in WISHES.items()},
    When.REPEATED: Reason.NOT_UNDERSTOOD,
    When.MOOD: Reason.COMPLAINT,
    When.MEMBER: Reason.BUSINESS,
    When.DOUBT: Reason.NOT_UNDERSTOOD,
    When.CASE: Reason.BUSINESS,
}
"""The reason of a handoff where the rule names none."""


class Trigger(Model):
    """A rule: it fires where `when` and all conditions hold; an empty condition always does.

    `times`: how often a question has been asked (`repeated`); `mood`: at least (`mood`); `level`: of membership, at
    least (`member`). Conditions: one of `intents` is wanted, `channels`, the `order_states` of the order spoken of,
    and `order_worth` that it has at least, in whole units of its currency. Effect: the handoff's `reason`, its `topic`
    where the task at hand does not say it, and whether it is `urgent`. `name`: the desk's own.
    """

    when: When
    name: Annotated[Text, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    on: bool = True
    times: int = Field(3, ge=2, le=5)
    mood: Literal["annoyed", "angry"] = "angry"
    level: int = Field(1, ge=1, le=99)
    intents: tuple[Word, ...] = Field((), max_length=40)
    channels: tuple[Word, ...] = Field((), max_length=10)
    order_states: tuple[Word, ...] = Field((), max_length=20)
    order_worth: int = Field(0, ge=0, le=10_000_000)
    reason: Reason | None = None
    topic: Topic | None = None
    urgent: bool = False

    @property
    def has_conditions(self) -> bool:
        return bool(self.intents or self.channels or self.asks_for_order)

    @property
    def asks_for_order(self) -> bool:
        """Whether the order has to be looked up to decide."""
        return bool(self.order_states or self.order_worth)

    @model_validator(mode="after")
    def _check_case(self) -> Self:
        if self.when is When.CASE and not self.has_conditions:
            raise ValueError("a rule by conditions alone needs one")
        return self


SHIPPED: tuple[Trigger, ...] = (
    Trigger(when=When.ASKED),
    Trigger(when=When.FAILURE),
    Trigger(when=When.COMPLAINT),
    Trigger(when=When.NOT_UNDERSTOOD),
    Trigger(when=When.FLOW),
    Trigger(when=When.REPEATED),
    Trigger(when=When.MOOD, on=False),
    Trigger(when=When.MEMBER, on=False),
    Trigger(when=When.DOUBT, on=False),
    Trigger(when=When.CASE, on=False, intents=("report_defect", "request_return"), order_worth=1_000),
)


@dataclass(frozen=True)
class Facts:
    """What is known of a turn. `wish`: why the bot itself would hand over; `again`: how often this has been asked now.

    `worth`: of the order spoken of, in the smaller unit of its currency.
    """

    wish: Reason | None = None
    intents: tuple[str, ...] = ()
    again: int = 0
    misunderstood: int = 0
    mood: str = "calm"
    level: int = 0
    channel: str = ""
    order_state: str | None = None
    worth: int | None = None

    def shown(self) -> dict[str, JsonValue]:
        """Those that say something, for whoever asks why."""
        return {name: value for name, value in asdict(self).items() if value and value != "calm"}


@dataclass(frozen=True)
class Fired:
    """The rule that fired, its place in the list (from 1), and the facts it saw."""

    trigger: Trigger
    number: int
    facts: Facts

    @property
    def reason(self) -> Reason:
        return self.trigger.reason or REASONS[self.trigger.when]

    def shown(self) -> dict[str, JsonValue]:
        """What the request's entry tells of it."""
        trigger = self.trigger
        return {"when": trigger.when, "name": trigger.name, "number": self.number, "facts": self.facts.shown()}


def evaluate(triggers: Sequence[Trigger], facts: Facts) -> Fired | None:
    """The first rule that matches; None: the bot goes on."""
    for number, trigger in enumerate(triggers, 1):
        if trigger.on and _is_time(trigger, facts) and _holds(trigger, facts):
            return Fired(trigger, number, facts)
    return None


def _is_time(trigger: Trigger, facts: Facts) -> bool:
    match trigger.when:
        case When.REPEATED:
            return facts.again >= trigger.times
        case When.MOOD:
            return MOODS.index(facts.mood) >= MOODS.index(trigger.mood)
        case When.MEMBER:
            return facts.level >= trigger.level
        case When.DOUBT:
            return facts.misunderstood > 0
        case When.CASE:
            return True
        case wished:
            return facts.wish is not None and WISHES[facts.wish] is wished


def _holds(trigger: Trigger, facts: Facts) -> bool:
    return (
        (not trigger.intents or not set(trigger.intents).isdisjoint(facts.intents))
        and (not trigger.channels or facts.channel in trigger.channels)
        and (not trigger.order_states or facts.order_state in trigger.order_states)
        and (not trigger.order_worth or (facts.worth or 0) >= trigger.order_worth * MINOR)
    )


def check_always_reached(triggers: Sequence[Trigger]) -> None:
    """Whoever asks for a human gets one, and so does who meets a bot that does not work. Raises `ValueError`."""
    for when in (When.ASKED, When.FAILURE):
        if not any(one.when is when and one.on and not one.has_conditions for one in triggers):
            raise ValueError(f"the rule {when} has to be there, on, and without conditions")
