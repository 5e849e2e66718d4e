"""Decides by the desk's rules whether a draft of the bot's is said or a human is asked, and how soon one comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar, runtime_checkable

from pydantic import JsonValue, TypeAdapter, ValidationError

from actions.shop import Order, ShopFailed
from bot.dialogue.intents import TASKS
from bot.dialogue.port import Draft, Handoff, Reason, Turn
from bot.dialogue.slots import Slots
from bot.dialogue.topics import Topic, topic_of
from bot.messages import Button, Content, Language
from handoff.broker import Words, request_entry
from handoff.rules import DeskRules
from handoff.triggers import Facts, Fired, When, evaluate

log = logging.getLogger(__name__)

DEADLINE = 1.0
"""Seconds the shop has to say whose order and which member it is; a handoff does not wait for longer."""
REMEMBERED = 20
"""Questions of a conversation that are remembered as answered: it has left the older ones behind."""

ASKED = "asked_before"
"""The name it goes by among the slots, as the intake's memory does by its own."""

Asked = dict[str, int]
_asked = TypeAdapter(Asked)
Answer = TypeVar("Answer")


class Member(Protocol):
    @property
    def level(self) -> int: ...


@runtime_checkable
class Members(Protocol):
    async def member(self, customer: str) -> Member | None:
        """Who a customer is to the shop; None: nobody it knows."""
        ...


class Orders(Protocol):
    async def order(self, number: str) -> Order | None: ...


@dataclass(frozen=True)
class Case:
    """A handoff with all that routing and the brief need. `draft`: what is said before it; `head_start` in ms."""

    draft: Draft
    handoff: Handoff
    topic: Topic
    head_start: int
    is_vip: bool
    fired: Fired

    def entry(self) -> dict[str, JsonValue]:
        """The agents' mark of it."""
        level, why = self.fired.facts.level, self.fired.shown()
        more: dict[str, JsonValue] = {"topic": self.topic, "level": level, "vip": self.is_vip, "why": why}
        return request_entry(self.handoff.reason, self.handoff.question, self.draft.slots, **more)


class Triage:
    """`orders` and `members`: the shop; `rules`: those that count now."""

    def __init__(self, words: Words, orders: Orders, members: Members, rules: Callable[[], DeskRules]) -> None:
        self._words = words
        self._orders = orders
        self._members = members
        self._rules = rules

    async def judge(self, turn: Turn, draft: Draft) -> Draft | Case:
        """The draft as it is to be said, or a case for a human. What was asked before is kept in the slots."""
        before = read_asked(turn.conversation.slots)
        facts = await self._facts(turn, draft, before)
        fired = evaluate(self._rules().triggers, facts)
        if fired is None:
            return _remember(self._stay(turn, draft) if draft.handoff else draft, before)
        draft, wish = (draft, draft.handoff) if draft.handoff else self._hand_over(turn, draft)
        return await self._case(turn, draft, wish, fired)

    async def _facts(self, turn: Turn, draft: Draft, before: Asked) -> Facts:
        slots, known = Slots.read(draft.slots), Slots.read(turn.conversation.slots)
        answered = [before[one] + 1 for one in questions(draft) if one in before]
        triggers = [trigger for trigger in self._rules().triggers if trigger.on]
        order = await self._order(slots) if any(one.asks_for_order for one in triggers) else None
        wants_level = any(one.when is When.MEMBER for one in triggers)
        return Facts(
            wish=draft.handoff.reason if draft.handoff else None,
            intents=_at_hand(draft, slots),
            again=0 if _is_pressed(turn) else max(answered, default=0),
            misunderstood=slots.misunderstood if slots.misunderstood > known.misunderstood else 0,
            mood=slots.mood,
            level=await self._level(turn) if wants_level else 0,
            channel=turn.conversation.channel,
            order_state=order.state if order else None,
            worth=order.total.amount if order else None,
        )

    async def _case(self, turn: Turn, draft: Draft, wish: Handoff, fired: Fired) -> Case:
        handoff = replace(wish, reason=fired.reason)
        topic = topic_of(handoff)
        if topic is Topic.OTHER and fired.trigger.topic:
            topic = fired.trigger.topic
        level = fired.facts.level or await self._level(turn)
        fired, routing = replace(fired, facts=replace(fired.facts, level=level)), self._rules().routing
        head_start = routing.head_start(handoff.reason, level, urgent=fired.trigger.urgent)
        return Case(replace(draft, handoff=handoff), handoff, topic, head_start, routing.is_vip(level), fired)

    def _hand_over(self, turn: Turn, draft: Draft) -> tuple[Draft, Handoff]:
        """What the bot says, and who goes on. What it would have asked is left out: the human asks."""
        slots = Slots.read(draft.slots)
        words = Content(text=self._words.say(_language(turn, slots), "trigger.human"))
        said = () if slots.asked else draft.say
        question = slots.question or turn.messages[-1].content.text
        wish = Handoff(Reason.BUSINESS, question, next(iter(_at_hand(draft, slots)), slots.last))
        slots.close_topic()
        return replace(draft, say=(*said, words), slots=slots.write()), wish

    def _stay(self, turn: Turn, draft: Draft) -> Draft:
        """The desk does not want this handed over: that is said, and a human is a button away."""
        language = _language(turn, Slots.read(draft.slots))
        human = Button(label=self._words.say(language, "button.human"), choice="human")
        words = Content(text=self._words.say(language, "trigger.stay"), buttons=(human,))
        return replace(draft, say=(words,), handoff=None)

    async def _order(self, slots: Slots) -> Order | None:
        """The order spoken of, where the shopper has shown that it is theirs."""
        number = slots.order_number
        if number is None or number not in slots.proved:
            return None
        return await _ask(self._orders.order(number))

    async def _level(self, turn: Turn) -> int:
        customer = turn.conversation.customer
        member = await _ask(self._members.member(customer)) if customer else None
        return member.level if member else 0


async def _ask(question: Awaitable[Answer | None]) -> Answer | None:
    """What the shop knows, if it says so in time."""
    try:
        async with asyncio.timeout(DEADLINE):
            return await question
    except (ShopFailed, TimeoutError) as error:
        log.warning("the shop does not say who is asking: %s", type(error).__name__)
        return None


def _language(turn: Turn, slots: Slots) -> Language:
    return slots.language or turn.conversation.language


def _at_hand(draft: Draft, slots: Slots) -> tuple[str, ...]:
    """The tasks this turn is about: those it names, or else the one that is being gone on with."""
    named = [intent for intent in draft.heard if intent in TASKS]
    begun = draft.handoff.intent if draft.handoff else next(iter(slots.todo), None)
    return tuple(named or ([begun] if begun else []))


def _is_pressed(turn: Turn) -> bool:
    """Whether a button was pressed: who goes through a menu again has not been misunderstood."""
    return any(message.content.choice for message in turn.messages)


def questions(draft: Draft) -> tuple[str, ...]:
    """What is asked in a turn, each by the task and what it is about, the order and the product.

    Whatever the words, a task named again about the same thing is the same question: the understanding has put both
    wordings into one intent, and that is what rephrasing is. Likeness of words would only find who repeats themselves.
    """
    about = f"{draft.slots.get('order_number') or ''}/{draft.slots.get('product') or ''}"
    return tuple(f"{intent}/{about}" for intent in draft.heard if intent in TASKS)


def read_asked(slots: Mapping[str, JsonValue]) -> Asked:
    """How often each question has been answered in this conversation, since a human had it."""
    try:
        return _asked.validate_python(slots.get(ASKED) or {})
    except ValidationError:
        return {}


def _remember(draft: Draft, before: Asked) -> Draft:
    """A question that is answered counts; one that waits for an order number has not been answered yet."""
    answered = questions(draft) if draft.done else ()
    asked = {**before, **{one: before.get(one, 0) + 1 for one in answered}}
    if not asked:
        return draft
    kept: dict[str, JsonValue] = dict(list(asked.items())[-REMEMBERED:])
    return replace(draft, slots={**draft.slots, ASKED: kept})
