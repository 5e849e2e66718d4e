"""The intake speaks to a shopper who waits: place in line, opening hours, what is missing, and the way back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue, ValidationError

from bot.clock import Clock
from bot.dialogue.aside import needs
from bot.dialogue.formats import coming
from bot.dialogue.port import Dialogue, Draft, Turn
from bot.messages import LANGUAGES, Button, Content, Conversation, Language, Model
from handoff.broker import Words
from handoff.ownership import Command
from handoff.presence import Presence
from handoff.rulebook import Rulebook
from handoff.rules import DeskRules
from handoff.standing import Standing, Standings

log = logging.getLogger(__name__)

LEAVE = "queue:leave"
SOLVED = "queue:solved"
WAIT = "queue:wait"
MESSAGE = "queue:message"

DEADLINE = 5.0
"""Seconds the bot may think about an answer for somebody who waits for another one."""
SLOTS = {"order": "order_number", "product": "product"}
"""What the brief takes in of what a shopper tells (`handoff.brief.TOLD`), and the slots it is in."""


class Memory(Model):
    """What the intake remembers, among the slots under `intake`.

    `place`: the place in line the conversation joined at; `asked`: the details asked for; `message`: a message is being
    left; `kept`: the shopper was told that what is written is kept; `picture`: one was sent.
    """

    place: int | None = None
    asked: tuple[str, ...] = ()
    message: bool = False
    kept: bool = False
    picture: bool = False

    @classmethod
    def read(cls, slots: Mapping[str, JsonValue]) -> Memory:
        try:
            return cls.model_validate(slots.get("intake") or {})
        except ValidationError:
            return cls()

    def within(self, slots: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        return {**slots, "intake": self.model_dump(mode="json", exclude_defaults=True)}


@dataclass(frozen=True)
class Answer:
    """`told`: facts that are new, for the brief; `heard`: intents that were understood."""

    say: tuple[Content, ...]
    slots: dict[str, JsonValue]
    command: Command | None = None
    told: dict[str, JsonValue] = field(default_factory=dict)
    heard: tuple[str, ...] = ()


class Intake:
    def __init__(
        self,
        standings: Standings,
        presence: Presence,
        book: Rulebook,
        clock: Clock,
        words: Words,
        dialogue: Dialogue,
    ) -> None:
        self._standings = standings
        self._presence = presence
        self._book = book
        self._clock = clock
        self._words = words
        self._dialogue = dialogue

    async def announce(self, conversation: Conversation, draft: Draft, skill: str) -> Answer:
        """What the shopper reads when the queue takes over: place in line and what to send, or that nobody is here."""
        standing = await self._standings.newcomer(skill)
        language = language_of(conversation, draft.slots)
        told, memory = await self._tell(language, standing), Memory(place=standing.place)
        need = next_need(draft.slots, memory)
        if need is None or MESSAGE in [button.choice for button in told.buttons]:
            return Answer((told,), memory.within(draft.slots))
        memory = memory.model_copy(update={"asked": (need,)})
        return Answer((told, self._text(language, f"queue.need.{need}")), memory.within(draft.slots))

    async def answer(self, turn: Turn) -> Answer:
        """Answer what was said while waiting: a pressed button, a question the bot is sure of, or that it is kept."""
        conversation, slots = turn.conversation, turn.conversation.slots
        language, memory = language_of(conversation, slots), Memory.read(slots)
        choices = [message.content.choice for message in turn.messages if message.content.choice]
        last = choices[-1] if choices else None
        if last in (LEAVE, SOLVED):
            key = "queue.left" if last == LEAVE else "queue.solved"
            return Answer((self._text(language, key),), _without_intake(slots), Command.LEAVE)
        if last == MESSAGE:
            kept = memory.model_copy(update={"message": True, "kept": False})
            return Answer((await self._message(conversation, language),), kept.within(slots))
        if last == WAIT:
            return Answer((await self._wait(conversation, language),), slots)
        if last == "human":
            return Answer((await self.waiting(conversation),), slots)
        return await self._listen(turn, memory)

    async def waiting(self, conversation: Conversation) -> Content:
        """What a shopper reads who waits: place and time, or when somebody is here again."""
        standing = await self._standings.of(conversation) or await self._standings.at(1, conversation.skill)
        return await self._tell(language_of(conversation, conversation.slots), standing)

    async def _tell(self, language: Language, standing: Standing) -> Content:
        if not standing.here:
            return self._closed(language, standing)
        if not await self._presence.online():
            return self._text(language, "queue.nobody", buttons=(MESSAGE, WAIT, LEAVE))
        place = str(standing.place)
        if standing.wait is None:
            return self._text(language, "queue.waiting", buttons=(LEAVE,), place=place)
        minutes = self._minutes(language, *standing.wait)
        return self._text(language, "queue.waiting_time", buttons=(LEAVE,), place=place, minutes=minutes)

    def _closed(self, language: Language, standing: Standing) -> Content:
        return say_closed(self._words, language, self._book.rules, standing.opens, self._clock.moment())

    async def _wait(self, conversation: Conversation, language: Language) -> Content:
        standing = await self._standings.of(conversation)
        if standing is None or standing.here:
            return await self.waiting(conversation)
        keys, place = ("queue.closed_wait", "queue.closed_long_wait"), str(standing.place)
        return self._by_opening(language, *keys, standing, (LEAVE,), place=place)

    async def _message(self, conversation: Conversation, language: Language) -> Content:
        standing = await self._standings.of(conversation)
        if standing is None or standing.here:
            return self._text(language, "queue.message")
        return self._by_opening(language, "queue.closed_message", "queue.message", standing)

    async def _listen(self, turn: Turn, memory: Memory) -> Answer:
        """Keep what was told; answer, ask for what is missing, or, once, say that it is kept."""
        conversation = turn.conversation
        draft = await self._attend(turn)
        language = language_of(conversation, draft.slots)
        pictures = [one for message in turn.messages for one in message.content.attachments if one.kind == "image"]
        told = new_facts(conversation.slots, draft.slots)
        memory = memory.model_copy(update={"picture": memory.picture or bool(pictures)})
        if draft.say:
            return Answer(self._as_solved(language, draft), memory.within(draft.slots), told=told, heard=draft.heard)
        need = None if memory.message else next_need(draft.slots, memory)
        say, memory = self._acknowledge(language, memory, need, bool(told or pictures))
        return Answer(say, memory.within(draft.slots), told=told, heard=draft.heard)

    def _acknowledge(
        self, language: Language, memory: Memory, need: str | None, got: bool
    ) -> tuple[tuple[Content, ...], Memory]:
        if need:
            lead = (self._text(language, "queue.got"),) if got else ()
            asked = memory.model_copy(update={"asked": (*memory.asked, need)})
            return (*lead, self._text(language, f"queue.need.{need}")), asked
        if memory.kept:
            return (), memory
        key = "queue.kept" if memory.message else "queue.got" if got else "queue.noted"
        return (self._text(language, key),), memory.model_copy(update={"kept": True})

    async def _attend(self, turn: Turn) -> Draft:
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._dialogue.attend(turn)
        except Exception as error:
            log.error("nothing is made of what somebody says who waits: %s", type(error).__name__, exc_info=error)
            return Draft((), dict(turn.conversation.slots))

    def _as_solved(self, language: Language, draft: Draft) -> tuple[Content, ...]:
        """The answer, with the way out of the line below it, unless it asks for something."""
        if draft.slots.get("asked"):
            return draft.say
        solved = (*draft.say[-1].buttons, *make_buttons(self._words, language, (SOLVED,)))
        return (*draft.say[:-1], draft.say[-1].model_copy(update={"buttons": solved}))

    def _minutes(self, language: Language, least: int, most: int) -> str:
        key = "queue.minutes_most" if least < 1 else "queue.minutes_about" if least == most else "queue.minutes"
        given = {"least": str(least), "most": str(most)} if key == "queue.minutes" else {"most": str(most)}
        return self._words.say(language, key, **given)

    def _by_opening(
        self,
        language: Language,
        known: str,
        unknown: str,
        standing: Standing,
        buttons: tuple[str, ...] = (),
        **fields: str,
    ) -> Content:
        """One of two texts, by whether it is known when the team is here again."""
        if standing.opens is None:
            return self._text(language, unknown, buttons, **fields)
        opens = coming(language, standing.opens, self._clock.moment())
        return self._text(language, known, buttons, opens=opens, **fields)

    def _text(self, language: Language, key: str, buttons: tuple[str, ...] = (), **fields: str) -> Content:
        return Content(
            text=self._words.say(language, key, **fields), buttons=make_buttons(self._words, language, buttons)
        )


def say_closed(words: Words, language: Language, rules: DeskRules, opens: datetime | None, now: datetime) -> Content:
    """That nobody is here until `opens`, and what can be done until then."""
    closed = rules.closed
    choices = (*((MESSAGE,) if closed.message else ()), *((WAIT,) if closed.wait else ()), LEAVE)
    buttons = make_buttons(words, language, choices)
    if opens is None:
        return Content(text=words.say(language, "queue.closed_long"), buttons=buttons)
    return Content(text=words.say(language, "queue.closed", opens=coming(language, opens, now)), buttons=buttons)


def make_buttons(words: Words, language: Language, choices: tuple[str, ...]) -> tuple[Button, ...]:
    labels = [(choice, choice.replace("queue:", "queue.button.")) for choice in choices]
    return tuple(Button(label=words.say(language, label), choice=choice) for choice, label in labels)


def language_of(conversation: Conversation, slots: Mapping[str, JsonValue]) -> Language:
    """The language the bot spoke last, else the conversation's."""
    return next((language for language in LANGUAGES if language == slots.get("language")), conversation.language)


def next_need(slots: Mapping[str, JsonValue], memory: Memory) -> str | None:
    """What to ask for next; nothing is asked for twice."""
    known = (*memory.asked, "picture") if memory.picture else memory.asked
    return next((need for need in needs(slots) if need not in known), None)


def new_facts(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What the brief should know that it did not."""
    return {name: after[slot] for name, slot in SLOTS.items() if after.get(slot) and after[slot] != before.get(slot)}


def _without_intake(slots: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in slots.items() if name != "intake"}
